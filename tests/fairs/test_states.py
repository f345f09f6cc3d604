"""The whole life of a fair, state by action."""

import pytest

from fairlink.fairs.states import TRANSITIONS, FairAction, FairState
from fairlink.kernel.errors import TransitionNotAllowed
from fairlink.kernel.states import next_state

ALLOWED = {
    ("draft", "publish"): "published",
    ("draft", "cancel"): "cancelled",
    ("published", "cancel"): "cancelled",
}


@pytest.mark.parametrize("state", FairState)
@pytest.mark.parametrize("action", FairAction)
def test_every_action_in_every_state(state: FairState, action: FairAction) -> None:
    expected = ALLOWED.get((state.value, action.value))
    if expected is None:
        with pytest.raises(TransitionNotAllowed):
            next_state(TRANSITIONS, state, action)
    else:
        assert next_state(TRANSITIONS, state, action).value == expected
