"""How requests of each signal are counted, whatever AWS publishes of a count of nothing."""

from collections.abc import Mapping
from typing import Any

import pytest

from penstock.domain.judging.counts import NO_REQUESTS, Counts
from penstock.domain.judging.readings import Datapoints, Reading, counts
from penstock.domain.kinds.question import Compared, Question
from penstock.domain.kinds.realtime_series import PUBLISHED
from penstock.domain.kinds.series import Fleet, Points, Statistic
from penstock.domain.planning.comparing import compared
from penstock.domain.policy.judge import JudgeSection
from penstock.domain.policy.signals import CustomSignal
from twin.cloudwatch.metric_math import Scope, parse
from twin.cloudwatch.metric_values import Value

CANDIDATE = Fleet("churn", "churn-7", "candidate")
WHERE = (
    ("EndpointName", "churn"),
    ("VariantName", "candidate"),
    ("EndpointConfigName", "churn-7"),
)
LIVE = {
    "errors": (570.0, 5.0, 4.0, 1.0),
    "client_errors": (570.0, 4.0),
    "latency": (570.0, 570.0, 20.0, 550.0),
}
"""What live shows of each signal: requests, then what its bad ones are counted from."""


def asked(signal: Any) -> list[tuple[str, str]]:
    found = PUBLISHED.tally(signal, CANDIDATE, 250).statistics
    assert {each.dimensions for each in found} == {WHERE}
    assert {each.namespace for each in found} == {"AWS/SageMaker"}
    return [(each.metric, each.statistic) for each in found]


def seen(signal: Any, candidate: Points, live: Points | None = None) -> Datapoints:
    one = PUBLISHED.tally(signal, CANDIDATE, 250)
    return Compared(one, one).shown(live or LIVE[signal], candidate)


def counted(found: Datapoints) -> Counts:
    return counts(Reading(0, {"it": found}))["it"]


def test_errors_are_all_model_errors_but_the_clients() -> None:
    assert asked("errors") == [
        ("Invocations", "Sum"),
        ("InvocationModelErrors", "Sum"),
        ("Invocation4XXErrors", "Sum"),
        ("Invocation5XXErrors", "Sum"),
    ]


def test_slow_answers_are_counted_on_both_sides_of_the_objective_in_microseconds() -> None:
    assert asked("latency") == [
        ("Invocations", "Sum"),
        ("ModelLatency", "SampleCount"),
        ("ModelLatency", "TC(250000:)"),
        ("ModelLatency", "TC(:250000)"),
    ]


def test_client_errors_are_the_models_4xx() -> None:
    assert asked("client_errors") == [("Invocations", "Sum"), ("Invocation4XXErrors", "Sum")]


def test_a_custom_metric_counts_labelled_requests_only() -> None:
    dimensions = {"Of": "{variant}@{endpoint}", "Config": "{config}"}
    signal = CustomSignal(name="c", namespace="Shop", metric="Complained", dimensions=dimensions)
    found = compared(
        JudgeSection(signals=(signal,)), CANDIDATE._replace(variant="live"), PUBLISHED
    )["c"]
    where = (("Of", "candidate@churn"), ("Config", "churn-7"))
    labels = Statistic("Shop", "Complained", "SampleCount", where)
    assert found.candidate.statistics == (labels, labels._replace(statistic="Sum"))
    assert found.shown((9, 2), (1, 0)) == Datapoints(9, 2, 1, 0)


def test_a_quantile_is_counted_of_the_candidate_above_a_little_more_than_live_s_value() -> None:
    live = CANDIDATE._replace(variant="live")
    signals = compared(JudgeSection(), live, PUBLISHED, {"latency@p50": 41.0})
    assert list(signals) == ["errors", "latency@p50"]
    here, there = (one.statistics for one in signals["latency@p50"])
    assert [each.statistic for each in here[2:]] == ["TC(41000:)", "TC(:41000)"]
    assert [each.statistic for each in there[2:]] == ["TC(41820:)", "TC(:41820)"]
    assert {each.dimensions for each in there} == {WHERE}


def of_routes() -> dict[str, Compared]:
    signal = CustomSignal(
        name="c", namespace="Shop", metric="Bad", by="Route", values=("/pay", "/{endpoint}")
    )
    return compared(JudgeSection(signals=(signal,)), CANDIDATE._replace(variant="live"), PUBLISHED)


def test_a_stratum_is_the_signal_with_one_dimension_more() -> None:
    """Its value is taken as it is written. The signal as a whole is read of the same series."""
    whole, pay, other = of_routes().values()
    labels, bad = pay.candidate.statistics
    where = (("EndpointName", "churn"), ("VariantName", "candidate"), ("Route", "/pay"))
    assert labels == Statistic("Shop", "Bad", "SampleCount", where)
    assert bad == labels._replace(statistic="Sum")
    assert ("Route", "/{endpoint}") in other.live.statistics[0].dimensions
    assert whole.candidate.statistics == (*pay.candidate.statistics, *other.candidate.statistics)


@pytest.mark.parametrize(
    ("points", "whole", "apart"),
    [
        pytest.param((20, 2, 10, 1), (30, 3), [(20, 2), (10, 1)], id="added-up"),
        pytest.param((20, 2, None, None), (20, 2), [(20, 2), (None, None)], id="one-is-silent"),
        pytest.param((None,) * 4, (None, None), [(None, None)] * 2, id="all-are-silent"),
        pytest.param((20, 2, 10, None), (30, None), [(20, 2), (10, None)], id="a-gap"),
        pytest.param((20, 2, None, 1), (20, None), [(20, 2), (0, None)], id="bad-without-any"),
    ],
)
def test_a_silent_stratum_adds_nothing_and_a_gap_in_one_is_a_gap_in_the_whole(
    points: Points, whole: Points, apart: list[Points]
) -> None:
    both, *strata = of_routes().values()
    assert both.shown(points, points)[:2] == whole
    shown = [strata[k].shown(points[2 * k : 2 * k + 2], (5, 1)) for k in (0, 1)]
    assert [each[:2] for each in shown] == apart


@pytest.mark.parametrize(
    ("points", "bad"),
    [
        pytest.param((30, 30, 0, 0), 30, id="all-hang"),
        pytest.param((30, 30, 0, 30), 30, id="hanging-is-5xx-too"),
        pytest.param((30, 9, 5, 4), 4, id="the-clients-own-apart"),
        pytest.param((30, 9, 9, 0), 0, id="clients-only"),
        pytest.param((30, 4, 9, 0), 0, id="never-negative"),
        pytest.param((30, 4, 3, 4), 4, id="4xx-that-are-no-model-errors"),
    ],
)
def test_an_error_is_a_request_without_a_good_answer(points: Points, bad: float) -> None:
    assert seen("errors", points) == Datapoints(570, 1, 30, bad)


@pytest.mark.parametrize(
    ("points", "bad"),
    [
        pytest.param((30, None, 0, 7), 7, id="no-model-errors-anywhere"),
        pytest.param((30, 7, None, None), 7, id="only-what-happened"),
        pytest.param((30, None, None, None), 0, id="nothing-happened"),
    ],
)
def test_errors_that_are_not_published_are_none_once_the_minute_is_sure(
    points: Points, bad: float
) -> None:
    """Live shows no zero of these metrics, so perhaps zeros are not published."""
    live = (570, None if points[1] is None else 5, 4, 1)
    found = seen("errors", points, live)
    assert found == Datapoints(570, 1, 30, bad, whole=False)
    assert counted(found) == Counts(570, 1, 30, bad)


def test_a_minute_is_whole_only_where_both_variants_are() -> None:
    found = seen("errors", (30, 2, 1, 1), (570, 5, None, 1))
    assert found == Datapoints(570, 5, 30, 1, whole=False)


@pytest.mark.parametrize(
    ("candidate", "live"),
    [
        pytest.param((30, None, 0, 0), (570, 0, 0, 0), id="of-the-candidate"),
        pytest.param((30, 0, 0, 0), (570, None, 0, 0), id="of-live"),
        pytest.param((30, None, None, None), (570, 5, 5, 0), id="beside-live-s-failures"),
        pytest.param((30, None, 0, 7), (570, 5, 4, 1), id="beside-a-zero-of-its-own"),
    ],
)
def test_where_zeros_are_published_a_missing_sum_is_a_gap(candidate: Points, live: Points) -> None:
    """No evidence, and never no failures."""
    found = seen("errors", candidate, live)
    assert (found.live, found.candidate) == (570, 30)
    assert None in (found.live_bad, found.candidate_bad)
    assert counted(found) == NO_REQUESTS


def test_errors_without_requests_are_waited_for_and_no_evidence() -> None:
    found = seen("errors", (None, 3, 0, 0))
    assert found == Datapoints(570, 1, None, 3)
    assert counted(found) == NO_REQUESTS


@pytest.mark.parametrize("signal", ["errors", "client_errors", "latency"])
def test_no_requests_are_no_gap(signal: str) -> None:
    silent = (None,) * len(LIVE[signal])
    assert seen(signal, silent)[2:] == (None, None, True)


@pytest.mark.parametrize(
    ("slow", "fast", "bad"),
    [(3, 27, 3), (0, 30, 0), (None, 30, 0), (30, 0, 30), (30, None, 30), (None, 12, 18)],
)
def test_slow_ones_are_right_whether_an_empty_range_has_a_datapoint_or_not(
    slow: float | None, fast: float | None, bad: float
) -> None:
    assert seen("latency", (30, 30, slow, fast)) == Datapoints(570, 20, 30, bad)


def test_without_any_range_latency_cannot_be_judged() -> None:
    """CloudWatch has no ranks of this metric: that is no zero."""
    assert counted(seen("latency", (30, 30, None, None))) == NO_REQUESTS


def test_only_answers_have_a_latency() -> None:
    assert seen("latency", (30, 12, 2, 10)) == Datapoints(570, 20, 12, 2)


def test_requests_whose_latency_is_missing_are_waited_for() -> None:
    assert seen("latency", (30, None, None, None)) == Datapoints(570, 20, None, None, whole=False)


@pytest.mark.parametrize(("later", "sure_after"), [(1, 5), (60, 60)])
def test_a_minute_is_sure_when_the_last_of_its_signals_is(later: int, sure_after: int) -> None:
    tally = PUBLISHED.tally("errors", CANDIDATE, None)
    errors, late = (tally._replace(sure_after=minutes) for minutes in (5, later))
    signals = {"errors": Compared(errors, errors), "late": Compared(late, late)}
    assert Question("churn", "churn-7", "live", "candidate", signals, 0, 1).sure_after == sure_after


def of_an_alarm(signal: str, points: Mapping[str, float]) -> float:
    """What the formulas of the signal's alarm call bad, in the twin's metric math."""
    alarm = PUBLISHED.alarm_formulas[signal]
    values: dict[str, Value] = {name: {0: value} for name, value in points.items()}
    for name, formula in alarm.formulas.items():
        values[name] = parse(formula).points(Scope(values, (0,)))
    found = values["bad"]
    assert isinstance(found, dict)
    return found[0]


@pytest.mark.parametrize("model", [0.0, 3.0, 9.0])
@pytest.mark.parametrize("client", [0.0, 4.0, 9.0])
@pytest.mark.parametrize("server", [0.0, 2.0, 9.0])
def test_an_alarm_counts_the_errors_that_the_judge_counts(
    model: float, client: float, server: float
) -> None:
    points = {"model": model, "client": client, "server": server}
    judged = seen("errors", (30, *points.values())).candidate_bad
    assert of_an_alarm("errors", points | {"all": 30}) == judged


@pytest.mark.parametrize("slow", [0.0, 12.0, 30.0])
def test_an_alarm_counts_the_slow_answers_that_the_judge_counts(slow: float) -> None:
    ranks = {"slow": 100 * slow / 30, "fast": 100 * (30 - slow) / 30, "answers": 30.0}
    judged = seen("latency", (30, 30, slow, 30 - slow)).candidate_bad
    assert of_an_alarm("latency", ranks) == judged


def test_the_alarms_measures_are_the_metrics_that_the_minutes_read() -> None:
    for signal, alarm in PUBLISHED.alarm_formulas.items():
        read = {each.metric for each in PUBLISHED.signals[signal].measures}
        assert {each.metric for each in alarm.measures.values()} <= read
