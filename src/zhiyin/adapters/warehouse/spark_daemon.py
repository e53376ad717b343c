"""The process that Spark forks its Python workers from, with what they need imported once.

Spark starts a worker for every Python function of a plan in every task; on its own, each would
spend seconds on pandas and Arrow before its first row.
"""

from __future__ import annotations

import pandas as pd
import phonenumbers
import pyarrow as pa
from pyspark.daemon import manager
from pyspark.sql.pandas import serializers

from zhiyin.adapters.warehouse import spark_texts

IMPORTED = (pd, pa, phonenumbers, serializers, spark_texts)

if __name__ == "__main__":
    manager()
