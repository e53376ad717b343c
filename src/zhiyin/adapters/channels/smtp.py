"""E-mail by SMTP, over one kept connection."""

from __future__ import annotations

import re
import smtplib
import ssl
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parseaddr

from zhiyin.adapters.channels.mime import mime_bytes
from zhiyin.core.errors import InvalidInput, Transient
from zhiyin.ports.channels import Deferred, Message, Outcome, Refused, Sent, Unclear

_RETRY_AFTER = timedelta(minutes=5)
_ADDRESS = re.compile(r"[!-~]+@[!-~]+\.[!-~]+|[!-~]+@localhost")


class SmtpChannel:
    """Sends each message in an SMTP transaction of its own.

    A 4xx answer defers the message by five minutes, a 5xx answer about the recipient or the
    content refuses it. A connection that breaks before the body left is opened once more; one
    that breaks after that leaves the message `Unclear`.

    Parameters
    ----------
    sender
        `From` address, with or without a name; its domain also ends the `Message-ID`.
    starttls
        Encrypt before logging in, with the certificate checked.
    timeout
        Seconds to wait for an answer.
    """

    name = "email"

    def __init__(
        self,
        host: str,
        port: int = 587,
        *,
        sender: str,
        starttls: bool = True,
        username: str | None = None,
        password: str | None = None,
        timeout: float = 15.0,
    ) -> None:
        self.host = host
        self.port = port
        self.sender = sender
        self.envelope_sender = parseaddr(sender)[1]
        if "@" not in self.envelope_sender:
            raise InvalidInput(
                f"The sender {sender!r} is no e-mail address; give one such as "
                "'Shop <hello@example.com>'."
            )
        self.domain = self.envelope_sender.rpartition("@")[2]
        self.starttls = starttls
        self.username = username
        self.password = password
        self.timeout = timeout
        self.lock = threading.Lock()
        self.connection: smtplib.SMTP | None = None

    def send(self, message: Message, now: datetime) -> Outcome:
        recipient = _ascii_address(message.address)
        if recipient is None:
            why = f"{message.address!r} is not an address that SMTP can carry"
            return Refused(why, is_address_bad=True)
        try:
            body = mime_bytes(
                message, sender=self.sender, recipient=recipient, domain=self.domain, now=now
            )
        except ValueError as error:
            return Refused(f"the message cannot be written as e-mail: {error}")
        with self.lock:
            return self._transact(recipient, body, now)

    def close(self) -> None:
        with self.lock:
            self._drop()

    def _transact(self, recipient: str, body: bytes, now: datetime) -> Outcome:
        try:
            answer = self._with_fresh_connection(lambda link: self._open_envelope(link, recipient))
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise self._unreachable(error) from error
        if answer is not None:
            return self._judged(*answer, now, is_about_address=True)
        try:
            return self._judged(*_hand_over(self._link(), body), now, is_about_address=False)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Unclear(f"the connection broke while the body was under way: {error}")

    def _with_fresh_connection(
        self, attempt: Callable[[smtplib.SMTP], tuple[int, str] | None]
    ) -> tuple[int, str] | None:
        was_open = self.connection is not None
        try:
            return attempt(self._link())
        except (smtplib.SMTPServerDisconnected, ConnectionError):
            # A server closes idle connections at will; nothing was handed over yet.
            self._drop()
            if not was_open:
                raise
            return attempt(self._link())

    def _open_envelope(self, link: smtplib.SMTP, recipient: str) -> tuple[int, str] | None:
        """Return the refusing answer, or None when the server waits for the body."""
        code, text = link.mail(self.envelope_sender)
        if code >= 500:
            raise Transient(
                f"The mail server {self.host} does not accept the sender {self.envelope_sender} "
                f"({code} {_said(text)}); correct email.sender in zhiyin.toml."
            )
        if code < 300:
            code, text = link.rcpt(recipient)
        if code < 300:
            code, text = link.docmd("DATA")
        return None if code == 354 else (code, _said(text))

    def _judged(self, code: int, said: str, now: datetime, *, is_about_address: bool) -> Outcome:
        if 200 <= code < 300:
            return Sent(f"{code} {said}")
        self._reset(code)
        if code >= 500:
            # RFC 3463: x.7.x is policy, such as a block list that we are on.
            is_policy = said.startswith("5.7.")
            return Refused(f"{code} {said}", is_address_bad=is_about_address and not is_policy)
        return Deferred(now + _RETRY_AFTER, f"{code} {said}")

    def _reset(self, code: int) -> None:
        try:
            if code == 421:  # the server is closing the connection
                self._drop()
            else:
                self._link().rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _link(self) -> smtplib.SMTP:
        if self.connection is None:
            self.connection = self._connect()
        return self.connection

    def _connect(self) -> smtplib.SMTP:
        # Naming ourselves spares the look-up of the machine's own name, which may take seconds.
        link = smtplib.SMTP(timeout=self.timeout, local_hostname=self.domain)
        try:
            link.connect(self.host, self.port)
            if self.starttls:
                link.starttls(context=ssl.create_default_context())
            link.ehlo_or_helo_if_needed()
            if self.username:
                link.login(self.username, self.password or "")
        except BaseException:
            link.close()
            raise
        return link

    def _drop(self) -> None:
        link, self.connection = self.connection, None
        if link is None:
            return
        try:
            link.quit()
        except (OSError, smtplib.SMTPException):
            link.close()

    def _unreachable(self, error: Exception) -> Transient:
        return Transient(
            f"The mail server {self.host}:{self.port} cannot be used ({error}); "
            "check the [email] section of zhiyin.toml and that the server answers."
        )


def _hand_over(link: smtplib.SMTP, body: bytes) -> tuple[int, str]:
    link.send(body + b".\r\n")  # no line of the body starts with a dot: see `mime_bytes`
    code, text = link.getreply()
    return code, _said(text)


def _said(text: bytes) -> str:
    return " ".join(text.decode("utf-8", "replace").split())


def _ascii_address(address: str) -> str | None:
    """Return the address with its domain in ASCII; None if it cannot be one."""
    local, _, domain = address.strip().rpartition("@")
    try:
        plain = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return None
    return plain if _ADDRESS.fullmatch(plain) and not set(plain) & set("<>,;") else None
