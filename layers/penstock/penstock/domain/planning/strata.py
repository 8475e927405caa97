"""Strata that the policy leaves open: their values are looked up when a release is planned.

They stay as they were found, for the length of the release.
"""

from collections.abc import Iterator, Mapping, Sequence

from penstock.domain.errors import Refused
from penstock.domain.kinds.series import Divided, Fleet
from penstock.domain.planning.known import Completed
from penstock.domain.policy.judge import MOST_STRATA
from penstock.domain.policy.policy import Policy, merge_policy
from penstock.domain.policy.signals import LONGEST_WORD, MOST_VALUES, CustomSignal

LIST_THEM = "list those that matter in `values`"
FoundValues = Mapping[str, Sequence[str]]
"""The values that were found, by the names of the signals."""


def left_open(policy: Policy, live: Fleet) -> dict[str, Divided]:
    """What has to be looked up, by the names of the signals. Empty if nothing is compared."""
    if not policy.rollout.compares:
        return {}
    return {
        each.name: Divided(each.namespace, each.metric, live.named_in(each.dimensions), each.by)
        for each in _custom(policy)
        if each.by and not each.values
    }


def with_strata(policy: Policy, found: FoundValues) -> Completed:
    """The policy as though its author had listed the values that were found.

    A signal without any is compared as a whole.

    Raises:
        Refused: There are more than can be compared apart, or one is too long.
    """
    if not any(found.values()):
        return Completed(policy, tuple(_notes(policy, found)))
    _refuse_unfit(policy, found)
    signals = [
        each
        if isinstance(each, str)
        else each.model_dump(exclude_unset=True) | {"values": _values(each, found)}
        for each in policy.judge.signals
    ]
    whole = merge_policy(policy, {"judge": {"signals": signals}})
    return Completed(whole, tuple(_notes(policy, found)))


def _custom(policy: Policy) -> Iterator[CustomSignal]:
    return (each for each in policy.judge.signals if isinstance(each, CustomSignal))


def _values(signal: CustomSignal, found: FoundValues) -> Sequence[str]:
    return found.get(signal.name, signal.values)


def _refuse_unfit(policy: Policy, found: FoundValues) -> None:
    every = [(each, _values(each, found)) for each in _custom(policy)]
    for signal, values in every:
        count, longest = len(values), max(map(len, values), default=0)
        listed = f"of {signal.by} for {signal.name}"
        if count > MOST_VALUES:
            raise Refused(
                f"judge.signals: CloudWatch lists {count:,} values {listed}, and at most "
                f"{MOST_VALUES} can be compared apart: {LIST_THEM}"
            )
        if longest > LONGEST_WORD:
            raise Refused(
                f"judge.signals: CloudWatch lists a value {listed} that has {longest} characters, "
                f"and at most {LONGEST_WORD} are possible: {LIST_THEM}"
            )
    strata = sum(len(values) for _, values in every)
    if strata > MOST_STRATA:
        raise Refused(
            f"judge.signals have {strata} values in all, with those that CloudWatch lists, and at "
            f"most {MOST_STRATA} can be compared apart: {LIST_THEM}"
        )


def _notes(policy: Policy, found: FoundValues) -> Iterator[str]:
    for each in _custom(policy):
        if values := ", ".join(found.get(each.name, ())):
            yield f"{each.name} is compared by each {each.by} that CloudWatch lists: {values}"
        elif each.name in found:
            yield (
                f"{each.name} is compared as a whole: CloudWatch lists no series of live with the "
                f"dimension {each.by}, so it counts what is published without that dimension"
            )
