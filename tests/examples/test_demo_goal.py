"""The demo reads what a release keeps of its goal, as the release writes it."""

import json

import pytest

from examples.demo.evidence import experiment_of
from examples.demo.recording import Instant
from penstock.domain.judging.goal.aim import Aim
from penstock.domain.judging.goal.conclusion import Terms, conclude
from penstock.domain.judging.goal.experiment import OutcomeMinute, experiment_begun
from penstock.domain.judging.goal.outcomes import GoalOutcomes
from penstock.domain.judging.goal.record import goal_record

BEGAN = Instant(1_767_225_600.0, 0.0)
SINCE = round(BEGAN.simulated) * 1000
MINUTE = 60_000
TERMS = Terms("confirmed", Aim(0.06), max_days=1, promotes=False, delay_minutes=3)


def test_the_document_of_a_release_is_read_at_every_look() -> None:
    experiment, versions = experiment_begun(SINCE), []
    for number in range(60):
        now = SINCE + (number + 1) * MINUTE
        minute = OutcomeMinute(experiment.next, GoalOutcomes(40, 28), GoalOutcomes(40, 36))
        if number:  # the first look comes before the first outcome
            experiment = experiment.after([minute], 0.5, TERMS.aim)
        record = goal_record(experiment, TERMS, conclude(experiment, TERMS, now), now)
        versions.append(json.loads(json.dumps(record)))
    found = experiment_of(versions, BEGAN)
    assert found is not None
    assert [look.minute for look in found.course] == list(range(2, 61))
    assert found.decision == "better"
    assert (found.live, found.candidate) == pytest.approx((0.7, 0.9))
    assert found.course[-1].effect == pytest.approx(0.2)
    assert all(look.low <= look.effect <= look.high for look in found.course)
    assert found.log_better > found.decides_at > found.log_worse
