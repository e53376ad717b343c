"""What the terminal shows is what there is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from zhiyin import __version__
from zhiyin.app import render, render_behavior, render_tracking


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
