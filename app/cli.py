"""`seatmark`: one command for every way of running it. What a command needs is imported when it runs."""

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from app.domain.errors import DomainError
from app.processes import StartError, command
from app.settings import Settings, SettingsError, load_settings

T = TypeVar("T")

MOST_SHOWN = 100


class WorkerLength(Enum):
    """What `--only` takes: jobs by how long they take."""

    PROMPT = "prompt"
    LONG = "long"


app = typer.Typer(
    help="Seat licensing for a tracker.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


def main() -> None:
    """Run a command. What a person can put right is one line on standard error and exit status 1."""
    try:
        app()
    except (DomainError, SettingsError, StartError) as error:
        print(f"seatmark: {error}", file=sys.stderr)
        sys.exit(1)


@app.command()
def up() -> None:
    """Run everything on this machine: servers where none are given, the API and the worker, until Ctrl-C."""
    from app import supervisor

    raise typer.Exit(supervisor.up(load_settings()))


@app.command()
def api() -> None:
    """Serve the GraphQL API on SEATMARK_HOST and SEATMARK_PORT."""
    gc.disable()  # until it serves: nearly everything that is made meanwhile stays
    from app import given
    from app.serving import serve

    settings = load_settings()
    asyncio.run(given.check_logins(settings, has_tenants=True))
    serve(settings)


@app.command()
def worker(
    only: Annotated[WorkerLength | None, typer.Option(help="Only jobs of this length; by default all.")] = None,
) -> None:
    """Run what is due by time: trials, closings, retention, delivery. Any number of these may run at once."""
    from app import given

    settings = load_settings()
    asyncio.run(given.check_logins(settings, has_tenants=False))
    asyncio.run(given.check_redis(settings.given_redis_url()))
    from app.jobs.kinds import Length
    from workers.running import run_worker

    run_worker([Length(only.value)] if only else [Length.PROMPT, Length.LONG])


@app.command("api-check")
def api_check() -> None:
    """Ask the API on this machine whether it can serve; exit status 1 if it cannot."""
    from app.watch.asking import ask_readiness

    settings = load_settings()
    is_ready, told = ask_readiness("API", settings.own_host, settings.port)
    print(told)
    raise typer.Exit(0 if is_ready else 1)


@app.command("worker-check")
def worker_check() -> None:
    """Ask the worker on SEATMARK_WORKER_METRICS_PORT whether it can work; exit status 1 if it cannot."""
    from app.watch.asking import ask_readiness

    settings = load_settings()
    if settings.worker_metrics_port is None:
        raise SettingsError("SEATMARK_WORKER_METRICS_PORT is not set: the worker listens nowhere")
    is_ready, told = ask_readiness("worker", settings.metrics_host, settings.worker_metrics_port)
    print(told)
    raise typer.Exit(0 if is_ready else 1)


@app.command()
def migrate() -> None:
    """Bring the database up to date."""
    from app import db

    _with_database(load_settings(), db.migrate)


@app.command()
def makemigrations() -> None:
    """Write a migration for what the models say and the migrations do not."""
    from app import db

    for writer in asyncio.run(db.find_unmade_migrations()):
        print(writer.write())


@app.command("operator-key")
def operator_key() -> None:
    """Make another operator key and show it, this once."""
    from app.identity.operators import create_operator_key

    print(_connected(load_settings(), create_operator_key))


@app.command()
def demo(
    url: Annotated[str | None, typer.Option(help="Where the API is; by default the running `seatmark up`.")] = None,
    key: Annotated[str | None, typer.Option(help="An operator key; by default SEATMARK_OPERATOR_KEY.")] = None,
) -> None:
    """Play a billing January against a running API and say, line by line, what happens."""
    from app import demo as story

    with _operator(url, key) as (address, operator_key):
        raise typer.Exit(story.play(address, operator_key))


@app.command("directory-apply")
def directory_apply(  # noqa: PLR0913, PLR0917 - each is an option
    file: Annotated[
        Path, typer.Argument(help="CSV; its header names email, name, login, role, department, teams, externalId.")
    ],
    organization: Annotated[str, typer.Option(help="The organization's slug.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change and cost.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Apply without asking.")] = False,
    max_deactivations: Annotated[int | None, typer.Option(help="So many may be deactivated; else a fifth.")] = None,
    encoding: Annotated[str | None, typer.Option(help="How the file is written, if not in UTF-8: cp1251.")] = None,
    ignore_other_columns: Annotated[bool, typer.Option(help="Pass over columns that mean nothing here.")] = False,
    url: Annotated[str | None, typer.Option(help="Where the API is; by default the running `seatmark up`.")] = None,
    key: Annotated[str | None, typer.Option(help="An operator key; by default SEATMARK_OPERATOR_KEY.")] = None,
) -> None:
    """Make an organization's people those of a file, all or nothing, after showing the differences and their price."""
    from app import roster_apply

    wish = roster_apply.Wish(
        file, organization, encoding, ignore_other_columns, max_deactivations, is_dry_run=dry_run, is_sure=yes
    )
    with _operator(url, key) as (address, operator_key):
        raise typer.Exit(roster_apply.run(address, operator_key, wish))


@app.command("export-organization")
def export_organization(
    organization: Annotated[str, typer.Argument(help="Its slug or its id (a UUID).")],
    path: Annotated[Path, typer.Argument(help="The ZIP file to write; one that is there is replaced.")],
) -> None:
    """Write everything an organization has to a ZIP of JSON Lines, as `organizationExport` does."""
    from app.retention.exports import write_export

    with typer.progressbar(length=1, label=f"Exporting {organization}", show_pos=True) as bar:

        async def tell(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        archive = _connected(load_settings(), lambda: write_export(organization, path, tell))
    print(f"{path}: {sum(archive.rows.values())} rows, {archive.size} bytes, SHA-256 {archive.sha256}")


@app.command()
def purges() -> None:
    """Show the purges that are decided and not done, and how far they are."""
    from app.retention.preview import tell_unfinished

    print("\n".join(_connected(load_settings(), tell_unfinished)))


@app.command()
def jobs(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    retry: Annotated[
        str | None, typer.Option(help="Let parked work be tried again: one by its id, or all of a job by its name.")
    ] = None,
) -> None:
    """Show what is due, running, late and parked, and what ran last; exit status 1 if anything is late or parked."""
    from app.domain.actor import operator
    from app.jobs.overview import survey
    from app.jobs.report import as_lines, to_json
    from app.jobs.tries import list_parked, release_named

    settings, actor = load_settings(), operator("command", "jobs")

    async def show() -> bool:
        if retry is not None:
            print(f"{await release_named(actor, retry)} to be tried again at the next sweep")
            return True
        states, parked = await survey(actor, settings.policies, 1), await list_parked(MOST_SHOWN)
        print(to_json(states, parked) if as_json else "\n".join(as_lines(states, parked)))
        return not parked and not any(state.is_late for state in states)

    raise typer.Exit(0 if _connected(settings, show) else 1)


@app.command()
def mails(
    mail: Annotated[
        str | None, typer.Argument(help="One mail, by its id or the beginning of it: what it says.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Try it again, if it is dead; without an id all that are.")
    ] = False,
) -> None:
    """Show the mails of the last 30 days, the newest first, or what one says; exit status 1 if one is dead.

    Without SEATMARK_SMTP_URL mails are kept to be read here, with the links that are in them.
    """
    from app.delivery import mail_report

    settings = load_settings()

    async def show() -> bool:
        if retry:
            print(f"{await mail_report.retry(mail)} to be tried again")
            return True
        if mail is not None:
            print(await mail_report.read(mail, settings, as_json=as_json))
            return True
        listed = await mail_report.survey(settings, MOST_SHOWN)
        print(mail_report.to_json(listed) if as_json else "\n".join(mail_report.as_lines(listed)))
        return not any(one.state is mail_report.MailState.DEAD for one in listed)

    raise typer.Exit(0 if _connected(settings, show) else 1)


@app.command()
def check(
    invariant: Annotated[list[int] | None, typer.Option(help="Only this one; may be repeated.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Say of every invariant whether it holds in the database, or which rows break it; exit status 1 if any does."""
    from app.checks.catalog import choose_checks
    from app.checks.check import run_checks
    from app.checks.report import as_lines, to_json

    there_are = {one.number for one in choose_checks()}
    if unknown := sorted({*(invariant or ())} - there_are):
        raise typer.BadParameter(
            f"{unknown[0]} is none of {', '.join(map(str, sorted(there_are)))}.", param_hint="--invariant"
        )
    findings = _connected(load_settings(), lambda: run_checks(choose_checks(invariant)))
    print(to_json(findings) if as_json else "\n".join(as_lines(findings)))
    raise typer.Exit(0 if all(finding.holds for finding in findings) else 1)


@app.command("repeat-purges")
def repeat_purges() -> None:
    """After a backup was restored: decide again what the receipts in the data directory say was purged."""
    from app.domain.actor import system
    from app.receipts import PURGES, require_folders
    from app.retention.repeat import repeat_purges as repeat

    require_folders(PURGES)
    print(f"{_connected(load_settings(), lambda: repeat(system('repeat-purges')))} purges to be repeated by the worker")


@app.command()
def restored(
    no_receipts: Annotated[
        bool, typer.Option("--no-receipts", help="Go on though folders of receipts are missing.")
    ] = False,
) -> None:
    """After a backup was restored, before anything serves: skip used numbers, repeat purges and erasures, end
    all sessions; exit status 1 if someone cannot be erased, or a number not be skipped."""
    from app.jobs.restored import as_lines, put_right

    settings = load_settings()
    done = _connected(settings, lambda: put_right(settings.policies, without_receipts=no_receipts))
    print("\n".join(as_lines(done)))
    raise typer.Exit(0 if done.is_whole else 1)


@app.command()
def verify(
    files: Annotated[list[Path], typer.Argument(help="Evidence files, as GET /invoices/{id}/evidence answers them.")],
) -> None:
    """Recompute invoices from evidence files, without a database: exit 0 identical, 1 different, 2 no evidence."""
    from app.evidence_files import verify_file

    raise typer.Exit(max([verify_file(path) for path in files]))


@app.command()
def schema() -> None:
    """Print the GraphQL schema."""
    from app.graphql.schema import print_sdl

    print(print_sdl().strip())


@contextmanager
def _operator(url: str | None, key: str | None) -> Iterator[tuple[str, str]]:
    """Where the API is, and an operator key: given, or made for this once and taken away after, for who can read our
    data directory is its operator.

    Raises: StartError.
    """
    from app.supervisor import find_installation

    settings = load_settings()
    if key is None and settings.operator_key is not None:
        key = settings.operator_key.get_secret_value()
    running = find_installation(settings)
    url = url or (running.url if running else None)
    if url is None:
        raise StartError(f"nothing runs on this data directory: start `{command('up')}` first, or say where with --url")
    if key is not None:
        yield url, key
        return
    if running is None or url != running.url:
        raise StartError("an operator key is needed: --key or SEATMARK_OPERATOR_KEY")
    from app.identity.operators import create_operator_key, delete_operator_key

    passing = _connected(settings, create_operator_key)
    try:
        yield url, passing
    finally:
        _connected(settings, lambda: delete_operator_key(passing))


def _connected(settings: Settings, work: Callable[[], Awaitable[T]]) -> T:
    from app import db

    async def run(address: str) -> T:
        await db.connect(address)
        try:
            return await work()
        finally:
            await db.close()

    return _with_database(settings, run, settings.app_database_url)


def _with_database(settings: Settings, work: Callable[[str], Awaitable[T]], address: str | None = None) -> T:
    """Work on the database's address, or another to it, after trying it out.

    Raises: StartError, also for what the database refuses meanwhile.
    """
    from app import given

    url, variable = (address, "SEATMARK_APP_DATABASE_URL") if address else (_database_url(settings), "DATABASE_URL")

    async def run() -> T:
        await given.check_database(url, variable)
        with given.database_refusals():
            return await work(url)

    return asyncio.run(run())


def _database_url(settings: Settings) -> str:
    """The database given, or that of the `seatmark up` running on this data directory.

    Raises: StartError.
    """
    from app.supervisor import find_installation

    if settings.database_url is not None:
        return settings.database_url
    running = find_installation(settings)
    if running is None:
        raise StartError(f"no database: set DATABASE_URL, or start `{command('up')}` first")
    return running.database_url


if __name__ == "__main__":
    main()
