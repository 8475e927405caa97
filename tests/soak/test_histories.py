"""Simulation of a thousand histories: whatever happens, every promise holds after every step."""

import pytest

from tests.soak.__main__ import replay

HISTORIES = 1000
AT_ONCE = 25
BATCHES = [range(first, first + AT_ONCE) for first in range(0, HISTORIES, AT_ONCE)]


@pytest.mark.parametrize("seeds", BATCHES, ids=str)
def test_every_history_keeps_the_promises(seeds: range) -> None:
    assert [story for seed in seeds if (story := replay(seed))] == []
