"""DM: the personas, and whose is whose."""

from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import MONEY, TIME, Column, TableSpec

FIT = Column("!string", "one search for personas")
PERSONA = Column("!string", "p1, p2, …: kept from one search to the next while people stay")

PERSONA_FITS = TableSpec(
    name="dm.persona_fits",
    grain=("fit_id",),
    description="Every search for personas: what it looked at and how sure it was.",
    columns={
        "fit_id": FIT,
        "as_of": Column("!" + TIME, "instant it looked from", "UTC"),
        "fitted_at": Column("!" + TIME, "when", "UTC"),
        "people": Column("!int64", "buyers"),
        "personas": Column("!int64", "personas found"),
        "stability": Column(
            "!string", "JSON: by number of personas, the mean adjusted Rand index of resamples"
        ),
        "space": Column("!string", "JSON: features, and how they are scaled"),
    },
)

PERSONAS = TableSpec(
    name="dm.personas",
    grain=("fit_id", "persona_id"),
    description="Every persona of every search, with name and portrait.",
    columns={
        "fit_id": FIT,
        "persona_id": PERSONA,
        "title_zh": Column("!string", "name in Chinese"),
        "title_en": Column("!string", "name in English"),
        "people": Column("!int64", "buyers"),
        "share": Column("!float64", "of all buyers", "share"),
        "kept": Column(
            "float64", "people in it before and now, over people in it before or now; null if new",
            "share",
        ),
        "orders": Column("!float64", "mean orders"),
        "monetary": Column("!" + MONEY, "mean net amount", "currency"),
        "recency_days": Column("!float64", "mean days since the last order", "days"),
        "traits": Column("!string", "JSON list of {feature, value, mean, everyone, difference}"),
        "center": Column("!string", "JSON list: its middle in the fit's space"),
    },
)  # fmt: skip

PERSONA_OF = TableSpec(
    name="dm.persona_of",
    grain=("person_id",),
    description="Mailbox: the persona of each buyer. Written by the newest search, then each run.",
    indexes=("person_id",),
    columns={
        "person_id": Column("!string", "person", pii=Pii.IDENTIFIER),
        "persona_id": PERSONA,
        "distance": Column("!float64", "to the persona's middle, in standard deviations"),
        "as_of": Column("!" + TIME, "instant it was told from", "UTC"),
    },
)

ALL = (PERSONA_FITS, PERSONAS, PERSONA_OF)
