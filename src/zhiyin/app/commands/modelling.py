"""Models: what is trained, and their cards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhiyin.core.errors import NotFound
from zhiyin.models import api as models

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace


def list_models(workspace: Workspace) -> list[dict[str, Any]]:
    """Return every trained version with its main measure beside its baseline."""
    rows = models.versions_table(workspace.registry).drop_columns(["card"])
    return rows.to_pylist()


def card(
    workspace: Workspace,
    *,
    model: str | None = None,
    version: str | None = None,
    language: str | None = None,
) -> list[dict[str, Any]]:
    """Return the cards asked for: facts as an object, and as text in one language."""
    chosen = language or workspace.settings.language
    names = [model] if model else models.model_names(workspace.registry)
    if not names:
        raise NotFound("No model has been trained yet; `zhiyin run` trains them.")
    cards = [models.read_card(workspace.registry, name, version) for name in names]
    return [
        {**card_of, "text": models.render_card(card_of, chosen)}
        for card_of in cards
    ]
