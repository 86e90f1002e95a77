"""`bench listen serve`, `status`, `invite`, `close`, `erase`: a listening test while it runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from codecbench.cli.command import Command
from codecbench.cli.terminal import tell

if TYPE_CHECKING:
    from codecbench.listening_test.progress import Progress

TEST = click.argument("test", type=click.Path(path_type=Path))

DATABASE: Callable[[Any], Any] = click.option(
    "--database",
    envvar="CODECBENCH_DATABASE",
    metavar="ADDRESS",
    show_default="TEST/ratings.sqlite",
    help="Keep ratings in postgresql://user:password@host/name, or sqlite:///path. The variable "
    "CODECBENCH_DATABASE says so too, and other users of the machine do not see it.",
)


@click.command(cls=Command)
@TEST
@DATABASE
@click.option(
    "--host",
    default="127.0.0.1",
    metavar="ADDRESS",
    help="Listen at this address. 0.0.0.0 stands for all networks.",
)
@click.option(
    "--port",
    default=8080,
    type=click.IntRange(1, 65535),
    metavar="N",
    help="Listen at this port.",
)
@click.option(
    "--prefix",
    default="",
    metavar="PATH",
    show_default=False,
    help="Expect this path, such as /listen, from a proxy.",
)
@click.option(
    "--proxies",
    default=0,
    type=click.IntRange(0, 9),
    metavar="N",
    help="Believe the X-Forwarded headers of so many proxies.",
)
@click.option(
    "--retain-days",
    type=click.FloatRange(min=0, min_open=True),
    metavar="DAYS",
    help="Erase crowd platforms' ids, and answers in own words, so many days after a rater was "
    "last seen.",
)
def serve(
    test: Path,
    database: str | None,
    host: str,
    port: int,
    prefix: str,
    proxies: int,
    retain_days: float | None,
) -> None:
    """Serve a test to raters until it is stopped.

    \b
    bench listen serve tests/first
    bench listen serve tests/first --host 0.0.0.0 --prefix /listen --proxies 1

    Started again, it lets everybody go on where they were.
    """
    from codecbench.listening_test.serving import Address, clean_prefix
    from codecbench.listening_test.serving import serve as serve_test

    address = Address(host, port, clean_prefix(prefix), proxies)
    serve_test(test, database, address, retain_days, click.echo)


@click.command(cls=Command)
@TEST
@DATABASE
def status(test: Path, database: str | None) -> None:
    """Show how far a test is.

    \b
    bench listen status tests/first

    It lists raters, items and invites.
    """
    from codecbench.listening_test.database import default_address, open_database
    from codecbench.listening_test.frozen_design import check_unchanged, design_row
    from codecbench.listening_test.progress import progress_of
    from codecbench.listening_test.test_reading import read_test

    design = read_test(test, check_stimuli=False)
    with (
        open_database(database or default_address(test)) as opened,
        opened.reading() as connection,
    ):
        check_unchanged(design_row(connection), design)
        progress = progress_of(connection, design)
    _print(progress)


@click.command(cls=Command)
@TEST
@DATABASE
@click.option(
    "--count", type=int, metavar="N", help="Make so many personal links, one for each rater."
)
@click.option("--open", "quota", type=int, metavar="N", help="Make one link, for so many raters.")
@click.option(
    "--url",
    default="http://127.0.0.1:8080",
    metavar="URL",
    help="Begin links with the address at which raters reach the test, prefix included.",
)
def invite(
    test: Path, database: str | None, count: int | None, quota: int | None, url: str
) -> None:
    """Make links by which raters begin.

    \b
    bench listen invite tests/first --count 20
    bench listen invite tests/first --open 20 --url https://lab.example/listen

    They are printed, one a line, and not shown again. A crowd platform may add its id of the rater
    to an open link, as ?PROLIFIC_PID=…, ?workerId=… or ?external_id=…: the same id is the same
    rater.
    """
    from codecbench.errors import UsageError
    from codecbench.listening_test.invites import make_invites, make_open_invite
    from codecbench.listening_test.served import open_served

    if (count is None) == (quota is None):
        raise UsageError("give either --count, for personal links, or --open, for one for many")
    with open_served(test, database) as served, served.database.writing() as connection:
        if count is not None:
            tokens = make_invites(connection, count)
        else:
            tokens = [make_open_invite(connection, quota or 0)]
    for token in tokens:
        click.echo(f"{url.rstrip('/')}/join/{token}")


@click.command(cls=Command)
@TEST
@DATABASE
@click.option("--again", is_flag=True, help="Let raters begin again.")
def close(test: Path, database: str | None, again: bool) -> None:
    """Let nobody new begin a test.

    \b
    bench listen close tests/first

    Who has begun may finish.
    """
    from codecbench.listening_test.database import default_address, open_database
    from codecbench.listening_test.frozen_design import set_closed

    with (
        open_database(database or default_address(test)) as opened,
        opened.writing() as connection,
    ):
        set_closed(connection, not again)
    tell(f"{test} is {'open again' if again else 'closed: nobody new may begin'}")


@click.command(cls=Command)
@TEST
@click.argument("rater")
@DATABASE
@click.option("--yes", is_flag=True, help="Erase without asking.")
def erase(test: Path, rater: str, database: str | None, yes: bool) -> None:
    """Erase all that a rater gave, for good.

    \b
    bench listen erase tests/first R0007

    Ratings, events and answers go, and who it was.
    """
    from codecbench.errors import UsageError
    from codecbench.listening_test.database import default_address, open_database
    from codecbench.listening_test.raters import erase_rater

    with open_database(database or default_address(test)) as opened:
        if not yes:
            click.confirm(f"Erase all that {rater} gave, for good?", abort=True)
        with opened.writing() as connection:
            known = erase_rater(connection, rater)
        if not known:
            raise UsageError(f"{test} has no rater {rater}: `bench listen status` names them")
        opened.forget_erased()
    click.echo(f"{rater} is erased")


def _print(progress: Progress) -> None:
    from codecbench.cli.terminal import print_table

    if progress.raters:
        rows = [
            [r.name, r.state, r.invite, r.seen[:16].replace("T", " "), f"{r.trials}/{r.all_trials}"]
            for r in progress.raters
        ]
        print_table("Raters", ["rater", "state", "invite", "seen (UTC)", "trials"], rows, left=4)
    items = [[i.item, i.category, str(i.trials), str(i.raters)] for i in progress.items]
    print_table("Items", ["item", "category", "trials", "raters"], items, left=2)
    if progress.invites:
        invites = [
            [i.label, "revoked" if i.revoked else "", f"{i.begun}/{i.quota}"]
            for i in progress.invites
        ]
        print_table("Invites", ["invite", "", "begun"], invites, left=2)
    states = ("at work", "finished", "screened out", "erased")
    told = ", ".join(f"{progress.count(state)} {state}" for state in states)
    tell(f"{told}; {'closed' if progress.closed else 'open'} to new raters")
