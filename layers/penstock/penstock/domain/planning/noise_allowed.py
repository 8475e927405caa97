"""Tolerance and attempts that the policy leaves open: by how much live varies by itself."""

from penstock.domain.judging.noise_floor import NOISE_MINUTES, NoiseFloor
from penstock.domain.planning.known import Completed, Known
from penstock.domain.policy.policy import Policy, merge_policy


def noise_allowed(policy: Policy, known: Known) -> Completed:
    """The policy with both, and a note that says what was learned and from what.

    What nobody could learn stays open, and the judge takes its least value.
    """
    judge, noise = policy.judge, known.noise
    if noise is None:
        return Completed(policy)
    learned: dict[str, float] = {}
    if judge.tolerance is None:
        learned["tolerance"] = noise.tolerance
    if judge.attempts is None:
        learned["attempts"] = noise.attempts
    if not learned:
        return Completed(policy)
    settings = ", ".join(f"{name} {value:g}" for name, value in learned.items())
    note = f"{settings}, learned from {_source(noise)}: {_seen(noise)}"
    beyond = _beyond(noise) if "tolerance" in learned else ""
    return Completed(merge_policy(policy, {"judge": learned}), (note + beyond,))


def _beyond(noise: NoiseFloor) -> str:
    """Noise that the bounds leave no room for."""
    if noise.needed <= noise.bounds.most:
        return ""
    return (
        f"; that takes a tolerance of {noise.needed:g}, and no more than {noise.bounds.most:g} is "
        "learned, so harmless releases may be rolled back: judge.tolerance can allow it"
    )


def _source(noise: NoiseFloor) -> str:
    whose = f"{noise.instances} instances of live" if noise.instances else "live"
    return f"{whose} in the last {NOISE_MINUTES} minutes"


def _seen(noise: NoiseFloor) -> str:
    groups = f"; failures come in groups of {noise.groups:.2g}" if noise.attempts > 1 else ""
    if noise.spread is None:
        return f"too few bad requests to tell how much they vary{groups}"
    between = "one instance to another" if noise.instances else "ten minutes to the next"
    if not noise.spread:
        return f"nothing varies from {between} beyond chance{groups}"
    return (
        f"{noise.metric} varies by {100 * noise.spread:.0f} % from {between} beyond chance{groups}"
    )
