"""`ports.text_functions`, as Spark wants them.

Every worker imports this module, so it leads to nothing but what a worker needs.
"""

from __future__ import annotations

from typing import Any

from zhiyin.adapters.warehouse.texts import FUNCTIONS, TextFunction, over_columns


def text_functions() -> dict[str, Any]:
    """Return the functions over texts as Spark wants them: from columns to a column."""
    return {
        name: _of_one(function) if texts == 1 else _of_two(function)
        for name, (function, texts) in FUNCTIONS.items()
    }


# Spark reads the number of arguments off the function, so each number is written out.
def _of_one(function: TextFunction) -> Any:
    import pandas as pd
    from pyspark.sql.functions import PandasUDFType, pandas_udf

    run = over_columns(function)

    def of_one(first: Any) -> Any:
        return pd.Series(run([_texts(first)]), index=first.index, dtype=object)

    return pandas_udf(of_one, "string", PandasUDFType.SCALAR)  # pyright: ignore


def _of_two(function: TextFunction) -> Any:
    import pandas as pd
    from pyspark.sql.functions import PandasUDFType, pandas_udf

    run = over_columns(function)

    def of_two(first: Any, second: Any) -> Any:
        texts = [_texts(first), _texts(second)]
        return pd.Series(run(texts), index=first.index, dtype=object)

    return pandas_udf(of_two, "string", PandasUDFType.SCALAR)  # pyright: ignore


def _texts(column: Any) -> list[str | None]:
    return [text if isinstance(text, str) else None for text in column]
