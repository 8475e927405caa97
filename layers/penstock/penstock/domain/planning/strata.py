"""Strata that the policy leaves open: their values are looked up when a release is planned.

They stay as they were found, for the length of the release.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from penstock.domain.errors import Refused
from penstock.domain.kinds.series import Divided, Fleet
from penstock.domain.policy.judge import MOST_STRATA
from penstock.domain.policy.policy import Policy
from penstock.domain.policy.signals import LONGEST_WORD, MOST_VALUES, CustomSignal

LIST_THEM = "list those that matter in `values`"
Found = Mapping[str, Sequence[str]]
"""The values that were found, by the names of the signals."""


class Completed(NamedTuple):
    """A policy that leaves nothing open, and what people have to know of it, one sentence each."""

    policy: Policy
    notes: tuple[str, ...] = ()


def left_open(policy: Policy, live: Fleet) -> dict[str, Divided]:
    """What has to be looked up, by the names of the signals. Empty if nothing is compared."""
    if not policy.rollout.steps:
        return {}
    return {
        each.name: Divided(each.namespace, each.metric, live.named_in(each.dimensions), each.by)
        for each in _custom(policy)
        if each.by and not each.values
    }


def completed(policy: Policy, found: Found) -> Completed:
    """The policy with the values that were found. A signal without any is compared as a whole.

    Raises:
        Refused: There are more than can be compared apart, or one is too long.
    """
    if not found:
        return Completed(policy)
    signals = tuple(
        each.model_copy(update={"values": tuple(found[each.name])})
        if isinstance(each, CustomSignal) and each.name in found
        else each
        for each in policy.judge.signals
    )
    judge = policy.judge.model_copy(update={"signals": signals})
    whole = policy.model_copy(update={"judge": judge})
    for each in _custom(whole):
        _refuse_unfit(each)
    strata = sum(len(each.values) for each in _custom(whole))
    if strata > MOST_STRATA:
        raise Refused(
            f"judge.signals have {strata} values in all, with those that CloudWatch lists, and at "
            f"most {MOST_STRATA} can be compared apart: {LIST_THEM}"
        )
    return Completed(whole, tuple(_notes(whole, found)))


def _custom(policy: Policy) -> Iterator[CustomSignal]:
    return (each for each in policy.judge.signals if isinstance(each, CustomSignal))


def _refuse_unfit(signal: CustomSignal) -> None:
    count, longest = len(signal.values), max(map(len, signal.values), default=0)
    if count > MOST_VALUES:
        raise Refused(
            f"judge.signals: CloudWatch lists {count:,} values of {signal.by} for {signal.name}, "
            f"and at most {MOST_VALUES} can be compared apart: {LIST_THEM}"
        )
    if longest > LONGEST_WORD:
        raise Refused(
            f"judge.signals: CloudWatch lists a value of {signal.by} for {signal.name} that has "
            f"{longest} characters, and at most {LONGEST_WORD} are possible: {LIST_THEM}"
        )


def _notes(policy: Policy, found: Found) -> Iterator[str]:
    for each in _custom(policy):
        if each.name in found and each.values:
            values = ", ".join(each.values)
            yield f"{each.name} is compared by each {each.by} that CloudWatch lists: {values}"
        elif each.name in found:
            yield (
                f"{each.name} is compared as a whole: CloudWatch lists no series of live with the "
                f"dimension {each.by}, so only requests without it count"
            )
