"""A model card as Markdown, in Chinese or English."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zhiyin.core.errors import not_allowed
from zhiyin.models import card_words as words

MOST_FEATURES = 10


def render_card(card: Mapping[str, Any], language: str = "zh-CN") -> str:
    """Return the card as Markdown text.

    Parameters
    ----------
    language
        "zh-CN" or "en".
    """
    if language not in words.LANGUAGES:
        raise not_allowed("The language of a card", language, words.LANGUAGES)
    text = CardText(card, words.LANGUAGES.index(language))
    sections = (
        text.head(), text.data(), text.figures(), text.reliability(), text.features(),
        text.method(), text.notes(), text.limits(),
    )  # fmt: skip
    return "\n\n".join(section for section in sections if section) + "\n"


def feature_titles(language: str) -> dict[str, str]:
    """Return what each feature is called in the language."""
    if language not in words.LANGUAGES:
        raise not_allowed("The language", language, words.LANGUAGES)
    place = words.LANGUAGES.index(language)
    return {name: titles[place] for name, titles in words.FEATURES.items()}


class CardText:
    """The sections of one card in one language; a section without content is empty."""

    def __init__(self, card: Mapping[str, Any], place: int) -> None:
        self.card, self.place = card, place

    def word(self, table: words.Words, key: str) -> str:
        """Return the word for the key, or the key where it has none."""
        return table[key][self.place] if key in table else key

    def heading(self, key: str) -> str:
        return self.word(words.HEADINGS, key)

    def head(self) -> str:
        """Return title, question and status."""
        model = self.card["model"]
        lines = [f"# {self.word(words.MODELS, model)}"]
        if self.card["horizon_days"] is not None:
            question = self.word(words.QUESTIONS, model)
            lines += ["", question.format(horizon=self.card["horizon_days"])]
        status = self.heading(self.card["status"])
        lines += ["", f"- {self.heading('status')}: {status}"]
        if "version" in self.card:
            lines.append(f"- {self.heading('version')}: {self.card['version']}")
        return "\n".join([*lines, f"- {self.heading('to')}: {self.card['trained_as_of']}"])

    def data(self) -> str:
        """Return counts, period and snapshots."""
        facts = {"rows": self.card["rows"], **self.card["data"]}
        snapshots = facts.pop("snapshots", [])
        lines = [f"## {self.heading('data')}", ""]
        lines += [f"- {self.heading(name)}: {value}" for name, value in facts.items()]
        rows = [
            (self.heading(s["role"]), s["at"][:10], s["people"], s["ordered"]) for s in snapshots
        ]
        titles = [self.heading(name) for name in ("role", "at", "people", "ordered")]
        return "\n".join(lines) + (f"\n\n{table(titles, rows)}" if rows else "")

    def figures(self) -> str:
        """Return the figures beside their baselines."""
        rows = []
        for metric in self.card["metrics"]:
            span = ""
            if metric["low"] is not None:
                span = f"{shown(metric['low'])} – {shown(metric['high'])}"
            beside = ""
            if metric["baseline"] is not None:
                name = self.word(words.BASELINES, metric["baseline_name"])
                beside = f"{shown(metric['baseline'])} ({name})"
            title = self.word(words.METRICS, metric["name"])
            rows.append((title, shown(metric["value"]), span, beside))
        titles = [self.heading(name) for name in ("figure", "value", "interval", "baseline")]
        return self.section("figures", table(titles, rows) if rows else "")

    def reliability(self) -> str:
        """Return what was predicted beside what happened."""
        rows = [
            (b["people"], shown(b["predicted"]), shown(b["observed"]))
            for b in self.card["calibration"]
        ]
        titles = [self.heading(name) for name in ("people", "predicted", "observed")]
        return self.section("reliability", table(titles, rows) if rows else "")

    def features(self) -> str:
        """Return the features that matter most."""
        rows = [
            (self.word(words.FEATURES, f["feature"]), f"{f['share']:.1%}")
            for f in self.card["features"][:MOST_FEATURES]
        ]
        titles = [self.heading(name) for name in ("features", "share")]
        return self.section("features", table(titles, rows) if rows else "")

    def method(self) -> str:
        """Return the parameters."""
        lines = [f"- `{name}`: {plain(value)}" for name, value in self.card["method"].items()]
        return self.section("method", "\n".join(lines))

    def notes(self) -> str:
        """Return what a reader must know."""
        lines = []
        for note in self.card["notes"]:
            values = {
                name: self.heading(value) if name == "role" else value
                for name, value in note["values"].items()
            }
            lines.append("- " + self.word(words.NOTES, note["code"]).format(**values))
        return self.section("notes", "\n".join(lines))

    def limits(self) -> str:
        """Return what the model cannot do."""
        lines = [f"- {self.word(words.LIMITS, key)}" for key in self.card["limits"]]
        return self.section("limits", "\n".join(lines))

    def section(self, key: str, body: str) -> str:
        """Return the body under its heading, or nothing where it is empty."""
        return f"## {self.heading(key)}\n\n{body}" if body else ""


def table(titles: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table."""
    titles = list(titles)
    lines = [titles, ["---"] * len(titles), *([str(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def shown(value: float | None) -> str:
    """Return a figure with three digits behind the point."""
    return "–" if value is None else f"{value:.3f}"


def plain(value: Any) -> str:
    """Return a parameter, or several, as short text."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {plain(item)}" for name, item in value.items())
    return f"{value:.6g}" if isinstance(value, float) else str(value)
