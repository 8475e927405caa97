"""Tolerance and attempts that the policy leaves open: by how much live varies by itself."""

from collections.abc import Iterator

from penstock.domain.judging.findings import called
from penstock.domain.judging.noise_floor import NOISE_MINUTES, NoiseFloor
from penstock.domain.planning.known import Completed, Known
from penstock.domain.policy.policy import Policy, merge_policy


def noise_allowed(policy: Policy, known: Known) -> Completed:
    """The policy with both, and notes that say what was learned and from what.

    What nobody could learn stays open, and the judge takes its least value.
    """
    judge, noise = policy.judge, known.noise
    if noise is None:
        return Completed(policy)
    learned: dict[str, float] = {}
    if judge.tolerance is None:
        learned["tolerance"] = noise.tolerance
    if judge.attempts is None and noise.groups is not None:
        learned["attempts"] = noise.attempts
    if not learned:
        return Completed(policy)
    return Completed(merge_policy(policy, {"judge": learned}), tuple(_notes(noise, learned)))


def _notes(noise: NoiseFloor, learned: dict[str, float]) -> Iterator[str]:
    if "tolerance" in learned:
        yield f"tolerance {noise.tolerance:g}: {_seen(noise)}{_beyond(noise)}"
    if "attempts" in learned:
        yield (
            f"attempts {noise.attempts}: failures on one instance of live come in groups of "
            f"{max(1.0, noise.groups or 1.0):.2g}"
        )


def _seen(noise: NoiseFloor) -> str:
    if not noise.heard:
        return "CloudWatch did not say how much live varies by itself"
    between = "one instance to another" if noise.instances else "ten minutes to the next"
    when = f"in the last {NOISE_MINUTES} minutes"
    if noise.spread is None:
        return f"live had too few bad requests {when} to show how much their rate varies"
    if not noise.spread:
        return f"no rate of live varied from {between} by more than chance {when}"
    return (
        f"{when} live's rate of {called(noise.metric)} varied by {100 * noise.spread:.0f} % from "
        f"{between}, beyond chance"
    )


def _beyond(noise: NoiseFloor) -> str:
    """Noise that the bounds leave no room for."""
    if noise.needed <= noise.most:
        return ""
    return (
        f"; that takes a tolerance of {noise.needed:g}, and no more than {noise.most:g} is "
        "learned, so harmless releases may be rolled back: judge.tolerance can allow it"
    )
