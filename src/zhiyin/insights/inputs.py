"""The tables that metrics are counted from, by the names that `insights.facts` knows them by."""

from zhiyin.identity.tables import PERSON_OF
from zhiyin.warehouse import tables as dw

INPUTS = {
    "sessions": dw.SESSIONS,
    "orders": dw.ORDERS,
    "refunds": dw.REFUNDS,
    "touches": dw.TOUCHES,
    "costs": dw.COSTS,
    "person_of": PERSON_OF,
}

# What own metrics may be counted from beside those: too many rows to read where nobody asks.
METRIC_INPUTS = {**INPUTS, "events": dw.EVENTS}
