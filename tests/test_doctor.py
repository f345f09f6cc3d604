"""What the doctor finds, and what it advises."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

import config
from fairlink import doctor
from fairlink.kernel import clock

pytestmark = pytest.mark.network


def by_name(settings: config.Settings) -> dict[str, doctor.Finding]:
    return {finding.name: finding for finding in doctor.findings(settings)}


@pytest.fixture
def unreachable(settings: config.Settings) -> config.Settings:
    """Settings with a mail server that is not there."""
    return replace(settings, smtp_url="smtp://127.0.0.1:1")


def test_a_migrated_database_and_a_writable_folder_are_well(unreachable: config.Settings) -> None:
    found = by_name(unreachable)
    assert {name for name, finding in found.items() if not finding.ok} == {"mail"}
    assert list(found) == ["database", "extensions", "migrations", "clock", "mail", "secrets", "storage", "uploads"]
    assert found["mail"].mend == "start the mail server, or correct SMTP_URL"


def test_an_empty_database_is_to_be_upgraded(unreachable: config.Settings, postgres_url: Callable[[str], str]) -> None:
    found = by_name(replace(unreachable, database_url=postgres_url("doctor")))
    assert found["migrations"].found.startswith("at the very beginning, newest is 0")
    assert (found["migrations"].mend, found["extensions"].mend) == ("run 'fairlink db upgrade'",) * 2


def test_a_database_that_is_away_is_named_without_its_password(unreachable: config.Settings) -> None:
    found = by_name(replace(unreachable, database_url="postgresql+psycopg://me:hush@127.0.0.1:1/x"))
    assert "Connection refused" in found["database"].found
    assert found["database"].mend == "start it, or correct DATABASE_URL"
    assert "hush" not in str(found)
    assert "clock" not in found


def test_a_clock_that_was_moved_on_purpose_is_well_and_one_that_drifted_is_not(
    unreachable: config.Settings, engine: sa.Engine
) -> None:
    clock.set_offset(timedelta(days=90))
    try:
        assert by_name(replace(unreachable, clock_offset=timedelta(days=90)))["clock"].ok
        assert not by_name(unreachable)["clock"].ok
    finally:
        clock.set_offset(timedelta(0))


def test_a_folder_that_cannot_be_made_is_named(unreachable: config.Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    storage = by_name(replace(unreachable, var=tmp_path / "file" / "var"))["storage"]
    assert storage.mend == "make it writable, or set FAIRLINK_VAR"


def test_production_without_https_is_wrong(unreachable: config.Settings) -> None:
    production = replace(unreachable, environment="production")
    assert not by_name(production)["address"].ok
    assert by_name(replace(production, base_url="https://fairs.example"))["address"].ok


def test_the_exit_code_and_the_advice(unreachable: config.Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.main(unreachable) == 1
    said = capsys.readouterr().out
    assert "-> start the mail server, or correct SMTP_URL" in said
    assert said.count("->") == 1
