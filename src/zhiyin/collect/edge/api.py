"""The front door of the edge, which needs neither the warehouse nor a web framework's app."""

from zhiyin.collect.edge.collector import Collector
from zhiyin.collect.edge.exchange import Answer, Request
from zhiyin.collect.edge.limits import Limits
from zhiyin.collect.edge.protocol import edge_protocol

__all__ = ["Answer", "Collector", "Limits", "Request", "edge_protocol"]
