"""The command line. Only click is imported until a command really runs, so that help is instant."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from zhiyin import __version__
from zhiyin.app.command_line import answer, common, place_of, show
from zhiyin.app.groups.audience import audience
from zhiyin.app.groups.baskets import insights_baskets
from zhiyin.app.groups.behavior import COMMANDS as BEHAVIOR
from zhiyin.app.groups.connections import connection, pull, pulls
from zhiyin.app.groups.identity import identity
from zhiyin.app.groups.insights import insights
from zhiyin.app.groups.lineage import lineage
from zhiyin.app.groups.log import log
from zhiyin.app.groups.metrics import catalog, metrics
from zhiyin.app.groups.plan import plan
from zhiyin.app.groups.profiles import profiles
from zhiyin.app.groups.quality import quality
from zhiyin.app.groups.recipes import recipe
from zhiyin.app.groups.records import records
from zhiyin.app.groups.sources import source
from zhiyin.app.groups.tags import tags
from zhiyin.app.groups.value import value
from zhiyin.app.groups.voice import voice
from zhiyin.core.errors import ZhiyinError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="zhiyin")
def zhiyin() -> None:
    """Zhiyin (知音): know your customers, decide who gets what, and prove that it worked.

    \b
    A first look:         zhiyin demo
    Your own data:        zhiyin init -w shop && zhiyin import online_retail FILE -w shop
                          zhiyin run -w shop && zhiyin serve -w shop
    """


@zhiyin.command()
@common
@click.option("--name", help="Name of the workspace; the directory's name if not given.")
@click.option("--currency", default="CNY", show_default=True, help="ISO 4217 code.")
@click.option("--timezone", default="Asia/Shanghai", show_default=True, help="tz database name.")
@click.option("--language", type=click.Choice(["zh-CN", "en"]), default="zh-CN", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8600, show_default=True)
def init(workspace: Path, as_json: bool, **options: Any) -> None:
    """Make a new workspace. Tags, audiences, strategies and templates come with it."""
    from zhiyin.app.workspace import create_workspace

    files = create_workspace(workspace, **options)
    show("init", {"workspace": str(workspace.resolve()), "files": [str(f) for f in files]}, as_json)


@zhiyin.command("import")
@common
@click.argument("recipe")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Read files again that were imported before.")
@click.option("--replace", is_flag=True, help="Exchange the rows of files that have changed.")
def import_(
    workspace: Path, as_json: bool, recipe: str, paths: tuple[Path, ...], **options: bool
) -> None:
    """Read files or folders into tables, as RECIPE says.

    RECIPE is a built-in name, one of the workspace's recipes/, or a YAML file. `auto` proposes one
    for the files, keeps it in recipes/ and reads them through it.
    """
    if recipe.endswith((".yaml", ".yml")):
        recipe = str(Path(recipe).resolve())
    given = [place_of(path) for path in paths]
    answer("import", workspace, as_json, recipe=recipe, paths=given, **options)


@zhiyin.command()
@common
def load(workspace: Path, as_json: bool) -> None:
    """Move what arrived in the event log into ods.events. A server does so by itself."""
    answer("load", workspace, as_json)


@zhiyin.command()
@common
@click.argument("stages", nargs=-1)
@click.option("--from", "start", metavar="DATE", help="Rebuild days from YYYY-MM-DD on.")
@click.option("--to", "end", metavar="DATE", help="Rebuild days before this date.")
@click.option("--as-of", metavar="TIME", help="Look from then instead of the newest fact.")
def run(workspace: Path, as_json: bool, stages: tuple[str, ...], **options: Any) -> None:
    """Bring tables, scores, audiences and results up to date.

    STAGES, in order: warehouse identity profiles models audiences measurement. All if none given.
    """
    answer("run", workspace, as_json, stages=list(stages), **options)


@zhiyin.command()
@common
@click.option("--host", help="Address to listen on; the settings' if not given.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; the settings' if not given.")
def serve(workspace: Path, as_json: bool, host: str | None, port: int | None) -> None:
    """Serve console and API, load what arrives, keep the schedule."""
    from zhiyin.app.server import serve_forever

    serve_forever(workspace, host=host, port=port, as_json=as_json)


@zhiyin.command()
@common
@click.option(
    "--name", default="edge-1", show_default=True, help="The log's partition that it writes."
)
@click.option("--host", help="Address to listen on; the settings' if not given.")
@click.option("--port", type=click.IntRange(0, 65535), default=8601, show_default=True)
def collect(workspace: Path, as_json: bool, **options: Any) -> None:
    """Take tracking events in, and nothing else.

    A light process; start as many as you like, each with a --name of its own. The workspace's
    server loads what they take in.
    """
    from zhiyin.app.collector import collect_forever

    collect_forever(workspace, as_json=as_json, **options)


@zhiyin.command()
@common
def status(workspace: Path, as_json: bool) -> None:
    """Show what the workspace holds, how fresh it is, and what ran."""
    answer("status", workspace, as_json)


@zhiyin.group()
def customer() -> None:
    """Single customers."""


@customer.command("show")
@common
@click.argument("id")
def customer_show(workspace: Path, as_json: bool, **params: Any) -> None:
    """Show all that is known of one person.

    KEY is a person id, customer number, e-mail address or phone number.
    """
    answer("customer.show", workspace, as_json, **params)


@zhiyin.group()
def models() -> None:
    """Trained models."""


@models.command("list")
@common
def models_list(workspace: Path, as_json: bool) -> None:
    """List models and versions, measured beside their baselines."""
    answer("models.list", workspace, as_json)


@models.command("card")
@common
@click.argument("model", required=False)
@click.option("--version", help="A version; the one in use if not given.")
@click.option(
    "--language", type=click.Choice(["zh-CN", "en"]), help="The workspace's if not given."
)
def models_card(workspace: Path, as_json: bool, **params: Any) -> None:
    """Show the card of MODEL, or of every model in use."""
    answer("models.card", workspace, as_json, **params)


@zhiyin.group()
def campaign() -> None:
    """Campaigns: plan, launch, and measure against the hold-out."""


@campaign.command("plan")
@common
@click.argument("name")
@click.option(
    "--strategy",
    "strategies",
    multiple=True,
    help="Strategy to use, may be repeated; all if none and no audience is given.",
)
@click.option("--audience", help="Address one audience instead of the strategies' own.")
@click.option("--template", help="Message template, with --audience.")
@click.option("--offer", help="Offer, with --audience.")
@click.option("--channel", default="email", show_default=True)
@click.option(
    "--holdout",
    type=click.FloatRange(0, 0.9),
    show_default="the strategies' own",
    help="Share of eligible people who are left alone for comparison.",
)
@click.option(
    "--window-days",
    type=click.IntRange(1, 365),
    default=14,
    show_default=True,
    help="Days after launch in which orders count.",
)
@click.option(
    "--launch-at",
    metavar="TIME",
    help="Let the schedule launch it then (YYYY-MM-DDTHH:MM, the workspace's zone).",
)
def campaign_plan(
    workspace: Path, as_json: bool, strategies: tuple[str, ...], **params: Any
) -> None:
    """Decide who gets what in campaign NAME. Its hold-out is drawn, nothing is sent."""
    answer("campaign.plan", workspace, as_json, strategies=list(strategies), **params)


@campaign.command("launch")
@common
@click.argument("name")
@click.option("--limit", type=click.IntRange(1), help="Send at most so many now.")
def campaign_launch(workspace: Path, as_json: bool, **params: Any) -> None:
    """Send campaign NAME's messages. Launching again goes on where it stopped."""
    answer("campaign.launch", workspace, as_json, **params)


@campaign.command("result")
@common
@click.argument("name")
def campaign_result(workspace: Path, as_json: bool, **params: Any) -> None:
    """Show what campaign NAME changed. With intervals, against its hold-out."""
    answer("campaign.result", workspace, as_json, **params)


@campaign.command("list")
@common
def campaign_list(workspace: Path, as_json: bool) -> None:
    """List campaigns and where they stand."""
    answer("campaign.list", workspace, as_json)


@zhiyin.group()
def review() -> None:
    """Reports that write themselves."""


@review.command("weekly")
@common
@click.option("--week", metavar="DATE", help="Any day of it; the last whole week if not given.")
@click.option(
    "--language", type=click.Choice(["zh-CN", "en", "both"]), default="both", show_default=True
)
@click.option(
    "--output",
    "-o",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory; the workspace's data/reviews if not given.",
)
def review_weekly(workspace: Path, as_json: bool, output: Path | None, **params: Any) -> None:
    """Write the weekly review as self-contained HTML pages."""
    target = str(output.resolve()) if output else None
    answer("review.weekly", workspace, as_json, output=target, **params)


@zhiyin.command()
@common
@click.argument("query")
@click.option(
    "--limit", type=click.IntRange(1), default=10_000, show_default=True, help="Most rows."
)
def sql(workspace: Path, as_json: bool, **params: Any) -> None:
    """Run one reading QUERY on the tables ods.*, dw.*, dm.*."""
    answer("sql", workspace, as_json, **params)


@zhiyin.command()
@common
def doctor(workspace: Path, as_json: bool) -> None:
    """Check what is installed, what is missing, and say what to do."""
    from zhiyin.app.doctor import examine

    findings = examine(workspace)
    show("doctor", findings, as_json)
    if any(finding["state"] == "missing" and finding["needed"] for finding in findings):
        raise SystemExit(1)


@zhiyin.command()
@common
@click.option("--customers", type=click.IntRange(200), default=20_000, show_default=True)
@click.option("--months", type=click.IntRange(3, 36), default=12, show_default=True)
@click.option("--seed", type=int, default=7, show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8600, show_default=True)
@click.option("--no-serve", is_flag=True, help="Stop before the server starts.")
def demo(workspace: Path, as_json: bool, **options: Any) -> None:
    """Show the whole loop on a simulated shop.

    Import, run, campaign, measured result, console. The workspace is ./demo unless --workspace says
    otherwise; an existing demo is used as it is.
    """
    from zhiyin.app.demo import show_demo

    chosen = Path("demo") if workspace == Path(".") else workspace
    show_demo(chosen, as_json=as_json, **options)


for command in (insights_baskets, *BEHAVIOR):
    insights.add_command(command)
for group in (
    audience,
    catalog,
    connection,
    identity,
    insights,
    lineage,
    log,
    metrics,
    recipe,
    pull,
    pulls,
    source,
    plan,
    profiles,
    quality,
    records,
    tags,
    value,
    voice,
):
    zhiyin.add_command(group)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; a wrong input ends with one sentence and a non-zero exit code."""
    # Our matrices are small; on a busy machine spinning BLAS threads make a fit 40 times slower.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        zhiyin.main(args=arguments, prog_name="zhiyin", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Interrupted; what was published before is still readable.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        click.echo("Interrupted; what was published before is still readable.", err=True)
        sys.exit(130)
    except ZhiyinError as error:
        click.echo(f"zhiyin: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        # The reader (such as `head`) has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        click.echo(
            f"zhiyin: {error.strerror or error}: {error.filename or ''}".rstrip(": "), err=True
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
