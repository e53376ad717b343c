"""Draft every source: read its files as some table, look up what it lacks, pack what is left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zhiyin.collect.suggest.completing import complete
from zhiyin.collect.suggest.drafts import Group, SourceDraft, remark
from zhiyin.collect.suggest.event_names import constant_page
from zhiyin.collect.suggest.forms import put_match
from zhiyin.collect.suggest.grouping import stem
from zhiyin.collect.suggest.joining import Link, Linker
from zhiyin.collect.suggest.kinds import Seen
from zhiyin.collect.suggest.matching import FALLBACK, Match, Reading, matched, readings
from zhiyin.collect.suggest.names import identifier, vocabulary, words
from zhiyin.collect.suggest.shapes import paths_in, questions_in
from zhiyin.collect.tables import TARGETS


def draft_sources(groups: Sequence[Group], links: Linker, target: str | None) -> list[SourceDraft]:
    """Return a draft for every group; files that are only looked up come without a target."""
    drafts = [_draft(group, links, target) for group in groups]
    _use_references(drafts, links)
    for draft in drafts:
        _pack(draft)
    return drafts


def _draft(group: Group, links: Linker, target: str | None) -> SourceDraft:
    shaped = None if target else _shaped(group, links)
    if shaped is not None:
        return shaped
    told = [word for file in group.files for word in words(stem(file.name))]
    told += [word for file in group.files for word in words(file.path.parent.name)]
    found = readings(group.seen, told)
    if target is not None:
        matches, doubts = matched(target, group.seen)
        found = [Reading(target, matches, 1.0, doubts), *found]
    for place, reading in enumerate(found):
        draft = _read(group, reading, links)
        if draft is not None:
            _explain(draft, reading, found[place + 1 : -1])
            return draft
    raise AssertionError("the last reading fits any file")


def _read(group: Group, reading: Reading, links: Linker) -> SourceDraft | None:
    draft = SourceDraft(group, reading.target, sure=1.0)
    for match in reading.matches.values():
        if match.target_column in TARGETS[reading.target].columns:
            put_match(draft, match)
    _look_up_needs(draft, links)
    if not complete(draft, reading.matches):
        return None
    for column, meaning in reading.doubts:
        draft.remarks.append(remark("belied", column=column, meaning=meaning))
    return draft


def _explain(draft: SourceDraft, reading: Reading, others: Sequence[Reading]) -> None:
    if draft.target == FALLBACK:
        draft.remarks.insert(0, remark("fits_nothing"))
        return
    rival = others[0] if others else None
    draft.sure = reading.points / (reading.points + rival.points) if rival else 1.0
    if rival is not None and rival.points > 0.6 * reading.points:
        draft.remarks.insert(0, remark("rival", target=draft.target, rival=rival.target))


def _shaped(group: Group, links: Linker) -> SourceDraft | None:
    """Return a draft for files whose rows hold several records: paths of touches, wide surveys."""
    page = next((seen for seen in group.seen if constant_page(seen)), None)
    if page is not None and len(group.seen) <= 4:
        return _page_file(group, page, links)
    path = next((found for seen in group.seen if (found := paths_in(seen))), None)
    if path is not None:
        return _path_file(group, *path)
    questions = questions_in(group)
    return _wide_survey(group, questions, links) if questions else None


def _page_file(group: Group, page: Seen, links: Linker) -> SourceDraft | None:
    matches, _ = matched("events", [seen for seen in group.seen if seen is not page])
    matches["page_name"] = Match("page_name", page, 0.95)
    return _read(group, Reading("events", matches, 1.0), links)


def _path_file(group: Group, path: Seen, separator: str) -> SourceDraft:
    others = [seen for seen in group.seen if seen is not path]
    matches, _ = matched("touches", others)
    draft = SourceDraft(group, "touches", sure=0.8)
    draft.reshape = {"split": {"column": path.name, "separator": separator}}
    draft.put("channel", path.name)
    draft.used.add(path.name)
    for match in matches.values():
        put_match(draft, match)
    if "customer_id" not in draft.columns:
        draft.put("customer_id", {"digest": ["_file", "_line"]}, remark("path_person"), sure=0.6)
    complete(draft, matches)
    draft.put("touch_kind", {"value": "clicked"}, remark("touch_kind", kind="clicked"), sure=0.6)
    draft.duplicates = None
    draft.remarks.append(remark("split_path", column=path.name, separator=separator))
    return draft


def _wide_survey(group: Group, questions: list[str], links: Linker) -> SourceDraft | None:
    others = [seen for seen in group.seen if seen.name not in questions]
    matches, _ = matched("survey_answers", others)
    draft = SourceDraft(group, "survey_answers", sure=0.8)
    draft.reshape = {"unpivot": {"columns": questions, "name": "question", "value": "answer"}}
    for match in matches.values():
        if match.target_column not in ("question", "answer", "score"):
            put_match(draft, match)
    draft.put("question", "question")
    draft.put("answer", "answer")
    draft.put("score", {"from": "answer", "unreadable": "empty"})
    draft.used |= set(questions)
    _look_up_needs(draft, links)
    draft.remarks.append(remark("unpivoted", n=len(questions)))
    return draft if complete(draft, matches) else None


def _look_up_needs(draft: SourceDraft, links: Linker) -> None:
    """Look up what rows of the target cannot be without: a price, a time."""
    if draft.target == "order_lines" and not {"unit_price", "amount"} & set(draft.columns):
        _look_up(draft, links, ("unit_price", "product_name"), like="products")
    if draft.target == "events" and "event_time" not in draft.columns:
        _look_up(draft, links, ("event_time",), like="events")


def _look_up(draft: SourceDraft, links: Linker, wanted: Sequence[str], like: str) -> None:
    for link in links.links(draft):
        found = _meanings(draft.target or "", link, like)
        if wanted[0] not in found:
            continue
        join(draft, link)
        for name in wanted:
            if name in found and name not in draft.columns:
                match, named = found[name], f"{link.other.name}.{found[name].seen.name}"
                draft.joined[named] = match.seen
                put_match(draft, Match(name, match.seen, match.sure), named=named)
        draft.remarks.append(
            remark(
                "looked_up",
                what=wanted[0],
                source=link.other.name,
                key=link.own,
                share=link.overlap,
            )
        )
        return


def _meanings(target: str, link: Link, like: str) -> dict[str, Match]:
    """Return what the other file's columns would be in the target."""
    found, _ = matched(target, link.other.seen)
    if like == "products":
        own, _ = matched("products", link.other.seen)
        for mine, theirs in (("unit_price", "price"), ("product_name", "name")):
            if mine not in found and theirs in own:
                found[mine] = Match(mine, own[theirs].seen, own[theirs].sure)
    return found


def join(draft: SourceDraft, link: Link) -> None:
    """Add a look-up to the draft, once."""
    told = {"name": link.other.name, "source": link.other.name, "on": {link.own: link.key}}
    if told not in draft.joins:
        draft.joins.append(told)


def _use_references(drafts: Sequence[SourceDraft], links: Linker) -> None:
    """Turn files that only explain others' numbers into look-ups, columns and all."""
    references = {id(d.group): d for d in drafts if d.target == FALLBACK and _is_reference(d)}
    used: set[int] = set()
    for draft in drafts:
        if draft.target in (None, FALLBACK):
            continue
        for _ in range(2):  # a category is looked up through its subcategory
            for link in links.links(draft):
                known = any(j["source"] == link.other.name for j in draft.joins)
                if id(link.other) in references and not known:
                    _take_all(draft, link)
                    used.add(id(link.other))
    for key in used:
        references[key].target = None
        references[key].columns.clear()
        references[key].rules.clear()
        references[key].duplicates = None
        references[key].remarks[:] = [remark("reference")]


def _is_reference(draft: SourceDraft) -> bool:
    return draft.group.rows <= 100_000 and any(seen.column.is_unique for seen in draft.group.seen)


def _take_all(draft: SourceDraft, link: Link) -> None:
    join(draft, link)
    found, _ = matched(draft.target or "", link.other.seen)
    for seen in link.other.seen:
        if seen.name != link.key and seen.kind != "empty":
            draft.joined[f"{link.other.name}.{seen.name}"] = seen
    for name, match in found.items():
        is_free = name not in draft.columns and not name.endswith("_id")
        if is_free and match.seen.name != link.key:
            put_match(draft, match, named=f"{link.other.name}.{match.seen.name}")
            draft.used.add(f"{link.other.name}.{match.seen.name}")


def _pack(draft: SourceDraft) -> None:
    """Put every column that is left into the table's JSON column; say which are empty."""
    if draft.target is None:
        return
    packed: dict[str, str] = {}
    numbers = []
    if "split" in draft.reshape:
        packed["position"] = "_part"
        numbers.append("position")
    for named, seen in draft.available:
        if seen.kind == "empty":
            draft.left_out.append((named, remark("empty", rows=draft.group.rows)))
        elif named not in draft.used and not _is_key_of_join(draft, named):
            key = seen.name if "." not in named else identifier(named, otherwise=seen.name)
            packed[key] = named
            if _is_amount(seen):
                numbers.append(key)
    if not packed:
        return
    is_plain = all(key == named for key, named in packed.items())
    form: dict[str, Any] = {"pack": list(packed) if is_plain else packed}
    if numbers:
        form["numbers"] = numbers
    draft.put("properties" if draft.target == "events" else "attributes", form)


def _is_key_of_join(draft: SourceDraft, named: str) -> bool:
    """Return whether a joined column only leads on to another look-up."""
    return "." in named and any(named in told["on"] for told in draft.joins)


def _is_amount(seen: Seen) -> bool:
    """Return whether a column's numbers count or measure, rather than name something."""
    is_read = seen.numbers is not None and seen.numbers.share == 1 and not seen.numbers.remove
    is_name = bool(set(words(seen.name)) & vocabulary().key)
    return is_read and not is_name and seen.kind in ("number", "flag")
