"""What an explanation line is: one figure, cut or refusal, with the rule that caused it."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

Param = str | int
NO_PARAMS: Mapping[str, Param] = MappingProxyType({})


class Track(StrEnum):
    """Which figure an explanation line moves; together with its subject it names that figure."""

    NONE = "none"  # a finding without a figure
    LINE = "line"  # eligible cost of a whole cost line, before it is split
    ELIGIBLE = "eligible"  # eligible cost of one member in one line
    RATE = "rate"  # rate of one member and class, in basis points
    SUPPORT = "support"  # support of one member in one line, or of an add-on
    SUM = "sum"  # the sum that a cap looked at; the cuts follow on the track SUPPORT
    PLAN = "plan"  # a payment or own contribution that follows from the support


class Explanation(NamedTuple):
    """One explanation line.

    `step` is the step of the calculation (1 to 6; 7 for what follows from the result), `code` a key of
    ``wording.EXPLANATIONS``, `rule` the place in the rules that caused it (``$.caps[0]``) or empty for arithmetic.
    `before` and `after` are minor units, on the track RATE basis points; `before` is None where a figure begins.
    """

    step: int
    code: str
    track: Track
    member: str | None
    line: str | None
    cost_class: str | None
    rule: str
    before: int | None
    after: int | None
    params: Mapping[str, Param]

    def to_dict(self) -> dict[str, Any]:
        """As JSON; keys without a value are left out."""
        found = {key: value for key, value in self._asdict().items() if value not in (None, "")}
        found["track"] = self.track.value
        if self.params:
            found["params"] = dict(self.params)
        else:
            del found["params"]
        return found

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Explanation":
        """The line that `to_dict` wrote."""
        return cls(
            step=data["step"],
            code=data["code"],
            track=Track(data["track"]),
            member=data.get("member"),
            line=data.get("line"),
            cost_class=data.get("cost_class"),
            rule=data.get("rule", ""),
            before=data.get("before"),
            after=data.get("after"),
            params=MappingProxyType(dict(data["params"])) if "params" in data else NO_PARAMS,
        )
