"""What the product can be told to do. The CLI, the API and the schedule all come through here.

A command takes an open workspace and JSON-able parameters and returns a JSON-able result.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from zhiyin.core.errors import InvalidInput, unknown

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace

Progress = Callable[[str], None]


def execute(
    workspace: Workspace,
    name: str,
    params: Mapping[str, Any],
    *,
    on_progress: Progress | None = None,
) -> Any:
    """Run the command called `name`.

    Raises `NotFound` for an unknown command and `InvalidInput` for parameters it does not take.
    """
    command = _commands().get(name)
    if command is None:
        raise unknown("command", name, sorted(_commands()))
    taken = inspect.signature(command).parameters
    extra = sorted(set(params) - set(taken))
    if extra:
        raise InvalidInput(
            f"The command {name} does not take {', '.join(extra)}; "
            f"it takes {', '.join(sorted(set(taken) - {'workspace', 'on_progress'})) or 'nothing'}."
        )
    chosen = dict(params)
    if "on_progress" in taken:
        chosen["on_progress"] = on_progress or (lambda _: None)
    return command(workspace, **chosen)


def _commands() -> Mapping[str, Callable[..., Any]]:
    from zhiyin.app.commands import campaigns, data, modelling, people, reviews, running

    return {
        "audience.count": people.audience_count,
        "audience.export": people.audience_export,
        "audience.list": people.audience_list,
        "campaign.due": campaigns.due,
        "campaign.launch": campaigns.launch,
        "campaign.list": campaigns.list_campaigns,
        "campaign.plan": campaigns.plan,
        "campaign.result": campaigns.result,
        "customer.show": people.customer_show,
        "dispatch": campaigns.dispatch_due,
        "import": data.import_,
        "lineage.down": data.lineage_down,
        "lineage.up": data.lineage_up,
        "load": data.load,
        "models.card": modelling.card,
        "models.list": modelling.list_models,
        "review.weekly": reviews.weekly,
        "run": running.run,
        "source.create": data.source_create,
        "source.list": data.source_list,
        "sql": data.sql,
        "status": running.status,
    }
