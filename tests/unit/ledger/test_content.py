"""What an endpoint shows, and what counts as the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from penstock.domain.ledger.content import (
    WHOLE,
    Content,
    Pointer,
    Shape,
    Variants,
    difference,
    from_weights,
    split_weights,
)

PERCENTS = st.integers(1, 9999).map(lambda hundredths: hundredths / 100)


def shown(**weights: int) -> Content:
    return Variants(config="c", weights=weights)


@given(PERCENTS)
def test_a_split_is_whole_and_exact(percent: float) -> None:
    weights = split_weights("live", "candidate", percent)
    assert sum(weights.values()) == WHOLE
    assert weights["candidate"] == round(percent * 100)


@given(PERCENTS, st.floats(0.001, 1000))
def test_weights_are_relative(percent: float, scale: float) -> None:
    """SageMaker shows any numbers: only the shares count."""
    wanted = split_weights("live", "candidate", percent)
    seen = from_weights("c", {name: weight * scale for name, weight in wanted.items()})
    assert seen.same(Variants(config="c", weights=wanted))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"live": 1}, {"live": 10_000}, True),
        ({"live": 95_000, "candidate": 5000}, {"live": 94_996, "candidate": 5004}, True),
        ({"live": 9500, "candidate": 500}, {"live": 9499, "candidate": 501}, False),
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
    assert not shown(live=1).same(Variants(config="d", weights={"live": 1}))
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
        ({"live": 99_998, "candidate": 3}, "restored"),
        ({"live": 9999, "candidate": 1}, "staging"),
        ({"live": 0, "candidate": 1}, "staging"),
    ],
)
def test_shapes(weights: dict[str, int], shape: Shape) -> None:
    assert shown(**weights).shape == shape


def test_no_weights_at_all_are_no_shares() -> None:
    assert shown(live=0, candidate=0).share("live") == 0
    assert from_weights("c", {"live": 0.0}).share("live") == 0
    assert from_weights("c", {}).weights == {}


def test_shares_differ_when_they_differ_by_more_than_the_tolerance() -> None:
    """The least share that weights out of 10,000 can say is a share."""
    whole, least = (
        Variants(config="c", weights={"live": 10_000 - n, "candidate": n}) for n in (0, 1)
    )
    finer = Variants(config="c", weights={"live": 99_998, "candidate": 3})
    assert whole.same(finer)
    assert not whole.same(least)
    assert (finer.shape, least.shape) == ("restored", "staging")


def test_weights_are_brought_to_integers_out_of_ten_thousand() -> None:
    assert from_weights("c", {"a": 1.0, "b": 3.0}).weights == {"a": 2500, "b": 7500}
    assert from_weights("c", {"a": 0.0, "b": 0.0}).weights == {"a": 0, "b": 0}
    assert Variants(config="c", weights={"a": 0}).share("a") == 0


def test_a_difference_says_what_is_there_and_what_was_left() -> None:
    shown, left = (Variants(config=name, weights={"live": 10_000}) for name in ("theirs", "ours"))
    assert (
        difference(shown, left)
        == "the endpoint shows theirs {'live': 10000}; the ledger expects ours"
    )
    assert difference(None, None) == "the endpoint shows no endpoint; the ledger expects nothing"


POINTER = Pointer(parameter="/penstock/pointers/batch/nightly", value="model-7", kind="batch")


def test_a_pointer_is_whole_at_any_time() -> None:
    assert (POINTER.shape, POINTER.several, POINTER.share("candidate")) == ("stable", False, 0)
    assert POINTER.at(50) == POINTER.restored() == POINTER
    assert not POINTER.staged("nightly")
    assert (POINTER.name, str(POINTER)) == ("model-7", f"{POINTER.parameter} model-7")


def test_pointers_are_compared_by_parameter_and_value() -> None:
    served = POINTER.serving("arn:7")
    assert served.package == "arn:7"
    assert served.same(POINTER)
    assert not POINTER.same(POINTER.model_copy(update={"value": "model-8"}))
    assert not POINTER.same(POINTER.model_copy(update={"parameter": "/elsewhere"}))
    assert not POINTER.same(shown(live=1))
    assert not shown(live=1).same(POINTER)
    assert not POINTER.same(None)


@pytest.mark.parametrize("content", [POINTER, shown(live=9_000, candidate=1_000)])
def test_a_content_is_read_back_as_what_it_was(content: Content) -> None:
    kept = TypeAdapter[Content](Content)
    assert kept.validate_json(kept.dump_json(content)) == content
    assert kept.validate_python(content) == content


def test_what_was_written_before_there_were_pointers_is_a_configuration() -> None:
    item = {"config": "churn-7", "weights": {"live": 10_000}, "package": "arn:7"}
    read = TypeAdapter[Content](Content).validate_python(item)
    assert read == Variants(config="churn-7", weights={"live": 10_000}, package="arn:7")
    assert read.kind == "realtime"


def test_shadows_are_part_of_what_is_compared() -> None:
    watched = shown(live=10_000).model_copy(update={"shadows": {"candidate": 10_000}})
    assert not watched.same(shown(live=10_000))
    assert watched.same(watched)


@given(PERCENTS, PERCENTS)
def test_a_content_at_another_share_differs_in_nothing_else(one: float, other: float) -> None:
    staged = shown(live=10_000, candidate=0)
    assert staged.at(one).at(other) == staged.at(other)
    assert staged.at(other).share("candidate") == pytest.approx(other / 100)
    assert staged.at(other).restored().same(staged)
