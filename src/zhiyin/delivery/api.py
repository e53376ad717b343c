"""The front door of delivery: templates, the outbox, dispatch, receipts and tracking links."""

from zhiyin.delivery.dispatching import Dispatcher, DispatchReport, dispatch
from zhiyin.delivery.links import Link, click_url, open_url, read_token, sign, unsubscribe_url
from zhiyin.delivery.messages import messages_table
from zhiyin.delivery.preparing import PEOPLE_COLUMNS, Sending, prepare
from zhiyin.delivery.previewing import Preview, preview
from zhiyin.delivery.receipts import Tracking
from zhiyin.delivery.rendering import Renderer
from zhiyin.delivery.retrying import CircuitBreaker, RetryPolicy
from zhiyin.delivery.settings import DeliverySettings
from zhiyin.delivery.templates import FIELDS, Templates, load_templates

__all__ = [
    "FIELDS",
    "PEOPLE_COLUMNS",
    "CircuitBreaker",
    "DeliverySettings",
    "DispatchReport",
    "Dispatcher",
    "Link",
    "Preview",
    "Renderer",
    "RetryPolicy",
    "Sending",
    "Templates",
    "Tracking",
    "click_url",
    "dispatch",
    "load_templates",
    "messages_table",
    "open_url",
    "prepare",
    "preview",
    "read_token",
    "sign",
    "unsubscribe_url",
]
