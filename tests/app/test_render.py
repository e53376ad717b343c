"""What the terminal shows is what there is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from zhiyin import __version__
from zhiyin.app import render, render_baskets, render_behavior, render_tracking, render_voice


def test_words_in_brackets_and_between_colons_are_printed_as_they_are(capsys):
    render.render("sql", [{"event": "[b]Sale[/i] :tea:", "rows": 2}])
    assert "[b]Sale[/i] :tea:" in capsys.readouterr().out


def test_the_doctor_names_the_section_of_the_settings(capsys):
    finding = {"name": "e-mail", "state": "note", "what": "no server", "then": "set [email] first"}
    render.render("doctor", [finding])
    assert "no server - set [email] first" in capsys.readouterr().out


@pytest.mark.parametrize("is_dry_run", [True, False])
def test_a_new_plan_is_shown_whole_before_and_by_its_files_after(capsys, is_dry_run):
    change = {"file": "events/tea.json", "change": "added", "diff": "+{}"}
    render_tracking.render(
        "plan.generate",
        {
            "events_seen": 1,
            "events_planned": 1,
            "version": 1,
            "is_dry_run": is_dry_run,
            "doubtful": [],
            "changes": [change],
        },
    )
    told = capsys.readouterr().out
    assert "added events/tea.json" in told
    assert ("+{}" in told) is is_dry_run


def test_the_package_runs_as_the_command():
    ran = subprocess.run(
        [sys.executable, "-m", "zhiyin", "--version"], capture_output=True, text=True, check=True
    )
    assert ran.stdout == f"zhiyin, version {__version__}\n"


def test_a_planned_event_that_nobody_did_yet_is_named_below_the_empty_answer(capsys):
    answer = {
        "series": [{"key": "A", "group": None, "is_other": False, "values": [0.0], "total": 0.0}],
        "starts": ["2026-03-01"],
        "whole": [True],
        "sample": 1.0,
        "unseen": ["Gift Sent"],
        "names": {"A": "Gift Sent"},
    }
    render_behavior.render("insights.trends", answer)
    assert "Nobody did Gift Sent yet; the tracking plan expects it." in capsys.readouterr().out


def _report(**parts):
    total = {"texts": 0, "positive": 0, "negative": 0, "neutral": 0, "negative_share": None}
    return {"total": total, **{part: [] for part in render_voice.PARTS}, "titles": {}} | parts


def test_a_report_on_voices_names_what_people_speak_of_and_gives_shares(capsys):
    tally = {"texts": 5, "positive": 1, "negative": 3, "neutral": 1, "negative_share": 0.75}
    parts = {"total": tally, "aspects": [{"aspect": "fit", **tally}]}
    titles = {"fit": {"zh-CN": "尺码版型", "en": "Fit and size"}}
    render_voice.render("voice.report", _report(**parts, titles=titles))
    told = capsys.readouterr().out
    assert "5 texts: 1 positive, 3 negative, 1 neutral; 75.0% of those that take a side" in told
    assert "Fit and size" in told
    assert "{" not in told


def test_where_nobody_spoke_the_next_step_is_named(capsys):
    render_voice.render("voice.report", _report())
    render_voice.render("voice.topics", [])
    told = capsys.readouterr().out
    assert "zhiyin import RECIPE FILE" in told
    assert "zhiyin voice train" in told


def test_objects_in_a_table_are_written_as_words(capsys):
    render.render("campaign.list", [{"campaign_id": "a", "counts": {"holdout": 259, "sent": 12}}])
    assert "holdout 259, sent 12" in capsys.readouterr().out


def test_baskets_without_a_row_say_what_to_ask_instead(capsys):
    answer = {"baskets": 12, "rows": [], "found": 0, "titles": {}}
    render_baskets.render("insights.baskets", answer)
    assert "12 orders, but nothing" in capsys.readouterr().out
    render_baskets.render("insights.baskets", answer | {"baskets": 0})
    assert "No order here" in capsys.readouterr().out
