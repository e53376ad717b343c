"""Which path is whose dialect."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from zhiyin.collect.edge.calls import Call, Way
from zhiyin.collect.edge.exchange import Answer, Request, json_answer
from zhiyin.collect.edge.limits import Limits
from zhiyin.collect.edge.pixels import PIXEL, read_pixel
from zhiyin.collect.edge.posthog import read_posthog
from zhiyin.collect.edge.segment import BATCHES, SINGLE, read_batch, read_single
from zhiyin.collect.edge.sensors import read_sensors
from zhiyin.collect.events import KINDS

SUCCESS = json_answer({"success": True})
POSTHOG = json_answer({"status": 1})
JITSU = json_answer({"ok": True})
NOTHING = Answer(200, b"", b"text/plain")


def ways() -> Mapping[str, Way]:
    """Return how the requests of each path are read; paths have no slash at the end."""
    return {**_segment(), **_rudder(), **_jitsu(), **_posthog(), **_sensors()}


def _segment() -> dict[str, Way]:
    found = {
        f"/v1/{name}": Way(partial(read_single, kind), SUCCESS) for name, kind in SINGLE.items()
    }
    found |= {f"/v1/{name}": Way(read_batch, SUCCESS) for name in BATCHES}
    found |= {f"/v1/pixel/{kind}": _pixel(kind) for kind in KINDS}
    # What the browser library counts about itself is nobody's behavior.
    found["/v1/m"] = Way(_nothing, SUCCESS, needs_key=False)
    return found


def _rudder() -> dict[str, Way]:
    found = {f"/pixel/v1/{kind}": _pixel(kind) for kind in ("page", "track")}
    found["/beacon/v1/batch"] = Way(read_batch, SUCCESS)
    return found


def _jitsu() -> dict[str, Way]:
    found: dict[str, Way] = {}
    for front in ("/api/s", "/api/s/s2s"):
        found |= {f"{front}/{kind}": Way(partial(read_single, kind), JITSU) for kind in KINDS}
        # The event names its type itself; one without is a track call.
        found[f"{front}/event"] = Way(partial(read_single, "track"), JITSU)
        found[f"{front}/batch"] = Way(read_batch, JITSU)
    return found


def _posthog() -> dict[str, Way]:
    paths = ("/batch", "/capture", "/e", "/i/v0/e")
    return dict.fromkeys(paths, Way(read_posthog, POSTHOG))


def _sensors() -> dict[str, Way]:
    picture = Way(read_sensors, PIXEL, methods=("GET", "POST"), always_answers=True)
    return {"/sa": Way(read_sensors, NOTHING), "/sa.gif": picture}


def _pixel(kind: str) -> Way:
    return Way(partial(read_pixel, kind), PIXEL, methods=("GET",), always_answers=True)


def _nothing(request: Request, content: bytes, limits: Limits) -> Call:
    return Call([])
