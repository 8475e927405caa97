"""A sample is the same for everybody who draws it, and leaves no sweep out altogether."""

import math
from collections import Counter

import pytest

from tests.sampling import FEWER, ONE_IN, TESTS, left_out, one_in, share_of, to_strike


def test_nothing_is_left_out_without_a_seed(request: pytest.FixtureRequest) -> None:
    assert one_in(4, range(10), "a sweep", seed="") == list(range(10))
    assert left_out(request.session.items, seed="") == []


@pytest.mark.parametrize("amount", [1, 3, 4, 9])
def test_a_sample_has_one_of_every_so_many_neighbours(amount: int) -> None:
    sample = one_in(4, range(amount), "a sweep", seed="1")
    assert [point // 4 for point in sample] == list(range((amount + 3) // 4))


def test_a_sweep_strikes_every_point_unless_a_seed_draws_some() -> None:
    points = range(40)
    assert to_strike(8, points, "a sweep", seed="", of_all="") == list(points)
    assert len(to_strike(8, points, "a sweep", seed="1", of_all="1")) == 5
    assert len(to_strike(8, points, "a sweep", seed="", of_all="1")) == 40 // FEWER


def test_a_sample_has_nothing_of_what_has_no_share() -> None:
    assert one_in(0, range(10), "a sweep", seed="1") == []


def test_a_seed_draws_the_same_sample_again_and_another_seed_another() -> None:
    first, again, other = (one_in(4, range(400), "a sweep", seed) for seed in ("1", "1", "2"))
    assert first == again != other


def test_another_sweep_has_draws_of_its_own() -> None:
    assert one_in(4, range(400), "a sweep", "1") != one_in(4, range(400), "another", "1")


def test_every_neighbour_is_drawn_by_some_seed() -> None:
    assert {one_in(4, range(4), "a sweep", str(seed))[0] for seed in range(60)} == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("file", "share"),
    [
        ("unit/test_sampling.py", 1),
        ("end_to_end/test_reviewed.py", 14),
        ("end_to_end/test_promoted.py", 4),
        ("unit/template/test_build.py", 1),
    ],
)
def test_the_longest_entry_that_fits_counts(file: str, share: int) -> None:
    assert share_of(TESTS / file) == share


@pytest.mark.parametrize("entry", ONE_IN)
def test_an_entry_is_of_something_that_there_is(entry: str) -> None:
    assert (TESTS / entry).exists()


def test_a_file_keeps_its_share(request: pytest.FixtureRequest) -> None:
    """Rounded up: the least that a file with a share has is one test."""
    items = request.session.items
    drops = {id(item) for item in left_out(items, seed="1")}
    whole = Counter(item.path for item in items)
    kept = Counter(item.path for item in items if id(item) not in drops)
    for file, count in whole.items():
        share = share_of(file)
        assert kept[file] == (math.ceil(count / share) if share else 0)
