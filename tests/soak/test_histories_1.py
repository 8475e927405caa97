"""Histories 0 to 249: whatever happens, every promise holds after every step."""

import pytest

from tests.soak.__main__ import replay
from tests.soak.batches import batch


@pytest.mark.parametrize("seeds", batch(0), ids=str)
def test_every_history_keeps_the_promises(seeds: range) -> None:
    assert [story for seed in seeds if (story := replay(seed))] == []
