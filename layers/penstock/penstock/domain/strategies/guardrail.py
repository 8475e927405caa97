"""Guardrail: SageMaker shifts whole instances by itself, in one deployment that alarms undo."""

from collections.abc import Iterator

from penstock.domain.planning.deployment import (
    GRACE,
    LONGEST_DEPLOYMENT,
    LOOK_SECONDS,
    Deployment,
)
from penstock.domain.planning.stage import Sides, Stage
from penstock.domain.strategies.all_at_once import promotion
from penstock.domain.strategies.strategy import GUARDRAIL_KEYS, Draft, Strategy

FULL_ALARM_CYCLE = 5
"""Minutes that an alarm over single minutes may take to see what a step did (facts 4.4)."""


def guardrail_stages(draft: Draft) -> Iterator[Stage]:
    """Only the promotion, which SageMaker makes step by step.

    Old and new fleet have the same variant name, as SageMaker demands. Their series are told apart
    by their configurations. Once the deployment is over the new fleet is warm.
    """
    shifting, stage = draft.rollout.shifting, promotion(draft)
    rules = draft.rules(LONGEST_DEPLOYMENT + GRACE, requests=False)
    deploys = Deployment(
        **shifting._asdict(),
        update_minutes=draft.rollout.update_minutes,
        rules=rules.looked_at_each(LOOK_SECONDS),
    )
    variant = draft.contents.variant
    sides = Sides(variant, variant, draft.contents.found) if shifting.beside else None
    yield stage.by_deployment(deploys, sides, stage.rules.without_quiet(), shifting.says)


def guardrail_notes(draft: Draft) -> Iterator[str]:
    """Notes about what such a deployment cannot do, and what it needs."""
    shifting = draft.rollout.shifting
    yield (
        "SageMaker shifts by itself: a freeze that comes later does not hold the deployment, and "
        "going back takes until SageMaker has seen the brake, one to three minutes"
    )
    yield (
        "the model's execution role needs cloudwatch:DescribeAlarms, or SageMaker cannot see the "
        "alarms that undo the deployment; Penstock cannot check that"
    )
    if not shifting.beside:
        yield "live serves nobody beside the new fleet, so only alarms speak against it"
    waits = {
        "termination_minutes": None if shifting.kind.rolls else shifting.termination_minutes,
        "wait_minutes": shifting.wait_minutes if shifting.beside else None,
    }
    for key, minutes in waits.items():
        if minutes is not None and minutes < FULL_ALARM_CYCLE:
            yield (
                f"{key} is {minutes}: an alarm may take {FULL_ALARM_CYCLE} minutes to see what a "
                "step did"
            )


GUARDRAIL = Strategy(
    "guardrail",
    reads=GUARDRAIL_KEYS,
    stages=guardrail_stages,
    notes=guardrail_notes,
    instances=(2, "guardrail shifts whole instances, at most half of them at first"),
    deploys=True,
)
