"""Penstock's own alarms."""

import pytest

from penstock.domain.kinds.realtime_series import PUBLISHED
from penstock.domain.kinds.series import Statistic
from penstock.domain.planning.check import Check
from penstock.domain.planning.checks import checks
from penstock.domain.planning.stage import PhaseName
from penstock.domain.policy.judge import JudgeSection

JUDGED = JudgeSection(latency_objective_ms=250.0)


@pytest.mark.parametrize(("phase", "suffix"), [("candidate", ""), ("live", "-live")])
def test_each_phase_has_its_own_alarms(phase: PhaseName, suffix: str) -> None:
    errors, latency = checks("churn", "v", "churn-7", JUDGED, phase, PUBLISHED)
    assert errors.name == f"penstock-churn-errors{suffix}"
    assert latency.name == f"penstock-churn-latency{suffix}"


def test_only_the_fleet_of_this_release_is_seen() -> None:
    for check in checks("churn", "v", "churn-7", JUDGED, "candidate", PUBLISHED):
        for series in check.series.values():
            assert dict(series.dimensions) == {
                "EndpointName": "churn",
                "VariantName": "v",
                "EndpointConfigName": "churn-7",
            }


def test_latency_is_counted_in_microseconds() -> None:
    _, latency = checks("churn", "v", "churn-7", JUDGED, "candidate", PUBLISHED)
    statistics = [series.statistic for series in latency.series.values()]
    assert statistics == ["PR(250000:3600000000)", "PR(0:250000)", "SampleCount"]


def test_latency_without_an_objective_is_not_watched() -> None:
    assert len(checks("churn", "v", "churn-7", JudgeSection(), "candidate", PUBLISHED)) == 1


@pytest.mark.parametrize(("margin", "bar"), [(0.005, 0.05), (0.0, 0.0), (0.9, 0.5)])
def test_the_net_is_coarser_than_the_judge(margin: float, bar: float) -> None:
    judge = JudgeSection.model_validate({"margins": {"errors": margin}})
    (errors,) = checks("churn", "v", "churn-7", judge, "candidate", PUBLISHED)
    assert errors.threshold == bar


def test_both_alarms_are_what_cloudwatch_takes() -> None:
    where = (("EndpointName", "churn"), ("VariantName", "v"), ("EndpointConfigName", "churn-7"))

    def series(metric: str, statistic: str) -> Statistic:
        return Statistic("AWS/SageMaker", metric, statistic, where)

    assert checks("churn", "v", "churn-7", JUDGED, "live", PUBLISHED) == (
        Check(
            name="penstock-churn-errors-live",
            description="More than 5.0% of v's requests get no good answer (4xx not counted).",
            series={
                "model": series("InvocationModelErrors", "Sum"),
                "client": series("Invocation4XXErrors", "Sum"),
                "server": series("Invocation5XXErrors", "Sum"),
                "all": series("Invocations", "Sum"),
            },
            formulas={
                "silent": "model - client - server",
                "bad": "server + (silent > 0) * silent",
                "share": "(bad >= 2) * bad / all",
            },
            threshold=0.05,
        ),
        Check(
            name="penstock-churn-latency-live",
            description="More than 20.0% of v's requests take more than 250 ms.",
            series={
                "slow": series("ModelLatency", "PR(250000:3600000000)"),
                "fast": series("ModelLatency", "PR(0:250000)"),
                "answers": series("ModelLatency", "SampleCount"),
            },
            formulas={
                "bad": "answers * slow / 100",
                "share": "(bad > 1.5) * slow / (slow + fast)",
            },
            threshold=0.2,
        ),
    )
