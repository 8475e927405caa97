"""What was refused together does not come back together."""

from collections import Counter

from penstock.domain.spread import spread


def test_both_ends_are_drawn_and_nothing_beyond() -> None:
    drawn = Counter(spread(f"release {n}", (10, 13)) for n in range(400))
    assert sorted(drawn) == [10, 11, 12, 13]
    assert min(drawn.values()) > 60


def test_the_same_moment_draws_the_same() -> None:
    assert spread("a", (0, 1000)) == spread("a", (0, 1000)) != spread("b", (0, 1000))
