"""Penstock's own alarms."""

import pytest

from penstock.domain.checks import PhaseName, checks
from penstock.domain.rollout import Judge

JUDGED = Judge(latency_objective_ms=250.0)


@pytest.mark.parametrize(("phase", "suffix"), [("candidate", ""), ("live", "-live")])
def test_each_phase_has_its_own_alarms(phase: PhaseName, suffix: str) -> None:
    errors, latency = checks("churn", "v", "churn-7", JUDGED, phase)
    assert errors.name == f"penstock-churn-errors{suffix}"
    assert latency.name == f"penstock-churn-latency{suffix}"


def test_only_the_fleet_of_this_release_is_seen() -> None:
    for check in checks("churn", "v", "churn-7", JUDGED, "candidate"):
        for series in check.series:
            assert series.dimensions == {
                "EndpointName": "churn",
                "VariantName": "v",
                "EndpointConfigName": "churn-7",
            }


def test_latency_is_counted_in_microseconds() -> None:
    _, latency = checks("churn", "v", "churn-7", JUDGED, "candidate")
    assert [series.statistic for series in latency.series] == ["TC(250000:)", "SampleCount"]


def test_latency_without_an_objective_is_not_watched() -> None:
    assert len(checks("churn", "v", "churn-7", Judge(), "candidate")) == 1


@pytest.mark.parametrize(("margin", "bar"), [(0.005, 0.05), (0.0, 0.0), (0.9, 0.5)])
def test_the_net_is_coarser_than_the_judge(margin: float, bar: float) -> None:
    judge = Judge.model_validate({"margins": {"errors": margin}})
    (errors,) = checks("churn", "v", "churn-7", judge, "candidate")
    assert errors.threshold == bar
