"""What delivery has to know about the shop."""

from __future__ import annotations

from dataclasses import dataclass

from zhiyin.core.errors import InvalidInput


@dataclass(frozen=True)
class DeliverySettings:
    """The shop, its addresses and the key that signs links.

    Parameters
    ----------
    base_url
        Where tracking links lead: this server, as customers reach it.
    shop_url
        Where `links.shop` leads; `base_url` if empty.
    secret
        At least 16 bytes; who has it can forge clicks and unsubscribe people.
    """

    shop_name: str
    base_url: str
    secret: bytes
    shop_url: str = ""
    language: str = "zh-CN"
    currency: str = "CNY"
    timezone: str = "Asia/Shanghai"

    def __post_init__(self) -> None:
        if len(self.secret) < 16:
            raise InvalidInput(
                f"The secret that signs links has {len(self.secret)} bytes; give at least 16."
            )
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))

    @property
    def shop(self) -> str:
        """The address of the shop."""
        return self.shop_url or self.base_url
