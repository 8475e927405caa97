"""Which answers belong together, and what is counted of those that do not."""

from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.captures.alike import answers_agree
from penstock.domain.captures.answers import LATE_MS, LEAST_MS, MOST_MS, answers_begun
from penstock.domain.captures.joining import MOST_OF_AN_ANSWER, Difference, Joined, joined
from penstock.domain.moments import MINUTE_MS
from tests.fakes.captures import captured

FIRST, END = 100 * MINUTE_MS, 105 * MINUTE_MS


def same(one: str, other: str) -> bool:
    return one == other


def line(name: str | None, text: str = "0", at: int = FIRST) -> str:
    return captured(text, name, at)


def join(live: list[str], candidate: list[str]) -> Joined:
    return joined(live, candidate, FIRST, END, same)


def test_answers_with_one_name_are_a_pair_in_whatever_order_they_come() -> None:
    live, candidate = [line("a"), line("b", "1")], [line("b"), line("a")]
    found = join(live, candidate)
    assert (found.pairs, found.differing, found.live, found.candidate) == (2, 1, 2, 2)
    assert found.differences == (Difference("b", "1", "0"),)
    assert join(live[::-1], candidate[::-1]) == found


def test_an_answer_without_its_twin_is_unmatched_on_either_side() -> None:
    assert join([line("a"), line("b")], [line("a"), line("c")]) == Joined(
        pairs=1, unmatched=2, live=2, candidate=2
    )


def test_a_twin_beyond_the_minutes_is_found_and_counted_once() -> None:
    live, candidate = [line("a", at=END - 1000)], [line("a", at=END)]
    found = join(live, candidate)
    later = joined(live, candidate, END, END + 5 * MINUTE_MS, same)
    assert (found.pairs, found.unmatched) == (1, 0)
    assert (later.pairs, later.unmatched) == (0, 0)


def test_what_is_far_off_is_not_of_these_minutes() -> None:
    found = join([line("a", at=END + 2 * MINUTE_MS)], [line("a")])
    assert (found.pairs, found.unmatched, found.live) == (0, 1, 0)


def test_a_name_that_comes_twice_joins_nothing() -> None:
    found = join([line("a"), line("a", "1"), line("b")], [line("a"), line("b")])
    assert (found.pairs, found.repeated, found.unmatched) == (1, 3, 0)


def test_nameless_and_unreadable_ones_are_counted() -> None:
    found = join([line(None), "{", ""], [line(None)])
    assert (found.pairs, found.nameless, found.unread) == (0, 2, 1)


def test_an_example_is_cut() -> None:
    (difference,) = join([line("a", "0" * 1000)], [line("a", "1")]).differences
    assert len(difference.live) == MOST_OF_AN_ANSWER


@given(
    st.lists(st.tuples(st.sampled_from([None, *"abcdef"]), st.integers(0, 1)), max_size=8),
    st.lists(st.tuples(st.sampled_from([None, *"abcdef"]), st.integers(0, 1)), max_size=8),
)
def test_every_answer_is_counted_once(
    live: list[tuple[str | None, int]], candidate: list[tuple[str | None, int]]
) -> None:
    found = join(
        [line(name, str(text)) for name, text in live],
        [line(name, str(text)) for name, text in candidate],
    )
    apart = found.unmatched + found.nameless + found.repeated
    assert 2 * found.pairs + apart == found.live + found.candidate
    assert found.differing <= found.pairs


def test_answers_are_alike_as_the_policy_says() -> None:
    assert answers_agree('{"a": 1.0, "b": [2]}', '{"b": [2], "a": 1}', 0.0, None)
    assert not answers_agree('{"a": 1}', '{"a": 1, "b": 2}', 0.0, None)
    assert not answers_agree('{"a": 1, "b": 2}', '{"a": 1}', 0.0, None)
    assert answers_agree("0.83\n", "0.84", 0.01, None)
    assert not answers_agree("0.83", "0.84", 0.0, None)
    assert answers_agree('{"score": 0.5, "id": 1}', '{"score": 0.5, "id": 2}', 0.0, "score")
    assert not answers_agree('{"score": 0.5}', '{"score": 0.7}', 0.1, "score")
    assert answers_agree("cat", "cat", 0.0, "score")
    assert not answers_agree('{"other": 1}', '{"score": 1}', 0.0, "score")


def test_minutes_are_joined_once_they_are_old_enough() -> None:
    answers = answers_begun("config", FIRST + 1)
    assert answers.until == FIRST + MINUTE_MS
    assert answers.due(answers.until + LATE_MS + LEAST_MS - 1) is None
    first = answers.until
    assert answers.due(first + LATE_MS + LEAST_MS) == (first, first + LEAST_MS)


def test_of_a_long_time_the_latest_minutes_are_joined() -> None:
    now = FIRST + 24 * 60 * MINUTE_MS
    assert answers_begun("config", FIRST).due(now) == (now - LATE_MS - MOST_MS, now - LATE_MS)


def test_what_was_left_out_is_said() -> None:
    found = Joined(unmatched=1200, nameless=2, repeated=3, unread=4)
    said = answers_begun("config", 0).after(found, 1, whole=False).left_out()
    assert said == (
        "of the captured answers 1,200 have an InferenceId that only one side captured, 2 have no "
        "InferenceId, 3 have an InferenceId that came more than once, 4 could not be read, some "
        "files were left out, because there are too many"
    )
    assert answers_begun("config", 0).left_out() == ""
