"""What is known of people at this moment: one document per person, and how far the log was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class LiveProfile:
    """One person's document.

    Attributes
    ----------
    person_id : the person.
    document : what is known, in the form that its writer chose.
    due_ms : when it has to be looked at again though nothing happens (milliseconds since 1970).
    generation : what it was worked out from; another generation is worked out anew.
    """

    person_id: str
    document: bytes
    due_ms: int | None = None
    generation: str = ""


@dataclass(frozen=True)
class LiveChanges:
    """What one piece of work came to.

    Attributes
    ----------
    profiles : people to store, each once.
    gone : people who are others by now; one that is not there is no error.
    people : typed ids with the person whom each now belongs to.
    position : per partition of the event log, the next offset wanted.
    """

    profiles: Sequence[LiveProfile] = ()
    gone: Sequence[str] = ()
    people: Mapping[str, str] = field(default_factory=dict)
    position: Mapping[str, int] = field(default_factory=dict)


class LiveProfiles(Protocol):
    """Live profiles; one process writes them, any number read.

    The position is stored with the profiles: whoever begins again at it after being killed at any
    point has neither lost nor repeated an event.
    """

    def live_position(self) -> dict[str, int]:
        """Return the next offset wanted, of the partitions that were read at all."""
        ...

    def live_people(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the person of each of these typed ids that is known here."""
        ...

    def live_profiles(self, person_ids: Sequence[str]) -> dict[str, LiveProfile]:
        """Return the profiles of these people, of those that have one."""
        ...

    def live_profile(self, typed_id: str) -> LiveProfile | None:
        """Return the profile of the person whom an id belongs to, if there is one."""
        ...

    def live_due(self, until_ms: int, limit: int) -> list[LiveProfile]:
        """Return profiles that are due at or before an instant, those due longest first."""
        ...

    def live_stale(self, generation: str, limit: int) -> list[LiveProfile]:
        """Return profiles of other generations, in no particular order."""
        ...

    def store_live(self, changes: LiveChanges) -> None:
        """Store all of it or, when killed in between, nothing of it."""
        ...

    def count_live(self) -> int:
        """Return how many people have a live profile."""
        ...
