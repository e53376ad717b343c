"""Models keep their files in the registry; the warehouse holds what was learnt about them."""

from zhiyin.ports.tables import TIME, Column, TableSpec

MODEL_VERSIONS = TableSpec(
    name="dm.model_versions",
    grain=("model", "version"),
    description="Every trained version with its key figures.",
    columns={
        "model": Column("!string", "clv | churn | repurchase | voice"),
        "version": Column("!string", "version"),
        "is_champion": Column("!boolean", "whether it scores now"),
        "trained_as_of": Column("!" + TIME, "instant the training data ends", "UTC"),
        "rows": Column("!int64", "people trained on"),
        "metric": Column("string", "main measure: auc, mape, …"),
        "value": Column("float64", "its value on unseen later data"),
        "baseline": Column("float64", "the same measure of the baseline"),
        "card": Column("!string", "the model card as JSON"),
    },
)

ALL = (MODEL_VERSIONS,)
