"""Live profiles in memory, for tests."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from zhiyin.ports.live_profiles import LiveChanges, LiveProfile


class MemoryLiveProfiles:
    """Documents, ids and positions in dicts."""

    def __init__(self) -> None:
        self.live_lock = threading.Lock()
        self.documents: dict[str, LiveProfile] = {}
        self.people: dict[str, str] = {}
        self.position: dict[str, int] = {}

    def live_position(self) -> dict[str, int]:
        return dict(self.position)

    def live_people(self, ids: Sequence[str]) -> dict[str, str]:
        return {name: self.people[name] for name in ids if name in self.people}

    def live_profiles(self, person_ids: Sequence[str]) -> dict[str, LiveProfile]:
        return {name: self.documents[name] for name in person_ids if name in self.documents}

    def live_profile(self, typed_id: str) -> LiveProfile | None:
        return self.documents.get(self.people.get(typed_id, ""))

    def live_due(self, until_ms: int, limit: int) -> list[LiveProfile]:
        due = [(one.due_ms, key) for key, one in self.documents.items() if one.due_ms is not None]
        return [self.documents[key] for at, key in sorted(due) if at <= until_ms][:limit]

    def live_stale(self, generation: str, limit: int) -> list[LiveProfile]:
        others = (one for one in self.documents.values() if one.generation != generation)
        return list(others)[:limit]

    def store_live(self, changes: LiveChanges) -> None:
        with self.live_lock:
            for name in changes.gone:
                self.documents.pop(name, None)
            self.documents.update((one.person_id, one) for one in changes.profiles)
            self.people.update(changes.people)
            self.position.update(changes.position)

    def count_live(self) -> int:
        return len(self.documents)
