"""How sure figures are: intervals that hold the figure, and curves that stop where nobody is watched."""

import pytest

from fairlink.monitoring.rules.estimation.uncertainty import LEAST, describe
from fairlink.monitoring.rules.results import HOSTED, RATIOS

DIVIDED = {part for pair in RATIOS.values() for part in pair}
COLUMNS = ["grouped", *sorted(DIVIDED), *(f"hosted_{name}" for name in HOSTED)]


def _application(grouped: int, **figures: int) -> list[int]:
    return [grouped, *(figures.get(name, 0) for name in COLUMNS[1:])]


def _scope(applications: list[list[int]], times: list[list[int]]) -> dict[str, object]:
    return {"columns": COLUMNS, "applications": applications, "times": times}


def test_interval_holds_the_ratio_and_is_the_same_each_time() -> None:
    groups = [_application(1, confirmed_minor=900 + 20 * n, support_minor=300) for n in range(30)]
    firms = [_application(0, confirmed_minor=300 + 20 * n, support_minor=300) for n in range(30)]
    found = describe(_scope(groups + firms, []))["intervals"]["value_per_support"]
    assert found["groups"][0] < 1190 / 300 < found["groups"][1]
    assert found["difference"][0] < 2 < found["difference"][1]
    assert found == describe(_scope(groups + firms, []))["intervals"]["value_per_support"]


@pytest.mark.parametrize("number", [0, 1, LEAST - 1])
def test_few_applications_have_no_interval(number: int) -> None:
    found = describe(_scope([_application(1, leads=3, leads_ordered=1)] * number, []))
    assert set(found["intervals"]["ordered"].values()) == {None}


def test_ratio_without_anything_to_divide_by_has_no_interval() -> None:
    found = describe(_scope([_application(1, leads=3, leads_ordered=1)] * 20, []))["intervals"]
    assert found["ordered"]["groups"] == pytest.approx([1 / 3, 1 / 3])
    assert found["value_per_support"]["groups"] is None


def test_hosted_buyers_and_others_are_told_apart_in_the_same_samples() -> None:
    met = {"meetings_held": 6, "hosted_meetings_held": 2}
    rows = [
        _application(n % 2, confirmed_minor=1400 + 60 * n, hosted_confirmed_minor=600 + 20 * n, **met)
        for n in range(30)
    ]
    found = describe(_scope(rows, []))["intervals"]["value_per_meeting"]
    assert found["hosted"][0] < 445 < found["hosted"][1]
    assert found["others"][0] < 345 < found["others"][1]
    # Both rise together from applicant to applicant: the difference is constant, which separate samples would not see.
    assert found["hosted_difference"] == pytest.approx([100, 100])


@pytest.mark.parametrize("number", [0, LEAST - 1])
def test_few_applicants_with_hosted_buyers_have_no_interval(number: int) -> None:
    met = {"meetings_held": 6, "confirmed_minor": 100}
    rows = [_application(1, hosted_meetings_held=2 if n < number else 0, **met) for n in range(30)]
    found = describe(_scope(rows, []))["intervals"]["value_per_meeting"]
    assert [found[kind] for kind in ("hosted", "others", "hosted_difference")] == [None] * 3


def test_curve_counts_silent_leads_until_they_fell_silent() -> None:
    # 10 ordered in month 2 of 40 watched, 10 fell silent in month 3, 10 ordered in month 5 of 20 watched.
    times = [[1, 2, 1, 10], [1, 3, 0, 10], [1, 5, 1, 10], [1, 6, 0, 10]]
    curve = describe(_scope([], times))["curves"]["groups"]
    assert [(point[0], point[1], point[4]) for point in curve["points"]] == [(2, 0.25, 40), (5, 0.625, 20)]
    assert (curve["median"], curve["until"]) == (5, 6)


def test_curve_ends_where_fewer_than_ten_are_watched() -> None:
    curve = describe(_scope([], [[0, 1, 1, 5], [0, 2, 0, 20], [0, 9, 1, 1]]))["curves"]["firms"]
    assert [point[0] for point in curve["points"]] == [1]
    assert curve["until"] == 2


def test_few_leads_have_no_curve() -> None:
    assert describe(_scope([], [[1, 2, 1, LEAST - 1]]))["curves"] == {"groups": None, "firms": None, "all": None}
