"""Lotteries: what is published is enough for anybody to draw them again."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlink.subsidies.rules.lottery import Published, commitment, draw, faults, lottery, publish, ticket
from fairlink.subsidies.rules.selection import Candidate, Outcome

SEED = "8f" * 32
AT = datetime(2026, 3, 2, tzinfo=UTC)
DOCS = Path(__file__).resolve().parents[3] / "docs" / "schemes.md"


def candidates(count: int, *, amount: int = 10, strata: tuple[str, ...] = ("north", "south")) -> list[Candidate]:
    return [
        Candidate(application=f"A{i:03}", amount_minor=amount, received_at=AT, stratum=strata[i % len(strata)])
        for i in range(count)
    ]


def test_commitment_and_ticket_are_plain_sha256() -> None:
    """Figures from the sha256sum command."""
    assert commitment("00" * 32) == "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
    assert ticket("00" * 32, "", "") == "159d7d08f62637ec3777138cc6466f5fd618574338ee9dc3fc31cd1caf9c0628"


@pytest.mark.parametrize("seed", ["", "8f", "zz" * 32, "8f" * 33])
def test_bad_seed_is_refused(seed: str) -> None:
    with pytest.raises(ValueError, match=r"hexadecimal|fromhex"):
        commitment(seed)


def test_draw_does_not_depend_on_the_order_of_the_frame() -> None:
    frame = [("a", "x"), ("b", "y"), ("c", "x"), ("d", "x")]
    drawn = draw(frame, SEED)
    assert drawn == draw(frame[::-1], SEED.upper())
    assert {stratum: sorted(names) for stratum, names in drawn.items()} == {"x": ["a", "c", "d"], "y": ["b"]}
    with pytest.raises(ValueError, match="twice"):
        draw([*frame, ("a", "y")], SEED)
    with pytest.raises(ValueError, match="line feed"):
        draw([("a\nb", "x")], SEED)


def test_draws_of_many_seeds_favour_nobody() -> None:
    """Chi-square over who comes first of four: 7.81 is the 95% point of 3 degrees of freedom, 16.3 that of 99.9%."""
    frame = [(name, "s") for name in "abcd"]
    first = [draw(frame, f"{number:064x}")["s"][0] for number in range(4000)]
    assert sum((first.count(name) - 1000) ** 2 / 1000 for name in "abcd") < 16.3


def test_strata_share_the_envelope_and_what_they_leave_goes_to_all() -> None:
    found = candidates(10, strata=("north", "north", "north", "south"))
    # North asks 80 and south 20 of an envelope of 55: 44 and 11, so four and one; 5 are left, too little for a sixth.
    selection = lottery(found, 55, SEED, reserves=2)
    awarded = selection.with_outcome(Outcome.AWARDED)
    drawn = draw(((each.application, each.stratum) for each in found), SEED)
    assert set(awarded) == {*drawn["north"][:4], *drawn["south"][:1]}
    assert selection.awarded_minor == 50
    order = sorted(found, key=lambda each: ticket(SEED, each.stratum, each.application))
    rest = [each.application for each in order if each.application not in awarded]
    assert list(selection.with_outcome(Outcome.RESERVE)) == rest[:2]
    # Of 60 north has 48 and south 12: what they leave, 8 and 2, makes room for the first who is still without.
    assert set(lottery(found, 60, SEED).with_outcome(Outcome.AWARDED)) == {*awarded, rest[0]}


def test_quota_is_drawn_first() -> None:
    found = [replace(each, in_quota=index >= 8) for index, each in enumerate(candidates(10))]
    selection = lottery(found, 30, SEED, quota_bp=5000)
    places = {place.application: place.reason for place in selection.places if place.outcome is Outcome.AWARDED}
    assert len(places) == 3
    assert sum(reason == "quota" for reason in places.values()) == 1
    assert {name for name, reason in places.items() if reason == "quota"} <= {"A008", "A009"}


@given(
    count=st.integers(0, 12),
    amount=st.integers(0, 30),
    envelope=st.integers(0, 200),
    quota=st.integers(0, 10_000),
    seed=st.binary(min_size=32, max_size=32).map(bytes.hex),
)
def test_envelope_holds_and_order_does_not_matter(
    count: int, amount: int, envelope: int, quota: int, seed: str
) -> None:
    found = candidates(count, amount=amount)
    selection = lottery(found, envelope, seed, reserves=3, quota_bp=quota)
    assert selection.awarded_minor <= envelope
    assert len(selection.places) == count
    assert lottery(found[::-1], envelope, seed, reserves=3, quota_bp=quota) == selection


def test_published_lottery_is_verified_and_every_change_is_found() -> None:
    published = publish(candidates(9), SEED)
    assert faults(Published.from_dict(json.loads(json.dumps(published.to_dict())))) == []
    assert faults(replace(published, seed="8e" * 32)) == ["commitment", "drawn"]
    assert faults(replace(published, commitment="0" * 64)) == ["commitment"]
    swapped = {stratum: list(names)[::-1] for stratum, names in published.drawn.items()}
    assert faults(replace(published, drawn=swapped)) == ["drawn"]
    assert faults(replace(published, frame=published.frame[1:])) == ["drawn"]
    assert faults(replace(published, frame=published.frame * 2)) == ["seed_or_frame"]
    assert faults(replace(published, seed="?")) == ["seed_or_frame"]


def test_program_of_the_documentation_comes_to_the_same_draw(tmp_path: Path) -> None:
    """docs/schemes.md prints it; it uses nothing but the standard library."""
    (program,) = re.findall(r"```python\n(# draw\.py.*?)```", DOCS.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(program.splitlines()) <= 20
    script, file = tmp_path / "draw.py", tmp_path / "lottery.json"
    script.write_text(program, encoding="utf-8")
    published = publish(candidates(25, strata=("ñandú", "south", "a b")), SEED)
    command = [sys.executable, "-I", str(script), str(file)]
    for data, code in ((published, 0), (replace(published, seed="8e" * 32), 1)):
        file.write_text(json.dumps(data.to_dict()), encoding="utf-8")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (code, "")
        drawn = draw(data.frame, data.seed)
        listed = [f"{stratum}: {' '.join(names)}" for stratum, names in drawn.items()]
        assert done.stdout.splitlines()[: len(listed)] == listed
