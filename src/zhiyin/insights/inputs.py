"""The tables that metrics are counted from, by the names that `insights.facts` knows them by."""

from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles import tables as dm
from zhiyin.warehouse import tables as dw

INPUTS = {
    "sessions": dw.SESSIONS,
    "orders": dw.ORDERS,
    "refunds": dw.REFUNDS,
    "touches": dw.TOUCHES,
    "costs": dw.COSTS,
    "person_of": PERSON_OF,
}

# What metrics may be counted from beside those, read only where somebody asks: too many rows, and
# texts, which are judged after `dm.daily` is built.
METRIC_INPUTS = {**INPUTS, "events": dw.EVENTS, "feedback": dm.FEEDBACK}
