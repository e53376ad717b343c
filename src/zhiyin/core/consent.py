"""Channels, and what a person has agreed to."""

from enum import StrEnum


class Channel(StrEnum):
    """Ways to reach a person."""

    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
    WECHAT = "wechat"
    WEBHOOK = "webhook"


class Purpose(StrEnum):
    """Why a person is addressed; consent is given per purpose and channel."""

    MARKETING = "marketing"
    SERVICE = "service"
