"""Commands of the subsidy engine: they work on files and know no database."""

import sys
from pathlib import Path

import click

from fairlink.subsidies.rules import command


@click.group()
def commands() -> None:
    """What `fairlink.cli` finds here."""


@commands.command("quote")
@click.argument("rules", type=click.Path(path_type=Path))
@click.argument("application", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the quote as JSON.")
def quote(rules: Path, application: Path, as_json: bool) -> None:
    """Work out the support that RULES give to APPLICATION."""
    code, text = command.run_quote(rules, application, as_json)
    click.echo(text)
    sys.exit(code)


@commands.group()
def lottery() -> None:
    """Draws of lots among applicants."""


@lottery.command("verify")
@click.argument("draw", type=click.Path(path_type=Path))
def lottery_verify(draw: Path) -> None:
    """Draw again from the published seed and frame in DRAW and compare."""
    code, text = command.run_lottery_verify(draw)
    click.echo(text)
    sys.exit(code)
