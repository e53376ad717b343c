"""Templates: what a message may say, in both languages."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.delivery.api import FIELDS, Renderer, load_templates, preview
from zhiyin.delivery.plain_text import plain_text

HERE = Path(__file__).parent
WAY_OUT = "<a href='{{ links.unsubscribe }}'>x</a>"


def written(tmp_path: Path, body: str, subject: str = "Hi", name: str = "t.en.liquid"):
    text = f"---\nsubject: {subject!r}\n---\n{body}"
    (tmp_path / name).write_text(text, encoding="utf-8")
    return load_templates(tmp_path)


def said(templates, **fields) -> str:
    context: dict[str, dict] = {}
    for field in FIELDS:
        room, _, name = field.partition(".")
        context.setdefault(room, {})[name] = fields.get(f"{room}_{name}")
    return templates.render("t", "en", context)[1]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(
    "name", ["privilege", "second_order", "winback", "rescue", "welcome_content"]
)
def test_every_template_that_ships_reads_well_with_and_without_knowledge(renderer, name, language):
    full = preview(renderer, name, language)
    bare = preview(renderer, name, language, dict.fromkeys(FIELDS[:9], None))
    for shown in (full, bare):
        assert shown.subject
        assert "None" not in shown.body_html + shown.subject
        assert "{{" not in shown.body_html
        assert "/t/u/preview" in shown.body_text
        assert_tags_close(shown.body_html)
    assert ("李晓明" if language == "zh-CN" else "Ann") in full.body_text
    assert "AGAIN10" in full.body_text
    assert "AGAIN10" not in bare.body_text


def assert_tags_close(body: str) -> None:
    open_tags: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag not in ("meta", "img", "br"):
                open_tags.append(tag)

        def handle_endtag(self, tag):
            assert open_tags.pop() == tag

    Reader().feed(body)
    assert open_tags == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_win_back_message_looks_as_it_was_reviewed(renderer, language):
    shown = preview(renderer, "winback", language)
    reviewed = HERE / "reviewed" / f"winback.{language}.html"
    assert f"<!-- {shown.subject} -->\n{shown.body_html}" == reviewed.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "body",
    [
        "{{ customer.phone }}",
        "{{ customer.email }}",
        "{{ customer }}",
        "{{ customer['address'] }}",
        "{% if person.income %}x{% endif %}",
        "{{ customer[shop.name] }}",
        "{% assign x = customer %}{{ x.phone }}",
        "{{ customer.name.size }}",
    ],
)
def test_a_template_may_only_say_what_is_on_the_list(tmp_path, body):
    with pytest.raises(InvalidInput, match=r"asks for .*; a message may say customer.name"):
        written(tmp_path, body + WAY_OUT)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{% include 'x' %}", "include"),
        ("{% render 'x' %}", "render"),
        ("{% for i in (1..9) %}{% endfor %}", "for"),
        ("{{ shop.name | safe }}", "filters safe; allowed: append"),
        ("{{ shop.name | base64_decode }}", "filters base64_decode"),
        ("{% if %}", "missing expression"),
        ("{{ shop.name", "expected"),
        ("{% nonsense %}", "nonsense"),
    ],
)
def test_a_template_cannot_reach_out_of_its_sandbox(tmp_path, body, says):
    with pytest.raises(InvalidInput, match=says):
        written(tmp_path, body + WAY_OUT)


def test_values_are_escaped_so_that_a_name_is_never_markup(tmp_path):
    templates = written(tmp_path, "<p>{{ customer.name }}</p>" + WAY_OUT)
    body = said(templates, customer_name="<script>alert('x')</script>")
    assert "<script>" not in body
    assert "&lt;script&gt;" in body


def test_a_name_with_liquid_in_it_is_only_text(tmp_path):
    templates = written(tmp_path, "<p>{{ customer.name }}</p>" + WAY_OUT)
    assert "{{ shop.url }}" in said(templates, customer_name="{{ shop.url }}")


def test_a_line_break_in_a_name_does_not_break_the_subject(tmp_path):
    templates = written(tmp_path, WAY_OUT, subject="Hi {{ customer.name }}")
    context = {"customer": {"name": "A\r\nBcc: b@c.test"}, "links": {"unsubscribe": "u"}}
    assert templates.render("t", "en", context)[0] == "Hi A Bcc: b@c.test"


def test_a_message_without_a_way_out_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="has no way out"):
        written(tmp_path, "<p>Hi</p>")


def test_a_subject_is_needed_and_other_front_matter_is_not_known(tmp_path):
    (tmp_path / "t.en.liquid").write_text("<p>Hi</p>", encoding="utf-8")
    with pytest.raises(InvalidInput, match="front matter"):
        load_templates(tmp_path)
    (tmp_path / "t.en.liquid").write_text("---\nsubjekt: x\n---\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="allowed: subject, title"):
        load_templates(tmp_path)


def test_the_language_is_part_of_the_file_name(tmp_path):
    with pytest.raises(InvalidInput, match="cannot be 'fr'; allowed: zh-CN, en"):
        written(tmp_path, WAY_OUT, name="t.fr.liquid")


def test_a_layout_has_to_hold_the_message(tmp_path):
    (tmp_path / "layout.en.liquid").write_text("<html></html>", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"never says {{ message.content }}"):
        load_templates(tmp_path)


def test_a_missing_template_or_language_is_named_with_what_there_is(tmp_path, renderer: Renderer):
    with pytest.raises(NotFound, match="'summer'; known: privilege, rescue"):
        preview(renderer, "summer", "en")
    with pytest.raises(NotFound, match="no text for zh-CN; it has en"):
        preview(Renderer(written(tmp_path, WAY_OUT), renderer.settings), "t", "zh-CN")
    with pytest.raises(InvalidInput, match=r"cannot be 'customer\.phone'"):
        preview(renderer, "rescue", "en", {"customer.phone": "1"})


def test_a_value_that_is_missing_at_rendering_is_an_error_and_not_a_gap(tmp_path):
    templates = written(tmp_path, "{{ offer.code }}" + WAY_OUT)
    with pytest.raises(InvalidInput, match="offer"):
        templates.render("t", "en", {"links": {"unsubscribe": "u"}})


def test_plain_text_keeps_words_and_links_and_drops_the_rest():
    body = (
        "<html><head><title>T</title><style>p{}</style></head><body><h1>Hi  you</h1>"
        "<p>a &amp; b<br>c</p><a href='https://x.test/?a=1&amp;b=2'>go</a>"
        "<img src='p'></body></html>"
    )
    assert plain_text(body) == "Hi you\n\na & b\nc\ngo (https://x.test/?a=1&b=2)\n"
