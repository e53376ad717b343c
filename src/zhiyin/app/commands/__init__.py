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
Commands = Mapping[str, Callable[..., Any]]


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
    command = _found(name)
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


def _found(name: str) -> Callable[..., Any]:
    """Return a command, importing only the area it belongs to: a query must not load the models."""
    area = AREAS.get(name.split(".", 1)[0])
    command = area().get(name) if area else None
    if command is None:
        raise unknown("command", name, sorted({n for load in AREAS.values() for n in load()}))
    return command


def _audiences() -> Commands:
    from zhiyin.app.commands import audience_lists as lists
    from zhiyin.app.commands import audience_people as people
    from zhiyin.app.commands import audience_refresh as refresh
    from zhiyin.app.commands import audiences

    return {
        "audience.count": people.audience_count,
        "audience.export": people.audience_export,
        "audience.history": lists.audience_history,
        "audience.list": audiences.audience_list,
        "audience.lookalike": lists.audience_lookalike,
        "audience.overlap": people.audience_overlap,
        "audience.portrait": people.audience_portrait,
        "audience.post": refresh.audience_post,
        "audience.refresh": refresh.refresh_due,
        "audience.remove": audiences.audience_remove,
        "audience.restore": audiences.audience_restore,
        "audience.sample": lists.audience_sample,
        "audience.save": audiences.audience_save,
        "audience.show": audiences.audience_show,
        "audience.snapshot": lists.audience_snapshot,
        "audience.upload": lists.audience_upload,
        "audience.warm": refresh.warm,
    }


def _people() -> Commands:
    from zhiyin.app.commands import people

    return {
        "customer.audiences": people.customer_audiences,
        "customer.show": people.customer_show,
    }


def _campaigns() -> Commands:
    from zhiyin.app.commands import campaigns

    return {
        "campaign.due": campaigns.due,
        "campaign.launch": campaigns.launch,
        "campaign.list": campaigns.list_campaigns,
        "campaign.plan": campaigns.plan,
        "campaign.result": campaigns.result,
        "dispatch": campaigns.dispatch_due,
    }


def _data() -> Commands:
    from zhiyin.app.commands import data

    return {
        "import": data.import_,
        "load": data.load,
        "sql": data.sql,
    }


def _insights() -> Commands:
    from zhiyin.app.commands import baskets, behavior, insights
    from zhiyin.app.commands.steadily import steadily

    about_activity = {
        "insights.distribution": behavior.distribution,
        "insights.funnel": insights.funnel,
        "insights.intervals": behavior.intervals,
        "insights.lifecycle": behavior.lifecycle,
        "insights.paths": insights.paths,
        "insights.people": insights.people,
        "insights.referral": behavior.referral,
        "insights.retention": behavior.retention,
        "insights.sessions": insights.sessions,
        "insights.stickiness": behavior.stickiness,
        "insights.touches": insights.touches,
        "insights.trends": behavior.trends,
    }
    return {
        "insights.baskets": baskets.ask,
        "insights.rfm": behavior.rfm,
        **{name: steadily(command) for name, command in about_activity.items()},
    }


def _metrics() -> Commands:
    from zhiyin.app.commands import catalog, metrics

    return {
        "catalog.show": catalog.show,
        "metrics.check": metrics.check,
        "metrics.list": metrics.list_metrics,
        "metrics.show": metrics.show,
        "metrics.value": metrics.value,
    }


def _profiles() -> Commands:
    from zhiyin.app.commands import profiles

    return {"profiles.show": profiles.show, "profiles.status": profiles.status}


def _lineage() -> Commands:
    from zhiyin.app.commands import lineage

    return {
        "lineage.down": lineage.down,
        "lineage.objects": lineage.objects,
        "lineage.refresh": lineage.refresh,
        "lineage.show": lineage.show,
        "lineage.up": lineage.up,
    }


def _log() -> Commands:
    from zhiyin.app.commands import log

    return {"log.purge": log.purge, "log.read": log.read, "log.status": log.status}


def _connections() -> Commands:
    from zhiyin.app.commands import connections

    return {
        "connection.list": connections.connection_list,
        "connection.tables": connections.connection_tables,
        "connection.test": connections.connection_test,
        "pull": connections.pull,
        "pull.all": connections.pull_all,
        "pulls.list": connections.pulls_list,
        "pulls.reset": connections.pulls_reset,
    }


def _plan() -> Commands:
    from zhiyin.app.commands import plan

    return {
        "plan.check": plan.check,
        "plan.diff": plan.diff,
        "plan.event": plan.show_event,
        "plan.generate": plan.generate,
        "plan.history": plan.history,
        "plan.policy": plan.save_policy,
        "plan.restore": plan.restore,
        "plan.save_event": plan.save_event,
        "plan.show": plan.show,
        "plan.state": plan.state,
    }


def _records() -> Commands:
    from zhiyin.app.commands import records

    return {
        "records.dismiss": records.dismiss,
        "records.fix": records.fix,
        "records.list": records.list_records,
        "records.replay": records.replay,
        "records.rules": records.rules,
        "records.show": records.show,
    }


def _models() -> Commands:
    from zhiyin.app.commands import modelling

    return {"models.card": modelling.card, "models.list": modelling.list_models}


def _quality() -> Commands:
    from zhiyin.app.commands import cleaning, quality

    return {
        "quality.alerts": quality.alerts,
        "quality.anomalies": quality.anomalies,
        "quality.check": quality.check,
        "quality.explain": cleaning.explain,
        "quality.reject": cleaning.reject,
        "quality.rejects": cleaning.rejects,
        "quality.report": quality.report,
        "quality.rules": cleaning.rules,
        "quality.rules_check": cleaning.check_rules,
        "quality.rules_use": cleaning.use_rules,
        "quality.trend": quality.trend,
    }


def _tags() -> Commands:
    from zhiyin.app.commands import tag_weights, tags

    return {
        "tags.check": tags.check,
        "tags.entries": tags.entries,
        "tags.facts": tags.facts,
        "tags.import": tags.import_,
        "tags.list": tags.list_tags,
        "tags.preview": tags.preview,
        "tags.restore": tags.restore,
        "tags.save": tags.save,
        "tags.set": tags.mark,
        "tags.show": tags.show,
        "tags.undo": tags.undo,
        "tags.unset": tags.unmark,
        "tags.validate": tags.validate,
        "tags.versions": tags.versions,
        "tags.weights": tag_weights.show,
        "tags.weights_approve": tag_weights.approve,
        "tags.weights_propose": tag_weights.propose,
        "tags.weights_reject": tag_weights.reject,
    }


def _value() -> Commands:
    from zhiyin.app.commands import personas, value

    return {
        "value.check": value.check,
        "value.migration": value.migration,
        "value.personas": personas.show,
        "value.refit": personas.refit,
        "value.rfm": value.rfm,
        "value.stages": value.stages,
        "value.tiers": value.tiers,
    }


def _voice() -> Commands:
    from zhiyin.app.commands import voice

    return {
        "voice.ask": voice.ask,
        "voice.judge": voice.judge,
        "voice.report": voice.report,
        "voice.score": voice.score,
        "voice.topics": voice.topics,
        "voice.train": voice.train,
    }


def _recipes() -> Commands:
    from zhiyin.app.commands import recipes

    return {
        "recipe.check": recipes.check,
        "recipe.list": recipes.list_all,
        "recipe.show": recipes.show,
        "recipe.suggest": recipes.suggest,
    }


def _reviews() -> Commands:
    from zhiyin.app.commands import reviews

    return {
        "review.list": reviews.list_reviews,
        "review.read": reviews.read_review,
        "review.weekly": reviews.weekly,
    }


def _sources() -> Commands:
    from zhiyin.app.commands import sources

    return {
        "source.change": sources.change,
        "source.create": sources.create,
        "source.disable": sources.disable,
        "source.enable": sources.enable,
        "source.list": sources.list_sources,
        "source.rotate": sources.rotate,
    }


def _running() -> Commands:
    from zhiyin.app.commands import running

    return {"run": running.run, "status": running.status}


def _identity() -> Commands:
    from zhiyin.app.commands import identity, linkage

    return {
        "identity.accept": linkage.accept,
        "identity.blocked": identity.blocked,
        "identity.changes": identity.changes,
        "identity.decisions": identity.decisions,
        "identity.explain": identity.explain,
        "identity.join": identity.join,
        "identity.link": linkage.link,
        "identity.plan": identity.plan,
        "identity.reject": linkage.reject,
        "identity.report": identity.report,
        "identity.review": linkage.review,
        "identity.revoke": identity.revoke,
        "identity.separate": identity.separate,
        "identity.show": identity.show,
        "identity.undo": identity.undo,
    }


AREAS: Mapping[str, Callable[[], Commands]] = {
    "audience": _audiences,
    "campaign": _campaigns,
    "catalog": _metrics,
    "connection": _connections,
    "customer": _people,
    "dispatch": _campaigns,
    "identity": _identity,
    "import": _data,
    "insights": _insights,
    "lineage": _lineage,
    "load": _data,
    "log": _log,
    "metrics": _metrics,
    "models": _models,
    "profiles": _profiles,
    "recipe": _recipes,
    "pull": _connections,
    "pulls": _connections,
    "plan": _plan,
    "quality": _quality,
    "records": _records,
    "review": _reviews,
    "run": _running,
    "source": _sources,
    "sql": _data,
    "status": _running,
    "tags": _tags,
    "voice": _voice,
    "value": _value,
}
