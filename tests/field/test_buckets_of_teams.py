"""Model or report in a bucket of the team's own: said at once, by the parameter's name."""

import pytest

from penstock.domain.policy.allowed import Limits
from tests.field.desk import Desk, case

BUCKETS = [
    "everything_in_the_team_s_bucket",
    "only_the_artefact_in_the_team_s_bucket",
    "artefact_named_by_https",
]


@pytest.mark.parametrize("name", BUCKETS)
def test_it_is_said_with_the_first_look(name: str) -> None:
    desk = Desk(case(name))
    assert desk.review() == "no_verdict"
    (told,) = desk.told
    assert "the stack's parameter ReportBucketArns does not allow" in told
    assert "acme-ml-models" in told
    desk.a_day_passes()
    assert len(desk.told) == 1


@pytest.mark.parametrize("name", BUCKETS)
def test_an_approval_by_hand_is_refused_with_the_same_sentence(name: str) -> None:
    desk = Desk(case(name))
    desk.review()
    run = desk.approve_by_hand()
    assert run.ending is not None
    assert run.ending.ending == "refused"
    assert run.ending.reason in desk.told[0]


@pytest.mark.parametrize("name", BUCKETS)
def test_with_the_parameter_changed_the_sweep_approves_it(name: str) -> None:
    desk = Desk(case(name))
    desk.review()
    desk.limits = Limits(report_buckets=("arn:aws:s3:::*",), serving_roles=("*",))
    assert desk.sweep() == ["approved"]
