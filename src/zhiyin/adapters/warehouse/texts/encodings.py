"""Text whose UTF-8 was once read in another encoding."""

from __future__ import annotations

_LOST = ("\ufffd", "锟斤拷", "烫烫烫", "ï¿½")
_ENCODINGS = ("cp1252", "latin-1", "gb18030")


def decoded(text: str) -> str | None:
    """Return a garbled text as it was written; see `ports.text_functions.text_decoded`."""
    if text.isascii():
        return text
    if any(mark in text for mark in _LOST):
        return None
    for _ in range(2):  # some texts went through twice
        written = _once(text)
        if written == text and " " in text:
            # The last byte of many a character is a no-break space, which forms make a blank.
            nearly = text.replace(" ", "\u00a0")
            mended = _once(nearly)
            written = text if mended == nearly else mended
        if written == text:
            break
        text = written
    return text


def _once(text: str) -> str:
    for encoding in _ENCODINGS:
        try:
            raw = _bytes(text, encoding)
            written = raw.decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue
        if written != text and _is_likelier(written, text, encoding):
            return written
    return text


def _bytes(text: str, encoding: str) -> bytes:
    """Return the bytes that were read; five bytes have no character in cp1252, but arrive as C1."""
    if encoding != "cp1252":
        return text.encode(encoding)
    return b"".join(
        bytes([ord(sign)]) if 0x80 <= ord(sign) < 0xA0 else sign.encode(encoding) for sign in text
    )


def _is_likelier(written: str, text: str, encoding: str) -> bool:
    """Return whether a text makes sense as another: shorter, and of letters people use."""
    if len(written) >= len(text) or not written.isprintable():
        return False
    foreign = [sign for sign in written if not sign.isascii()]
    if encoding == "gb18030":
        # A pair of rare characters can be valid UTF-8 by chance; common ones cannot.
        return all("\u4e00" <= sign <= "\u9fff" or "\u3000" <= sign <= "\u303f" for sign in foreign)
    return all(sign.isalpha() or sign in "，。！？：；、（）“”‘’·—…" for sign in foreign)
