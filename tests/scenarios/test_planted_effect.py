"""A campaign in a world with a planted effect: hold-out intact, interval honest."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from tests.scenarios.shop import open_shop

from zhiyin.app.commands import execute

DAYS = 14
SEEDS = range(40)


def run_campaign(folder, seed: int, lift: float, monkeypatch) -> dict:
    shop = open_shop(
        folder, seed=seed, customers=1_500, months=3, lift=lift, monkeypatch=monkeypatch
    )
    with shop.workspace as workspace:
        plan = {
            "name": "planted",
            "audience": "reachable_by_email",
            "template": "winback",
            "offer": "second_order_10",
            "holdout": 0.4,
            "window_days": DAYS,
        }
        execute(workspace, "campaign.plan", plan)
        execute(workspace, "campaign.launch", {"name": "planted"})
        people = execute(
            workspace, "sql", {"query": "select arm, address, person_id from dm.decisions"}
        )
        held = {row["address"] for row in people if row["arm"] == "holdout"}
        treated = {row["address"] for row in people if row["arm"] == "treatment"}
        received = shop.deliver()
        drawn = sorted(held | treated)
        truth = shop.world.true_effect(
            drawn, days=DAYS, offer="second_order_10", campaign_id="planted"
        )
        shop.live(DAYS)
        shop.run(["warehouse", "identity", "measurement"])
        result = execute(workspace, "campaign.result", {"name": "planted"})
    return {
        "held": held,
        "treated": treated,
        "received": [message.address for message in received],
        "truth": truth,
        "results": {row["metric"]: row for row in result["results"]},
    }


@pytest.mark.slow
def test_nobody_in_the_holdout_gets_a_message_and_nobody_gets_two(tmp_path, monkeypatch):
    told = run_campaign(tmp_path, seed=1, lift=0.05, monkeypatch=monkeypatch)
    assert len(told["held"]) > 100
    assert not told["held"] & set(told["received"])
    assert sorted(told["received"]) == sorted(told["treated"])


def judged(seed: int, folder: Path) -> tuple[float, dict[str, bool]]:
    """Return a world's true effect on conversion, and which intervals cover the truth."""
    with pytest.MonkeyPatch.context() as patch:
        told = run_campaign(folder, seed=seed, lift=0.05, monkeypatch=patch)
    truth = {"conversion": told["truth"].conversion, "revenue_per_person": told["truth"].revenue}
    covered = {
        metric: bool(result["low"] <= truth[metric] <= result["high"])
        for metric, result in told["results"].items()
    }
    return truth["conversion"], covered


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_the_interval_covers_the_planted_effect_in_nine_of_ten_worlds(tmp_path):
    folders = [tmp_path / f"seed{seed}" for seed in SEEDS]
    for folder in folders:
        folder.mkdir()
    # Worlds know nothing of each other, and each takes a processor for a quarter of a minute.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as worlds:
        told = list(worlds.map(judged, SEEDS, folders))
    mean_truth = sum(truth for truth, _ in told) / len(told)
    covered = {
        metric: sum(one[metric] for _, one in told)
        for metric in ("conversion", "revenue_per_person")
    }
    print("covered of", len(told), covered, "mean planted conversion effect", mean_truth)
    assert mean_truth > 0.02, "the worlds must have an effect to be found"
    assert covered["conversion"] >= 36
    assert covered["revenue_per_person"] >= 36
