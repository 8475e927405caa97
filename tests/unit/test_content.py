"""What an endpoint shows, and what counts as the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.content import WHOLE, Content, Shape, from_weights, split

PERCENTS = st.integers(1, 9999).map(lambda hundredths: hundredths / 100)


def shown(**weights: int) -> Content:
    return Content(config="c", weights=weights)


@given(PERCENTS)
def test_a_split_is_whole_and_exact(percent: float) -> None:
    weights = split("live", "candidate", percent)
    assert sum(weights.values()) == WHOLE
    assert weights["candidate"] == round(percent * 100)


@given(PERCENTS, st.floats(0.001, 1000))
def test_weights_are_relative(percent: float, scale: float) -> None:
    """SageMaker shows any numbers: only the shares count."""
    wanted = split("live", "candidate", percent)
    seen = from_weights("c", {name: weight * scale for name, weight in wanted.items()})
    assert seen.same(Content(config="c", weights=wanted))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"live": 1}, {"live": 10_000}, True),
        ({"live": 9500, "candidate": 500}, {"live": 9496, "candidate": 504}, True),
        ({"live": 9500, "candidate": 500}, {"live": 9490, "candidate": 510}, False),
        ({"live": 10_000}, {"live": 10_000, "candidate": 0}, False),
        ({"live": 10_000}, {"other": 10_000}, False),
    ],
)
def test_contents_are_compared_by_shares(
    one: dict[str, int], other: dict[str, int], same: bool
) -> None:
    assert shown(**one).same(shown(**other)) is same
    assert shown(**other).same(shown(**one)) is same


def test_another_configuration_is_another_content() -> None:
    assert not shown(live=1).same(Content(config="d", weights={"live": 1}))
    assert not shown(live=1).same(None)


def test_whose_package_serves_is_not_part_of_the_comparison() -> None:
    assert shown(live=1).same(shown(live=1).model_copy(update={"package": "arn"}))


@pytest.mark.parametrize(
    ("weights", "shape"),
    [
        ({"live": 1}, "stable"),
        ({"candidate": 1}, "stable"),
        ({"live": 1, "other": 1}, "stable"),
        ({"live": 10_000, "candidate": 0}, "restored"),
        ({"live": 9999, "candidate": 5}, "restored"),
        ({"live": 9990, "candidate": 10}, "staging"),
        ({"live": 0, "candidate": 1}, "staging"),
    ],
)
def test_shapes(weights: dict[str, int], shape: Shape) -> None:
    assert shown(**weights).shape("candidate") == shape


def test_no_weights_at_all_are_no_shares() -> None:
    assert shown(live=0, candidate=0).share("live") == 0
    assert from_weights("c", {"live": 0.0}).share("live") == 0
    assert from_weights("c", {}).weights == {}
