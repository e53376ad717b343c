"""Functions that every warehouse engine must know beside those that Ibis knows.

Ibis cannot take a JSON array apart on Spark, so each warehouse adapter defines these two by name
when it opens. They accept any text: malformed JSON gives null, never an error.
"""

import ibis


@ibis.udf.scalar.builtin
def json_text(document: str, path: str) -> str:  # pyright: ignore[reportReturnType]
    """Return what stands at a path such as `$.price`, as text.

    Strings come without their quotes, objects and arrays as JSON; null if nothing stands there,
    if JSON null does, or if the document is malformed.
    """


@ibis.udf.scalar.builtin
def json_items(document: str, path: str) -> list[str]:  # pyright: ignore[reportReturnType]
    """Return the items of the array at a path such as `$.products`, each as JSON.

    Null if no array stands there or the document is malformed.
    """
