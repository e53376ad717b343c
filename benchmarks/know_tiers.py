"""How many of those who buy most afterwards can be known before: tiers, models, and an oracle.

Three public shops and three simulated ones. The newest 90 days are kept apart; buyers are ranked
by what was known before, and an eighth of them taken: by the product's tiers, by its model of
customer value (BG/NBD and Gamma-Gamma), and by LightGBM on the product's features, taught on
earlier 90 days of the same shop. In simulated shops an oracle joins them, who knows everybody's
habits and the day on which each will leave, and averages 25 futures that chance might have brought:
nobody can know more. All are judged by the product's own check.

python -m benchmarks.know_tiers [SHOP ...]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa

from benchmarks.meter import shared_data
from zhiyin.app.commands import execute
from zhiyin.app.looking import run_as_of
from zhiyin.app.modelling import INPUTS
from zhiyin.app.workspace import Workspace
from zhiyin.models import api as models
from zhiyin.models.clv.buyers import Buyers, kept_share
from zhiyin.models.clv.training import ValueModel
from zhiyin.models.features import label
from zhiyin.profiles.tiers import TIER_SHARES
from zhiyin.profiles.value.api import by_depth
from zhiyin.simulation.api import World, WorldConfig
from zhiyin.simulation.mailbox import post_of
from zhiyin.simulation.randomness import Streams
from zhiyin.simulation.shop import Shop
from zhiyin.simulation.truth import outcomes

ZHIYIN = str(Path(sys.executable).with_name("zhiyin"))
DAYS = 90
FUTURES = 25
PUBLIC = {
    "online_retail": ("online_retail", "online_retail_uci/raw/online_retail_all_days.csv.gz"),
    "completejourney": ("completejourney", "completejourney/parquet"),
    "adventureworks": ("adventureworks", "adventureworks_retail/raw"),
}
WORLDS = {f"world_{seed}": seed for seed in (1, 2, 3)}
LEARNING = {
    "objective": "tweedie",
    "n_estimators": 250,
    "learning_rate": 0.03,
    "num_leaves": 15,
    "min_child_samples": 40,
    "subsample": 0.8,
    "subsample_freq": 1,
    "colsample_bytree": 0.6,
    "random_state": 0,
    "n_jobs": 2,
    "verbose": -1,
}


def simulated(seed: int) -> World:
    """Return a shop of 6,000 customers and a year and a half."""
    return World(WorldConfig(customers=6_000, months=18, seed=seed, end=date(2025, 6, 1)))


def prepared(folder: Path, recipe: str, files: Path) -> Path:
    """Return a workspace in which the facts are known, and who is who."""
    for command in (
        ("init",),
        ("import", recipe, str(files)),
        ("run", "warehouse", "identity", "profiles"),
    ):
        subprocess.run(
            [ZHIYIN, *command, "-w", str(folder), "--json"], check=True, stdout=subprocess.DEVNULL
        )
    return folder


def found_by(people: list[str], score: np.ndarray, then: models.ModelInputs, at: datetime) -> float:
    """Return the share of the top that the best-scored eighth holds."""
    order = np.lexsort((people, -score))
    high = int(len(people) * TIER_SHARES.high + 0.5)
    tier = np.full(len(people), "rest", dtype=object)
    tier[order[:high]] = "high"
    tiers = ibis.memtable(pa.table({"person_id": people, "value_tier": pa.array(tier, "string")}))
    ahead = label(then, at, timedelta(days=DAYS))
    came = ahead.filter(ahead.orders_ahead > 0)
    realized = came.select("person_id", realized="amount_ahead")
    last = by_depth(tiers, realized, TIER_SHARES).to_pyarrow().to_pylist()[-1]
    return round(last["found"] / last["top"], 4)


def by_value_model(inputs: models.ModelInputs, at: datetime) -> tuple[list[str], np.ndarray]:
    """Return what the product's model of customer value expects of the days after."""
    buyers = Buyers.before(inputs, at)
    model = ValueModel.fit(buyers, kept=kept_share(inputs, at), horizon_days=DAYS, discount=0.0)
    value = model.value(buyers, draws=50, rng=np.random.default_rng(0))
    return buyers.person_id, value.expected


def by_learning(
    inputs: models.ModelInputs, at: datetime, first: datetime
) -> tuple[list[str], np.ndarray]:
    """Return what LightGBM expects, taught on every 90 days that had ended before, a month apart.

    The labels of the latest teaching end where the test begins.
    """
    from lightgbm import LGBMRegressor

    instants = [at - timedelta(days=DAYS + 30 * step) for step in range(10)]
    rows, wanted = [], []
    for instant in instants:
        if instant - first < timedelta(days=45):
            continue
        ahead = label(inputs, instant, timedelta(days=DAYS)).order_by("person_id").to_pyarrow()
        wanted.append(np.maximum(ahead["amount_ahead"].to_numpy(), 0.0))
        rows.append(table_of(inputs, instant)[1])
    model = LGBMRegressor(**LEARNING).fit(np.concatenate(rows), np.concatenate(wanted))
    people, now = table_of(inputs, at)
    return people, np.asarray(model.predict(now))


def table_of(inputs: models.ModelInputs, at: datetime) -> tuple[list[str], np.ndarray]:
    """Return the buyers of before an instant and the product's features of each."""
    rows = models.features(inputs, at).order_by("person_id").to_pyarrow()
    columns = [rows[name].to_numpy().astype(float) for name in models.FEATURES]
    return rows["person_id"].to_pylist(), np.column_stack(columns)


def by_oracle(world: World, people: list[str]) -> np.ndarray:
    """Return the mean of what other draws of chance would have let each person buy."""
    shop = world.shop
    who = np.flatnonzero(shop.people.join < world.today)
    numbers = dict(zip(shop.people.member_no.to_pylist(), range(len(shop.people)), strict=True))
    days = np.arange(world.today - DAYS, world.today)
    silence = post_of(
        [], shop.people, effect=world.config.message_effect, scale=0.0, streams=shop.streams
    )
    total = np.zeros(len(shop.people))
    for draw in range(FUTURES):
        other = Shop(world.config, shop.catalog, shop.people, Streams(10_000 + draw))
        total[who] += outcomes(other, who, days, silence).revenue
    return np.array([total[numbers[one.removeprefix("user:")]] for one in people])


def judged(folder: Path, world: World | None = None) -> dict[str, object]:
    """Return the shares of the top that each way of ranking holds."""
    with Workspace.open(folder) as workspace:
        checked = execute(workspace, "value.check", {"days": DAYS})
        inputs = models.ModelInputs(*(workspace.warehouse.read(spec) for spec in INPUTS))
        at = run_as_of(workspace) - timedelta(days=DAYS)
        first = inputs.orders.order_time.min().to_pyarrow().as_py()
        people, value = by_value_model(inputs, at)
        learnt_people, learnt = by_learning(inputs, at, first)
        figures: dict[str, object] = {
            "buyers": checked["buyers"],
            "top": checked["top"],
            "tiers": round(checked["share_found"], 4),
            "two_tiers": round(checked["share_in_two"], 4),
            "value_model": found_by(people, value, inputs, at),
            "lightgbm": found_by(learnt_people, learnt, inputs, at),
        }
        for row in checked["depths"]:
            key = f"top_{row['share'] * 100:g}".replace(".", "_")
            figures[key] = row["share_found"] and round(row["share_found"], 4)
            figures[f"{key}_of_value"] = row["share_of_value"] and round(row["share_of_value"], 4)
        if world is not None:
            figures["oracle"] = found_by(people, by_oracle(world, people), inputs, at)
    return figures


def main() -> None:
    wanted = sys.argv[1:] or [*PUBLIC, *WORLDS]
    figures: dict[str, dict[str, object]] = {}
    for name in wanted:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            world = simulated(WORLDS[name]) if name in WORLDS else None
            if world is not None:
                world.write_history(folder / "raw")
                recipe, files = "zhiyin_shop", folder / "raw"
            else:
                recipe, below = PUBLIC[name]
                files = shared_data() / below
            figures[name] = judged(prepared(folder / "shop", recipe, files), world)
            print(f"{name}: {figures[name]}", file=sys.stderr, flush=True)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
