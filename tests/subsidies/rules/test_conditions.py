"""The condition language: what it reads, what it refuses, and how it treats what is not known."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlink.subsidies.rules.conditions import Condition, Mistake, holds, mistakes
from fairlink.subsidies.rules.scalars import UnreadableText
from fairlink.subsidies.rules.syntax import Kind

KINDS = {
    "firm.staff": Kind.NUMBER,
    "firm.share": Kind.NUMBER,
    "firm.size": Kind.TEXT,
    "firm.sectors": Kind.TEXTS,
    "firm.since": Kind.DATE,
    "firm.current": Kind.BOOLEAN,
    "firm.gone": Kind.NUMBER,
}
FACTS: dict[str, Any] = {
    "firm.staff": 12,
    "firm.share": 2500,
    "firm.size": "small",
    "firm.sectors": ("food", "wine"),
    "firm.since": date(2020, 5, 1),
    "firm.current": True,
    "firm.gone": None,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("firm.staff = 12", True),
        ("firm.staff != 12", False),
        ("firm.staff < 12", False),
        ("firm.staff <= 12", True),
        ("firm.staff > 1_0", True),
        ("12 >= firm.staff", True),
        ("firm.share <= 25%", True),
        ("firm.share < 24.99%", False),
        ("firm.size = 'small'", True),
        ('firm.size in ["micro", "small"]', True),
        ("firm.size not in ['micro', 'small']", False),
        ("firm.staff in [1, 12]", True),
        ("'wine' in firm.sectors", True),
        ("'toys' in firm.sectors", False),
        ("'toys' not in firm.sectors", True),
        ("firm.since < 2020-05-02", True),
        ("firm.since in [2020-05-01]", True),
        ("firm.current", True),
        ("not firm.current", False),
        ("not not firm.current", True),
        ("firm.current = true", True),
        ("false", False),
        ("firm.staff > 20 or firm.staff < 13 and firm.size = 'small'", True),
        ("(firm.staff > 20 or firm.staff < 13) and firm.size = 'micro'", False),
        ("not firm.staff > 20 and firm.current", True),
        ("firm.gone > 5", None),
        ("not firm.gone > 5", None),
        ("firm.gone in [5]", None),
        ("firm.gone > 5 or firm.current", True),
        ("firm.gone > 5 and firm.current", None),
        ("firm.gone > 5 and not firm.current", False),
        ("firm.gone is known", False),
        ("firm.gone is not known", True),
        ("firm.staff is known and firm.staff > 5", True),
    ],
)
def test_condition_holds(text: str, expected: bool | None) -> None:
    condition = Condition.parse(text)
    assert mistakes(condition, KINDS) == []
    assert holds(condition, FACTS) is expected


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("", "condition_syntax", 1),
        ("firm.staff = ", "condition_syntax", 14),
        ("firm.staff 5", "condition_syntax", 12),
        ("firm.staff = = 5", "condition_syntax", 14),
        ("(firm.current", "condition_syntax", 14),
        ("firm.size in []", "condition_syntax", 16),
        ("firm.size in [firm.staff]", "condition_syntax", 25),
        ("firm.size in 'small'", "condition_syntax", 21),
        ("and firm.current", "condition_syntax", 1),
        ("firm.since = 2020-13-01", "condition_syntax", 14),
        ("firm.staff + 1 > 2", "condition_character", 12),
        ("firm.size = 'small", "condition_character", 13),
        ("firm.staff == 5", "condition_syntax", 13),
        ("eval('1')", "condition_syntax", 5),
        ("firm.__class__.__mro__ is", "condition_syntax", 24),
    ],
)
def test_condition_that_cannot_be_read_says_where(text: str, code: str, at: int) -> None:
    with pytest.raises(UnreadableText) as caught:
        Condition.parse(text)
    assert (caught.value.code, caught.value.params["at"]) == (code, at)


def test_condition_has_bounds() -> None:
    with pytest.raises(UnreadableText, match="text_length"):
        Condition.parse("firm.current or " * 100 + "firm.current")
    with pytest.raises(UnreadableText, match="condition_depth"):
        Condition.parse("(" * 30 + "firm.current" + ")" * 30)
    assert holds(Condition.parse("not " * 200 + "firm.current"), FACTS) is True


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("firm.age > 5 and firm.colour = 'red'", [("unknown_fact", "firm.age"), ("unknown_fact", "firm.colour")]),
        ("firm.staff = 'ten'", [("unlike_kinds", None)]),
        ("firm.sectors = 'food'", [("unlike_kinds", None)]),
        ("firm.size < 'small'", [("no_order", None)]),
        ("firm.current > false", [("no_order", None)]),
        ("firm.size in [1, 2]", [("unlike_kinds", None)]),
        ("firm.size in firm.staff", [("unlike_kinds", None)]),
        ("firm.staff in firm.sectors", [("unlike_kinds", None)]),
        ("firm.staff", [("not_a_truth", None)]),
        ("not firm.staff or firm.size", [("not_a_truth", None), ("not_a_truth", None)]),
        ("5", [("not_a_truth", None)]),
    ],
)
def test_condition_that_means_nothing_is_refused(text: str, found: list[tuple[str, str | None]]) -> None:
    result: list[Mistake] = mistakes(Condition.parse(text), KINDS)
    assert [(mistake.code, mistake.params.get("fact")) for mistake in result] == found


def test_condition_names_its_facts_once_each() -> None:
    condition = Condition.parse("firm.staff > 5 and (firm.size = 'small' or 'wine' in firm.sectors) and firm.staff < 9")
    assert condition.names == ("firm.staff", "firm.size", "firm.sectors")


@given(st.text(alphabet="firm.staf= <>!()[],'\"0123456789%-_ andortiknw", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        condition = Condition.parse(text)
    except UnreadableText:
        return
    if not mistakes(condition, KINDS):
        assert holds(condition, FACTS) in (True, False, None)
