"""What a policy leaves open is filled in when a release is planned, by what is known of live."""

from collections.abc import Callable

from penstock.domain.planning.known import Completed, Known
from penstock.domain.planning.noise_allowed import noise_allowed
from penstock.domain.planning.steps_by_traffic import steps_by_traffic
from penstock.domain.policy.policy import Policy

FILLED: tuple[Callable[[Policy, Known], Completed], ...] = (noise_allowed, steps_by_traffic)
"""In this order: each sees what those before it have filled in. Steps come last, because their
choice depends on all that the judge is told.
"""


def completed(policy: Policy, known: Known) -> Completed:
    """The policy as though its author had written what it leaves open, for a release beside live.

    What is written in the policy stays. Defaults that depend on what was filled in follow it.
    """
    notes: tuple[str, ...] = ()
    for fill in FILLED:
        policy, said = fill(policy, known)
        notes += said
    return Completed(policy, notes)
