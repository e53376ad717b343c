"""Every error leaves as `{"code": …, "message": …}`; codes are stable, messages are for people."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from zhiyin.core.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    Permanent,
    Transient,
    Unsupported,
    ZhiyinError,
)

# The first class that fits counts.
STATUS: tuple[tuple[type[ZhiyinError], int, str], ...] = (
    (InvalidInput, 400, "invalid_input"),
    (NotFound, 404, "not_found"),
    (Conflict, 409, "conflict"),
    (Unsupported, 501, "unsupported"),
    (Transient, 503, "transient"),
    (Permanent, 502, "permanent"),
    (ZhiyinError, 500, "internal"),
)

_HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


class Problem(BaseModel):
    """What went wrong."""

    code: str
    message: str


class Refusal(Exception):
    """A request that is turned away before any stage is asked: not logged in, not allowed."""

    def __init__(
        self, status: int, code: str, message: str, *, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.retry_after = retry_after


def problem(status: int, code: str, message: str) -> JSONResponse:
    """Return the response that tells of a problem."""
    return JSONResponse({"code": code, "message": message}, status_code=status)


def told(error: ZhiyinError) -> JSONResponse:
    """Return the response for an error of the product."""
    status, code = next((s, c) for kind, s, c in STATUS if isinstance(error, kind))
    return problem(status, code, str(error))


def install(app: FastAPI) -> None:
    """Teach the app to answer with problems."""
    app.add_exception_handler(ZhiyinError, _product_error)
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unforeseen_error)


async def _product_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ZhiyinError)
    return told(error)


async def _refusal(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)
    response = problem(error.status, error.code, error.message)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


async def _validation_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return problem(422, "invalid_input", f"{where}: {first['msg']}.")


async def _http_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = _HTTP_CODES.get(error.status_code, "http_error")
    return problem(error.status_code, code, str(error.detail))


async def _unforeseen_error(_: Request, error: Exception) -> JSONResponse:
    """Tell of an error of ours without its detail; the server's output has the traceback."""
    return problem(500, "internal", "The server made an error; its output tells more.")
