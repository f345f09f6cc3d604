"""The command as a whole: every command is found, and those that work on files alone load no platform."""

import subprocess
import sys
from importlib import import_module

import click
import pytest

from fairlink import cli


def test_every_command_of_a_room_is_found_there_and_nowhere_else() -> None:
    in_rooms = {
        name: room
        for room in set(cli.ROOMS.values())
        for name in import_module(f"fairlink.cli.{room}").commands.commands
    }
    assert in_rooms == cli.ROOMS
    context = click.Context(cli.main)
    assert all(cli.main.get_command(context, name) for name in cli.main.list_commands(context))
    assert cli.main.get_command(context, "no-such-command") is None


@pytest.mark.parametrize("command", ["agenda", "quote"])
def test_command_on_files_loads_no_web_application_and_no_database(command: str) -> None:
    code = (
        "import sys; from fairlink.cli import main; "
        f"main(['{command}', '--help'], standalone_mode=False); "
        "print('loaded:', sorted({'flask', 'sqlalchemy', 'stripe'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded: []"
