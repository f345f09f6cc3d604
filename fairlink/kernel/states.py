"""Transition tables: what may follow what, for every object that has a state."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from fairlink.kernel.errors import TransitionNotAllowed

S = TypeVar("S", bound=StrEnum)
A = TypeVar("A", bound=StrEnum)


def next_state(table: Mapping[tuple[S, A], S], state: S, action: A) -> S:
    """The state that `action` leads to from `state`.

    Raises TransitionNotAllowed when the table has no such step.
    """
    try:
        return table[(state, action)]
    except KeyError:
        raise TransitionNotAllowed(state, action) from None


def allowed_actions(table: Mapping[tuple[S, A], S], state: S) -> frozenset[A]:
    """The actions that are possible in `state`."""
    return frozenset(action for (source, action) in table if source == state)
