"""Files in other places: object storage, web servers, Hadoop, through fsspec.

A `Path` writes `s3://bucket/key` as `s3:/bucket/key`; that is how such a file is known here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from zhiyin.core.errors import (
    InvalidInput,
    NotFound,
    Permanent,
    Transient,
    Unsupported,
    ZhiyinError,
)

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):/(?!/)(.*)", re.DOTALL)
_WEB = ("http", "https")
# What brings a scheme; the others need a package that their own documentation names.
EXTRAS = {"s3": "s3", "http": "remote", "https": "remote", "memory": "remote"}


def is_remote(path: Path) -> bool:
    """Return whether the path is a URL, and not a file of this machine."""
    return _SCHEME.fullmatch(path.as_posix()) is not None and not path.exists()


def url_of(path: Path) -> str:
    """Return the URL as a person writes it."""
    return _SCHEME.sub(r"\1://\2", path.as_posix())


def configure(options: Mapping[str, Mapping[str, Any]]) -> None:
    """Set what fsspec is told for each scheme, such as an endpoint and credentials."""
    if options:
        with _reaching("storage"):
            from fsspec.config import conf

            conf.update({scheme: dict(told) for scheme, told in options.items()})


def members(path: Path) -> list[Path]:
    """Return the files that a URL stands for: itself, those of a folder, or those of a pattern.

    Hidden files are left out of folders. A `?` is part of a web address, and no pattern there.
    """
    url = url_of(path)
    with _reaching(url):
        system, root = _system(url)
        if any(mark in url for mark in ("*", "[")):
            found = [name for name in system.glob(root) if system.isfile(name)]
        elif _is_web_file(path) or not system.isdir(root):
            return [path]
        else:
            found = system.find(root)
        urls = [Path(system.unstrip_protocol(name)) for name in found]
    files = sorted(one for one in urls if not one.name.startswith((".", "~$")))
    if not files:
        raise NotFound(f"There is no file in {url}; check the bucket and the path.")
    return files


def check(path: Path) -> None:
    """Raise `NotFound` or `InvalidInput` unless the URL leads to a file that holds something."""
    url = url_of(path)
    with _reaching(url):
        system, root = _system(url)
        told = system.info(root)
    if told.get("type") == "directory":
        raise InvalidInput(f"{url} is a folder; name a file in it.")
    if told.get("size") == 0:
        raise InvalidInput(f"{url} is empty; export it again.")


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a URL for reading; it is fetched piece by piece."""
    url = url_of(path)
    with _reaching(url):
        system, root = _system(url)
        stream = system.open(root, "rb")
    try:
        yield cast("BinaryIO", _Stream(stream, url))
    finally:
        stream.close()


class _Stream:
    """A remote stream whose failures are told as such, and not as a damaged file."""

    def __init__(self, stream: BinaryIO, url: str) -> None:
        self._stream = stream
        self._url = url

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes; none at the end."""
        with _reaching(self._url):
            return self._stream.read(size)

    def seekable(self) -> bool:
        """Return False: what reads here goes forward only."""
        return False

    def readable(self) -> bool:
        """Return True."""
        return True


def _system(url: str) -> tuple[Any, str]:
    from fsspec.core import url_to_fs

    return url_to_fs(url)


def _is_web_file(path: Path) -> bool:
    return url_of(path).split(":", 1)[0] in _WEB and bool(path.suffix)


@contextmanager
def _reaching(url: str) -> Iterator[None]:
    """Raise the errors of fsspec and of what stands behind it as ours."""
    try:
        yield
    except _failures() as error:
        raise _meaning(error, url) from error


def _failures() -> tuple[type[BaseException], ...]:
    """Return the errors that the libraries in use may raise; they are loaded on first use."""
    named = (
        ("botocore.exceptions", "BotoCoreError"),
        ("botocore.exceptions", "ClientError"),
        ("aiohttp", "ClientError"),
    )
    loaded = [getattr(sys.modules[home], name) for home, name in named if home in sys.modules]
    return (OSError, ImportError, ValueError, *loaded)


def _meaning(error: BaseException, url: str) -> ZhiyinError:
    scheme = url.split(":", 1)[0]
    name = type(error).__name__
    if isinstance(error, ImportError):
        extra = EXTRAS.get(scheme)
        then = f"run `pip install 'zhiyin[{extra}]'`" if extra else f"install it ({error})"
        return Unsupported(f"Reading {url} needs a package that is not installed; {then}.")
    # fsspec says of every failed web request that the file is not found; the cause says more.
    if isinstance(error, FileNotFoundError) and _status(error) in (None, 404):
        return NotFound(f"There is no file {url}; check the bucket and the path.")
    if "Credential" in name or isinstance(error, PermissionError) or _status(error) in (401, 403):
        return Permanent(
            f"{url} may not be read with the credentials given; set them in the environment, or "
            f"name their variables under [storage.{scheme}] in zhiyin.toml."
        )
    if isinstance(error, ValueError) and "rotocol" in str(error):
        return InvalidInput(f"{url} begins with a scheme that is not known: {error}.")
    if _status(error) == 0:
        return Transient(f"{url} cannot be reached ({error.__cause__}); try again.")
    return Transient(f"{url} cannot be reached ({name}: {error}); try again.")


def _status(error: BaseException) -> int | None:
    """Return what a web server answered; 0 if it could not be asked."""
    cause = error.__cause__
    if cause is not None and type(cause).__name__.startswith("ClientConnect"):
        return 0
    return getattr(error, "status", getattr(cause, "status", None))
