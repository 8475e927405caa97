"""How long AWS's trouble is waited out, and what that costs at most."""

import pytest

from penstock.domain.execution.hindrance import (
    LONGEST_WAIT,
    PATIENCE_MS,
    PROMOTED_PATIENCE_MS,
    Hindered,
    most_tries,
)
from penstock.domain.planning.budget import EVENTS_PER_LOOK, HISTORY_LIMIT
from penstock.domain.protocol import LEASE_MS

EVENTS = 25_000
"""That Step Functions keeps of one execution, before it ends it."""


@pytest.mark.parametrize("patience_ms", [PATIENCE_MS, PROMOTED_PATIENCE_MS])
@pytest.mark.parametrize("longest", [False, True])
def test_it_ends_when_it_says(patience_ms: int, longest: bool) -> None:
    now, hindered = 0, Hindered()
    while hindered.spent < patience_ms:
        hindered = hindered.again(now)
        now += hindered.between[longest] * 1000
    assert hindered.spent <= patience_ms + LONGEST_WAIT * 1333
    assert hindered.tries <= most_tries(patience_ms)


def test_the_longest_patience_fits_the_history_of_an_execution() -> None:
    """Each try may cost as much as a look: a watch that could not be judged."""
    assert HISTORY_LIMIT + most_tries(PROMOTED_PATIENCE_MS) * EVENTS_PER_LOOK < EVENTS


def test_no_wait_outlasts_a_lease() -> None:
    assert max(Hindered(tries=n).between[1] for n in range(1, 500)) * 1000 < LEASE_MS


def test_trouble_that_comes_and_goes_spends_the_same_patience() -> None:
    """What went by while a task got through does not count; what was tried does."""
    first = Hindered().again(1000).again(31_000)
    later = first.over().again(900_000)
    assert (first.spent, first.tries) == (30_000, 2)
    assert (later.spent, later.tries) == (30_000, 3)
    assert later.again(960_000).spent == 90_000


def test_a_clock_that_goes_back_spends_nothing() -> None:
    assert Hindered().again(5000).again(1000).spent == 0
