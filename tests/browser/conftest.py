"""A platform with demonstration data that all browser tests of one run share."""

from collections.abc import Iterator

import pytest

from tests.backdoor import Backdoor, backdoor
from tests.journeys.platform import Platform


@pytest.fixture(scope="session")
def demonstration() -> Iterator[Platform]:
    """A platform on which the people of the demonstration have been busy; no worker, so no mail leaves it."""
    with Platform(demo=True, worker=False) as platform:
        yield platform


@pytest.fixture(scope="session")
def inside(demonstration: Platform) -> Iterator[Backdoor]:
    """The way into its database."""
    with backdoor(demonstration) as opened:
        yield opened
