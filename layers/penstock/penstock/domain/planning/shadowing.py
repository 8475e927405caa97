"""A shadow before the stages of any strategy: what it costs, and what it means for the others."""

from collections.abc import Iterable, Iterator

from penstock.domain.kinds.blueprint import Blueprint
from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.planning.stage import Stage
from penstock.domain.policy.policy import Policy
from penstock.domain.strategies.shadow_stage import shadow_stage
from penstock.domain.strategies.strategy import Draft

_ALL = 100  # percent


def with_shadow(draft: Draft, stages: Iterable[Stage]) -> Iterator[Stage]:
    """The stages after a shadow, if the policy has one and nothing but a shadow does not follow.

    A first release has none: nobody's requests could be copied.
    """
    stages = tuple(stages)
    if draft.rollout.copied and not draft.first and not stages[0].copied:
        yield shadow_stage(draft)
    yield from stages


def shadow_notes(
    policy: Policy, live: LiveSetup | None, drawn: Blueprint, stages: Iterable[Stage]
) -> Iterator[str]:
    """Notes about a release with a shadow, one sentence each. None without one."""
    minutes, percent = policy.rollout.shadow_minutes, policy.rollout.copied
    if not minutes:
        return
    if live is None:
        yield "the first release has no shadow: there are no requests to copy"
        return
    hours = drawn.shadow_instances * minutes / 60
    yield (
        f"the shadow gets copies of {percent:g} % of the requests for {minutes} minutes on "
        f"{drawn.shadow_instances} instances: {round(hours, 1):,g} instance hours more, and its "
        "model does whatever else a request makes it do"
    )
    yield from _capture_notes(policy)
    if any(stage.final for stage in stages):
        yield (
            "the fleets are new after the shadow, so the comparison begins again; each of the two "
            "may spend half of judge.false_rollback_rate"
        )
        return
    yield "nothing is promoted: the release ends observed, or rolled back, and live is kept"
    if policy.golden:
        yield "golden requests are not asked, because a request cannot name a shadow"
    if any(gate.at == "before_promotion" for gate in policy.gates):
        yield "the gate before_promotion is not reached, because nothing is promoted"


def _capture_notes(policy: Policy) -> Iterator[str]:
    capture = policy.serving.data_capture
    if policy.judge.agreement is None or capture is None:
        return
    yield (
        "only requests that their callers send with an InferenceId can be compared, because "
        "nothing else joins the answers of live and shadow"
    )
    if capture.percent < _ALL:
        yield (
            f"serving.data_capture.percent is {capture.percent}: whether both answers to a request "
            "are captured is then a matter of chance, and pairs are fewer"
        )
