"""When events happened, by our clock."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from zhiyin.collect.events import EARLIEST, LATEST_AHEAD

_TIME = pa.timestamp("us")
_EARLIEST = np.datetime64(EARLIEST, "us").astype(np.int64)
_AHEAD = np.timedelta64(LATEST_AHEAD, "us").astype(np.int64)


def microseconds(times: pa.ChunkedArray) -> np.ndarray:
    """Return times as microseconds since 1970; 0 where there is none."""
    return times.cast(_TIME).cast(pa.int64()).fill_null(0).to_numpy()


def corrected(
    received: pa.ChunkedArray, sent: pa.ChunkedArray, original: pa.ChunkedArray
) -> np.ndarray:
    """Return when events happened, in microseconds since 1970.

    `received - (sent - original)`: the sender's clock may be wrong, but by the same amount for
    both of its times. Without a sending time the sender's own time counts, without any time the
    time of arrival; so it does for a result before 1990 or more than a day after the arrival.
    """
    arrival, told = microseconds(received), microseconds(original)
    has_sent = sent.is_valid().to_numpy()
    delay = np.where(has_sent, microseconds(sent) - told, arrival - told)
    happened = arrival - delay
    is_plausible = (happened >= _EARLIEST) & (happened <= arrival + _AHEAD)
    return np.where(original.is_valid().to_numpy() & is_plausible, happened, arrival)
