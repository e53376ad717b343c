"""Which encoding a text file is in, and its bytes as UTF-8."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from zhiyin.core.errors import InvalidInput

# Detection looks at this much of the file; a later misfit is reported with its position.
SAMPLE_BYTES = 16 * 1024 * 1024
FALLBACKS = ("gb18030", "cp1252")

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")


def detect(sample: bytes, path: Path, fallbacks: Iterable[str] = FALLBACKS) -> str:
    """Return the encoding of a file that starts with `sample`.

    A byte order mark decides; else UTF-8 if the sample is UTF-8; else the first fallback that
    decodes the sample. GB 18030 decodes nearly anything, so it counts only where most bytes
    above 127 stand in pairs or longer runs, as in Chinese text, and not alone, as accented
    letters do in Western European text.

    Raises
    ------
    InvalidInput
        If nothing fits, with the position of the first byte that is not UTF-8.
    """
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    misfit = _misfit(sample, "utf-8")
    if misfit is None:
        return "utf-8"
    for encoding in fallbacks:
        if encoding == "gb18030" and not _has_paired_high_bytes(sample):
            continue
        if _misfit(sample, encoding) is None:
            return encoding
    tried = ", ".join(("utf-8", *fallbacks))
    raise InvalidInput(
        f"{path}: byte {misfit} (0x{sample[misfit]:02x}) fits none of the encodings tried "
        f"({tried}); name the right one as `encoding` in the recipe."
    )


def as_utf8(blocks: Iterable[bytes], encoding: str, path: Path) -> Iterator[bytes]:
    """Yield the blocks as UTF-8.

    Raises
    ------
    InvalidInput
        If a byte does not fit, with its position in the (unzipped) file.
    """
    decoder = _codec(encoding).incrementaldecoder("strict")
    keeps_bytes = encoding == "utf-8"
    before = 0
    for block in blocks:
        text = _decode(decoder, block, before=before, encoding=encoding, path=path)
        before += len(block)
        yield block if keeps_bytes else text.encode()
    _decode(decoder, b"", before=before, encoding=encoding, path=path, final=True)


def _decode(
    decoder: codecs.IncrementalDecoder,
    block: bytes,
    *,
    before: int,
    encoding: str,
    path: Path,
    final: bool = False,
) -> str:
    state = decoder.getstate()[0]
    pending = len(state) if isinstance(state, bytes) else 0
    try:
        return decoder.decode(block, final)
    except UnicodeDecodeError as error:
        position = before - pending + error.start
        raise InvalidInput(
            f"{path}: byte {position} (0x{error.object[error.start]:02x}) is not {encoding}; "
            "name the file's encoding in the recipe (for example gb18030 or cp1252) "
            "or save the file as UTF-8."
        ) from error


def _codec(encoding: str) -> codecs.CodecInfo:
    try:
        return codecs.lookup(encoding)
    except LookupError as error:
        raise InvalidInput(
            f"No encoding is named {encoding!r}; use utf-8, gb18030, cp1252 or another name "
            "that Python knows."
        ) from error


def _misfit(sample: bytes, encoding: str) -> int | None:
    """Return the position of the first byte that does not fit; a cut last character fits."""
    decoder = _codec(encoding).incrementaldecoder("strict")
    try:
        decoder.decode(sample, final=len(sample) < SAMPLE_BYTES)
    except UnicodeDecodeError as error:
        return error.start
    return None


def _has_paired_high_bytes(sample: bytes) -> bool:
    runs = [len(run) for run in _HIGH_RUN.findall(sample)]
    alone = sum(1 for run in runs if run == 1)
    return 2 * alone < sum(runs)
