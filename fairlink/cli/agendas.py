"""Commands of the agenda optimiser: they work on files and know no database."""

import sys
from pathlib import Path

import click

from fairlink.visits.rules import agenda as rules


@click.group()
def commands() -> None:
    """What `fairlink.cli` finds here."""


@commands.group()
def agenda() -> None:
    """The agenda of a fair."""


@agenda.command("solve")
@click.argument("instance", type=click.Path(path_type=Path))
@click.option("--seconds", default=60.0, show_default=True, help="Time limit.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def agenda_solve(instance: Path, seconds: float, as_json: bool) -> None:
    """Schedule the meeting requests of INSTANCE without clashes and with the fewest gaps."""
    code, text = rules.run_solve(instance, seconds, as_json)
    click.echo(text)
    sys.exit(code)
