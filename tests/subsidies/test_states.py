"""The whole life of a call, state by action."""

import pytest

from fairlink.kernel.errors import TransitionNotAllowed
from fairlink.kernel.states import next_state
from fairlink.subsidies.states import TRANSITIONS, CallAction, CallState

ALLOWED = {
    ("draft", "publish"): "published",
    ("draft", "withdraw"): "withdrawn",
    ("published", "withdraw"): "withdrawn",
}


@pytest.mark.parametrize("state", CallState)
@pytest.mark.parametrize("action", CallAction)
def test_every_action_in_every_state(state: CallState, action: CallAction) -> None:
    expected = ALLOWED.get((state.value, action.value))
    if expected is None:
        with pytest.raises(TransitionNotAllowed):
            next_state(TRANSITIONS, state, action)
    else:
        assert next_state(TRANSITIONS, state, action).value == expected
