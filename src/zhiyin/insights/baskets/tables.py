"""What is bought together, product by product."""

from zhiyin.ports.tables import Column, TableSpec

ITEM_PAIRS = TableSpec(
    name="dm.item_pairs",
    grain=("item", "other"),
    description="Cross-sell: for each product the products in the same orders, the last 365 days; "
    "the 50 with the highest leverage among those that share at least 5 orders.",
    columns={
        "item": Column("!string", "product in the basket"),
        "other": Column("!string", "product bought with it"),
        "place": Column("!int64", "1 for the highest leverage, ties by confidence, then by text"),
        "baskets": Column("!int64", "orders with both"),
        "item_baskets": Column("!int64", "orders with the item"),
        "other_baskets": Column("!int64", "orders with the other"),
        "all_baskets": Column("!int64", "orders"),
        "support": Column("!float64", "baskets / all_baskets", "share"),
        "confidence": Column("!float64", "baskets / item_baskets", "share"),
        "lift": Column("!float64", "confidence / (other_baskets / all_baskets)", "times"),
        "leverage": Column(
            "!float64", "support less what it were if the two were independent", "share"
        ),
        "conviction": Column(
            "float64",
            "(1 - other_baskets / all_baskets) / (1 - confidence); null where confidence is 1",
            "times",
        ),
    },
    order_by=("item", "place"),
)

ALL = (ITEM_PAIRS,)
