"""Where a database is, and the sentences about reaching it."""

from __future__ import annotations

from dataclasses import dataclass, field

from zhiyin.core.errors import InvalidInput, NotFound, Permanent, Transient, Unsupported

TLS_MODES = ("disable", "prefer", "require", "verify-full")


@dataclass(frozen=True)
class Access:
    """Where a database is and who asks. The password stays out of every text about it.

    Attributes
    ----------
    name
        The connection's name in the settings.
    tls
        `disable`, `prefer`, `require` (encrypted, whoever answers), or `verify-full` (encrypted,
        and the certificate must be the host's, signed by `tls_ca` or a known authority).
    timeout_seconds
        Longest time of one statement.
    """

    name: str
    host: str
    port: int
    database: str
    user: str
    password: str = field(default="", repr=False)
    tls: str = "prefer"
    tls_ca: str = ""
    timeout_seconds: int = 600

    @property
    def place(self) -> str:
        return f"{self.name} ({self.host}:{self.port}/{self.database})"

    def unreachable(self, why: str) -> Transient:
        return Transient(
            f"The database {self.place} does not answer: {why}; what was pulled so far is stored, "
            "pull again when it is back."
        )

    def refused(self) -> Permanent:
        return Permanent(
            f"The database {self.place} does not accept the user {self.user!r} with the password "
            "given; check user and password_env of the connection."
        )

    def forbidden(self, why: str) -> Permanent:
        return Permanent(
            f"The user {self.user!r} may not read this in {self.place}: {why}; let the database's "
            "owner run GRANT SELECT on it."
        )

    def no_such_database(self, why: str) -> NotFound:
        return NotFound(f"The server of {self.place} says: {why}; check the connection's settings.")

    def missing(self, why: str) -> NotFound:
        return NotFound(f"The database {self.place} has no such thing: {why}; check the recipe.")

    def too_slow(self) -> Transient:
        return Transient(
            f"A statement in {self.place} took longer than {self.timeout_seconds} s; add an index "
            "on the cursor and key columns, or raise timeout_seconds of the connection."
        )

    def misunderstood(self, why: str) -> InvalidInput:
        return InvalidInput(
            f"The database {self.place} does not take the statement: {why}; check the recipe."
        )

    def otherwise(self, why: str, code: str) -> Permanent:
        return Permanent(f"The database {self.place} refused: {why} ({code}).")

    def distrusted(self, why: str) -> Permanent:
        return Permanent(
            f"The certificate of {self.place} is not to be trusted: {why}; check host and tls_ca."
        )

    def without_tls(self) -> Permanent:
        return Permanent(
            f"The database {self.place} offers no encrypted connection, but tls is {self.tls!r}; "
            "let its owner switch TLS on, or set tls to 'prefer'."
        )


def extra_missing(kind: str, extra: str) -> Unsupported:
    """Return the sentence for a driver that is not installed."""
    return Unsupported(
        f"Reading from {kind} needs a driver that is not installed; run "
        f"`pip install 'zhiyin[{extra}]'`."
    )
