"""From facts to scores: trained, tested on later days, kept, and explained."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import ibis
import numpy as np
import pytest

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.identity.tables import PERSON_OF
from zhiyin.models import card_words
from zhiyin.models.api import (
    FEATURES,
    ModelConfig,
    ModelInputs,
    card,
    champion,
    feature_titles,
    list_versions,
    needs_training,
    render_card,
    score,
    train,
    versions_table,
)
from zhiyin.models.tables import MODEL_VERSIONS
from zhiyin.profiles.tables import SCORES
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse import tables as dw

START = datetime.fromisoformat("2025-01-01")
AS_OF = datetime.fromisoformat("2025-11-27T16:00")  # 330 days
CONFIG = ModelConfig(resamples=40, draws=50)


def shop(people: int, seed: int = 1) -> list[dict]:
    """Return the orders of people who buy at paces of their own; nobody leaves."""
    rng = np.random.default_rng(seed)
    orders = []
    for person in range(people):
        pace, price = rng.gamma(0.8, 1 / 40), rng.gamma(4, 10)
        at = rng.uniform(0, 250)
        while at < 330:
            when = START + timedelta(days=at)
            orders.append(
                {
                    "order_id": str(len(orders)), "visitor_id": f"user:{person}",
                    "order_time": when, "order_date": when.date(),
                    "ts_ms": epoch_milliseconds(when),
                    "lines": 1, "pieces": Decimal(1), "channel": "web",
                    "amount": Decimal(round(rng.gamma(4, price / 4) * 100) + 1).scaleb(-2),
                }
            )  # fmt: skip
            at += rng.exponential(1 / pace)
    return orders


def inputs_of(connection, orders: list[dict]) -> ModelInputs:
    known = sorted({order["visitor_id"] for order in orders})
    people = [{"visitor_id": one, "person_id": one, "ids": 1} for one in known]
    rows = {
        "orders": rows_of(dw.ORDERS, *orders), "order_lines": rows_of(dw.ORDER_LINES),
        "refunds": rows_of(dw.REFUNDS), "events": rows_of(dw.EVENTS),
        "person_of": rows_of(PERSON_OF, *people),
    }  # fmt: skip
    return ModelInputs(**{name: connection.create_table(name, r) for name, r in rows.items()})


@pytest.fixture(scope="module")
def inputs():
    return inputs_of(ibis.duckdb.connect(), shop(900))


@pytest.fixture(scope="module")
def registry(inputs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    train(inputs, as_of=AS_OF, registry_dir=folder, rng=np.random.default_rng(1), config=CONFIG)
    return folder


@pytest.fixture(scope="module")
def scored(inputs, registry):
    return score(inputs, as_of=AS_OF, registry_dir=registry)


def figures(registry, model):
    return {metric["name"]: metric for metric in card(registry, model).card["metrics"]}


def test_every_model_has_a_champion_after_training(registry):
    assert {v.model: v.card["status"] for v in list_versions(registry)} == {
        "clv": "trained", "repurchase": "trained",
    }  # fmt: skip
    for model in ("clv", "repurchase"):
        assert champion(registry, model) == card(registry, model)
    assert card(registry, "churn") == card(registry, "repurchase")


def test_training_again_gives_the_same_versions(inputs, registry, tmp_path):
    again = train(
        inputs, as_of=AS_OF, registry_dir=tmp_path, rng=np.random.default_rng(1), config=CONFIG
    )
    assert [v.version for v in again] == [v.version for v in list_versions(registry)]


def test_the_card_tells_the_days_of_training_calibration_and_test(registry):
    snapshots = card(registry, "repurchase").card["data"]["snapshots"]
    assert [s["role"] for s in snapshots][-3:] == ["training", "calibration", "test"]
    days = [datetime.fromisoformat(s["at"]) for s in snapshots]
    assert days[-1] + timedelta(days=60) == AS_OF
    assert days[-2] - days[-3] >= timedelta(days=60)


def test_repurchase_finds_the_different_paces(registry):
    # Even a perfect forecast knows only each pace, not the next purchase.
    found = figures(registry, "repurchase")
    assert found["auc"]["value"] > 0.7
    assert found["auc"]["low"] < found["auc"]["value"] < found["auc"]["high"]
    assert found["brier"]["value"] < found["brier"]["baseline"]
    assert found["lift_top_tenth"]["value"] > 1.3
    bins = card(registry, "repurchase").card["calibration"]
    assert (
        sum(b["people"] for b in bins) == card(registry, "repurchase").card["data"]["people_tested"]
    )


def test_value_says_that_nobody_leaves_and_forecasts_what_came(registry):
    version = card(registry, "clv")
    assert version.card["method"]["dropout_identified"] is False
    assert "dropout_not_identified" in {note["code"] for note in version.card["notes"]}
    found = figures(registry, "clv")
    # About 900 purchases in the days held out: 4 standard errors of their ratio are 0.15.
    assert found["purchases_ratio"]["value"] == pytest.approx(1, abs=0.15)
    assert found["value_error"]["value"] < found["value_error"]["baseline"]
    assert found["interval_coverage"]["value"] > 0.75


def test_scores_are_as_the_mailbox_promises(inputs, scored):
    assert scored.schema.names == list(SCORES.columns)
    assert scored.schema.equals(SCORES.schema().to_pyarrow())
    people = inputs.orders.visitor_id.nunique().to_pyarrow().as_py()
    keys = set(zip(scored["person_id"].to_pylist(), scored["model"].to_pylist(), strict=True))
    assert len(keys) == len(scored) == 3 * people


def test_churn_is_one_minus_repurchase_with_its_reasons_turned(scored):
    rows = {(row["model"], row["person_id"]): row for row in scored.to_pylist()}
    for (model, person), row in rows.items():
        if model != "repurchase":
            continue
        other = rows["churn", person]
        assert other["score"] == pytest.approx(1 - row["score"])
        mirrored = [{**r, "effect": -r["effect"]} for r in json.loads(row["reasons"])]
        assert json.loads(other["reasons"]) == mirrored


def test_reasons_name_features_strongest_first(scored):
    titles = feature_titles("zh-CN")
    for row in scored.to_pylist():
        reasons = json.loads(row["reasons"])
        sizes = [abs(reason["effect"]) for reason in reasons]
        assert len(reasons) == 3
        assert sizes == sorted(sizes, reverse=True)
        assert {reason["feature"] for reason in reasons} <= set(titles)


def test_contributions_add_up_to_the_answer(inputs, registry):
    from zhiyin.models.churn.model import RepurchaseModel
    from zhiyin.models.churn.training import matrix
    from zhiyin.models.features import features

    version = card(registry, "repurchase")
    model = RepurchaseModel.loads(version.read("trees.txt"), version.read("params.json"))
    rows = matrix(features(inputs, AS_OF).to_pyarrow())
    answer = model.probability(rows)
    rest = np.log(answer / (1 - answer)) - model.contributions(rows).sum(axis=1)
    assert np.allclose(rest, rest[0], atol=1e-6)


def test_values_lie_within_their_bounds(scored):
    rows = [row for row in scored.to_pylist() if row["model"] == "clv"]
    inside = [row["low"] <= row["score"] <= row["high"] for row in rows]
    assert all(row["score"] > 0 for row in rows)
    # A skewed future may have its mean above the upper bound, for a rare person.
    assert np.mean(inside) > 0.95


def test_scoring_twice_gives_the_same_rows(inputs, registry, scored):
    assert score(inputs, as_of=AS_OF, registry_dir=registry).equals(scored)


def test_versions_are_as_the_table_promises(registry):
    table = versions_table(registry)
    assert table.schema.equals(MODEL_VERSIONS.schema().to_pyarrow())
    rows = {row["model"]: row for row in table.to_pylist()}
    assert set(rows) == {"clv", "repurchase", "churn"}
    assert all(row["is_champion"] for row in rows.values())
    assert rows["churn"]["version"] == rows["repurchase"]["version"]
    assert rows["repurchase"]["metric"] == "auc"
    assert json.loads(rows["clv"]["card"])["model"] == "clv"


def test_training_is_due_after_the_time_set(registry, tmp_path):
    assert needs_training(tmp_path, AS_OF)
    assert not needs_training(registry, AS_OF + timedelta(days=29))
    assert needs_training(registry, AS_OF + timedelta(days=30))
    assert needs_training(registry, AS_OF + timedelta(days=7), every=timedelta(days=7))


@pytest.mark.parametrize("language", card_words.LANGUAGES)
@pytest.mark.parametrize("model", ["clv", "repurchase"])
def test_a_card_reads_without_a_bare_key(registry, model, language):
    text = render_card(card(registry, model).card, language)
    place = card_words.LANGUAGES.index(language)
    assert text.startswith(f"# {card_words.MODELS[model][place]}\n")
    for metric in figures(registry, model):
        assert card_words.METRICS[metric][place] in text
    prose = [line for line in text.splitlines() if not line.startswith("- `")]
    assert [line for line in prose if "_" in line] == []


def test_every_feature_has_a_title_in_both_languages():
    for language in card_words.LANGUAGES:
        assert set(FEATURES) <= set(feature_titles(language))
    with pytest.raises(InvalidInput, match="zh-CN, en"):
        feature_titles("fr")


def test_words_hold_the_same_numbers_in_both_languages():
    import string

    for table in (card_words.NOTES, card_words.QUESTIONS):
        for words in table.values():
            fields = [{f for _, f, _, _ in string.Formatter().parse(w) if f} for w in words]
            assert fields[0] == fields[1], words


def test_too_few_people_give_a_card_and_no_model(tmp_path):
    few = inputs_of(ibis.duckdb.connect(), shop(60))
    versions = train(few, as_of=AS_OF, registry_dir=tmp_path, rng=np.random.default_rng(1))
    assert [v.card["status"] for v in versions] == ["not_enough_data"] * 2
    codes = {v.model: {note["code"] for note in v.card["notes"]} for v in versions}
    assert codes == {"clv": {"too_few_repeaters"}, "repurchase": {"too_few_people"}}
    assert champion(tmp_path, "clv") is None
    assert score(few, as_of=AS_OF, registry_dir=tmp_path).num_rows == 0
    assert needs_training(tmp_path, AS_OF)
    for version in versions:
        assert "200" in render_card(version.card, "en") or "100" in render_card(version.card, "en")
        assert "数据不足" in render_card(version.card, "zh-CN")


def test_a_shop_of_three_weeks_is_too_young(tmp_path):
    young = inputs_of(
        ibis.duckdb.connect(),
        [o for o in shop(900) if o["order_time"] < START + timedelta(days=21)],
    )
    at = START + timedelta(days=21)
    versions = train(young, as_of=at, registry_dir=tmp_path, rng=np.random.default_rng(1))
    assert {"too_short_a_span"} <= {n["code"] for v in versions for n in v.card["notes"]}
    assert champion(tmp_path, "repurchase") is None


def test_no_orders_at_all_train_and_score_nothing(tmp_path):
    nothing = inputs_of(ibis.duckdb.connect(), [])
    versions = train(nothing, as_of=AS_OF, registry_dir=tmp_path, rng=np.random.default_rng(1))
    assert [v.card["rows"] for v in versions] == [0, 0]
    assert score(nothing, as_of=AS_OF, registry_dir=tmp_path).num_rows == 0


def test_a_card_of_a_model_never_trained_says_what_to_do(tmp_path):
    with pytest.raises(NotFound, match="zhiyin run models"):
        card(tmp_path, "clv")


def test_very_many_people_are_thinned_the_same_way_each_time(inputs):
    from zhiyin.models.churn.training import rows_at

    at, horizon = AS_OF - timedelta(days=60), timedelta(days=60)
    everyone = rows_at(inputs, at, horizon, 10_000)
    some, again = rows_at(inputs, at, horizon, 300), rows_at(inputs, at, horizon, 300)
    assert np.array_equal(some.features, again.features, equal_nan=True)
    # 900 people kept with probability 1/3: 4 standard errors are 57.
    assert abs(len(some) - len(everyone) / 3) < 57
    kept = {tuple(row) for row in np.nan_to_num(some.features)}
    assert kept <= {tuple(row) for row in np.nan_to_num(everyone.features)}


@pytest.mark.slow
def test_repurchase_probabilities_are_calibrated_where_nothing_changes(tmp_path):
    inputs = inputs_of(ibis.duckdb.connect(), shop(6_000, seed=4))
    config = replace(CONFIG, resamples=10)
    train(inputs, as_of=AS_OF, registry_dir=tmp_path, rng=np.random.default_rng(1), config=config)
    for found in card(tmp_path, "repurchase").card["calibration"]:
        error = np.sqrt(found["predicted"] * (1 - found["predicted"]) / found["people"])
        assert abs(found["predicted"] - found["observed"]) < 4 * error
