"""The `fairlink` command: thin doors to what the packages do.

A command loads its own room only: whoever has an instance solved does not wait for the web application, and `--help`
alone loads all.
"""

from importlib import import_module

import click

#: Which module of this package has which command.
ROOMS = {
    "agenda": "agendas",
    "quote": "quotes",
    "lottery": "quotes",
    "db": "platform",
    "demo": "platform",
    "agency": "platform",
    "mail": "platform",
    "cards": "platform",
    "rates": "platform",
    "worker": "platform",
    "dev": "platform",
    "routes": "platform",
    "doctor": "platform",
}


class _Rooms(click.Group):
    """Finds commands in the group ``commands`` of their module, which is imported then."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return sorted(ROOMS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in ROOMS:
            return None
        group: click.Group = import_module(f"{__name__}.{ROOMS[cmd_name]}").commands
        return group.get_command(ctx, cmd_name)


@click.group(cls=_Rooms, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """FairLink: from a subsidy at a trade fair to the confirmed order."""
