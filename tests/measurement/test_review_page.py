import re
from dataclasses import replace
from html.parser import HTMLParser
from string import Formatter

import pytest
from tests.measurement.review_sample import empty_review, figure, review

from zhiyin.core.errors import InvalidInput
from zhiyin.measurement.review.model import Finding
from zhiyin.measurement.review.render import LANGUAGES, direction, render_review, tone
from zhiyin.measurement.review.wording import catalogue

VOID = {"meta", "br", "link", "img"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Page(HTMLParser):
    """Collects what tests ask about, and fails on tags that do not match."""

    def __init__(self, text: str):
        super().__init__()
        self.open, self.ids, self.links, self.text = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given[name] for name in ("src", "href") if given.get(name)]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.text.append(data)


def flat(tree, prefix=""):
    if isinstance(tree, dict):
        for key, value in tree.items():
            # English tells one from many, Chinese does not.
            if key != "one":
                yield from flat(value, f"{prefix}{key}.")
    elif isinstance(tree, list):
        for n, value in enumerate(tree):
            yield from flat(value, f"{prefix}{n}.")
    else:
        yield prefix, {name for _, name, _, _ in Formatter().parse(str(tree)) if name}


def test_both_catalogues_have_the_same_keys_and_the_same_places_to_fill():
    chinese, english = dict(flat(catalogue("zh-CN"))), dict(flat(catalogue("en")))
    assert set(chinese) == set(english)
    assert (
        {key: places for key, places in chinese.items() if places != english[key]}
        == {
            # Chinese says "for 1,000" once where English needs the number of people too.
        }
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("written", [review(), empty_review()], ids=["full", "empty"])
def test_the_page_is_well_formed_and_asks_for_nothing_outside(written, language):
    text = render_review(written, language)
    page = Page(text)
    assert page.links == []
    assert "url(" not in text
    assert "<script" not in text
    assert len(page.ids) == len(set(page.ids))
    assert f'<html lang="{language}">' in text
    assert "A &amp; B &lt;shop&gt;" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_given_by_people_cannot_break_out_of_the_page(language):
    assert "<b>Bold</b>" not in render_review(review(), language)


def test_the_english_page_holds_no_chinese_and_no_number_is_missing():
    text = "".join(Page(render_review(review(), "en")).text)
    assert not CHINESE.search(text)
    for wrong in ("None", "nan", "Undefined", "{", "}"):
        assert wrong not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_empty_section_says_what_is_missing(language):
    text = "".join(Page(render_review(empty_review(), language)).text)
    wanted = dict(catalogue(language)["empty"])
    del wanted["channels_untracked"]
    assert [key for key, sentence in wanted.items() if sentence not in text] == []


def test_orders_without_any_touch_get_a_sentence_in_place_of_a_chart():
    untracked = review(channels=review().channels[:1])
    text = render_review(untracked, "en")
    assert catalogue("en")["empty"]["channels_untracked"] in text
    assert "channels-t" not in text


def test_a_shop_without_web_events_is_shown_no_visitors_and_no_conversion_rate():
    silent = [replace(f, value=0.0, previous=0.0, history=(0.0,) * 12) for f in review().figures]
    kept = [f if f.metric in ("revenue", "orders") else s for f, s in
            zip(review().figures, silent, strict=True)]  # fmt: skip
    text = "".join(Page(render_review(review(figures=tuple(kept)), "en")).text)
    assert "Average order value" not in text
    assert "Conversion rate per week" not in text
    assert "Revenue per week" in text


@pytest.mark.parametrize(
    ("metric", "value", "previous", "moved", "meaning"),
    [
        ("revenue", 2.0, 1.0, "up", "good"),
        ("cac", 2.0, 1.0, "up", "bad"),
        ("cac", 1.0, 2.0, "down", "good"),
        ("cost", 2.0, 1.0, "up", "plain"),
        ("revenue", 100.0, 100.01, "steady", "plain"),
        ("revenue", 2.0, None, "unknown", "plain"),
    ],
)
def test_an_arrow_knows_which_direction_is_good(metric, value, previous, moved, meaning):
    found = figure(metric, value, previous)
    assert (direction(found), tone(found)) == (moved, meaning)


@pytest.mark.parametrize(("count", "english"), [(1, "1 customer "), (2, "2 customers ")])
def test_english_counts_one_and_many(count, english):
    finding = Finding("high_value_silent", "warning", {"people": count, "monetary": 5.0})
    text = render_review(replace(empty_review(), findings=(finding,)), "en")
    assert f"{english}of the high tier" in text


def test_a_language_without_a_catalogue_is_refused():
    with pytest.raises(InvalidInput, match="zh-CN, en"):
        render_review(review(), "fr")
