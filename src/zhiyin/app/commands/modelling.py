"""Models: what is trained, and their cards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhiyin.app.commands.data import plain_rows
from zhiyin.core.errors import NotFound
from zhiyin.models import api as models

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace


def list_models(workspace: Workspace) -> list[dict[str, Any]]:
    """Return every trained version with its main measure beside its baseline."""
    return plain_rows(models.versions_table(workspace.registry).drop_columns(["card"]))


def card(
    workspace: Workspace,
    *,
    model: str | None = None,
    version: str | None = None,
    language: str | None = None,
) -> list[dict[str, Any]]:
    """Return the cards asked for: facts as an object, and as text in one language."""
    chosen = language or workspace.settings.language
    registry = workspace.registry
    names = [model] if model else sorted({found.model for found in models.list_versions(registry)})
    if not names:
        raise NotFound("No model has been trained yet; `zhiyin run` trains them.")
    versions = [models.card(registry, name, version) for name in names]
    return [
        {
            "model": found.model,
            "version": found.version,
            "card": found.card,
            "text": models.render_card(found.card, chosen),
        }
        for found in versions
    ]
