"""Single customers, and what conditions are read from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhiyin.profiles import api as profiles

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace


def customer_show(workspace: Workspace, *, id: str) -> dict[str, Any]:
    """Return all that is known of one person, by any id, e-mail or phone."""
    name = id
    if "@" in id and not id.startswith("email:"):
        name = f"email:{id.strip().lower()}"
    return profiles.customer_profile(name, workspace.warehouse)


def sources_of(workspace: Workspace) -> profiles.Sources:
    """Return what conditions are read from, as of the newest run."""
    from zhiyin.app.counting import sources_of as counted_sources
    from zhiyin.app.looking import run_as_of

    definitions = workspace.counting.definitions()
    return counted_sources(workspace, definitions, run_as_of(workspace))


def customer_audiences(workspace: Workspace, *, id: str) -> list[dict[str, Any]]:
    """Return the audiences that a person is in: name, title and size."""
    import pyarrow.compute as pc

    counting = workspace.counting
    # The shelf is asked once for all audiences; who is not in the wide table is in none of them.
    place = pc.index(counting.current().shelf.people, id).as_py()
    if place < 0:
        return []
    found = []
    for name, audience in sorted(counting.definitions().audiences.items()):
        people = counting.people(audience.where)
        if place in people:
            found.append({"name": name, "title": dict(audience.title), "members": len(people)})
    return found
