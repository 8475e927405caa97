"""What a canary is judged by: the policy's `judge.signals`."""

import json
from typing import Any

import pytest

from penstock.domain.errors import Refused
from penstock.domain.judging.method import method_of
from penstock.domain.policy import Policy, parse_policy
from penstock.domain.signals import Statistic, pair

OWN: dict[str, Any] = {"name": "complaints", "namespace": "Shop", "metric": "Complained"}


def parsed(**judge: Any) -> Policy:
    document = {"endpoint": "churn", "approval": {"mode": "manual"}, "judge": judge}
    return parse_policy(json.dumps(document), "1")


@pytest.mark.parametrize(
    ("judge", "names"),
    [
        ({}, ("errors",)),
        ({"latency_objective_ms": 300}, ("errors", "latency")),
        ({"latency_objective_ms": 300, "signals": ["errors"]}, ("errors",)),
        ({"signals": ["client_errors", OWN]}, ("client_errors", "complaints")),
    ],
)
def test_errors_are_judged_and_latency_where_it_has_an_objective(
    judge: dict[str, Any], names: tuple[str, ...]
) -> None:
    assert parsed(**judge).judge.signal_names == names


@pytest.mark.parametrize(
    ("signals", "says"),
    [
        (["latency"], "latency needs `latency_objective_ms`"),
        ([], "judge.signals: "),
        (["errors", "errors"], "names one twice"),
        (["errors", OWN, OWN], "names one twice"),
        (["mistakes"], "judge.signals[0]: "),
        ([OWN | {"namespce": "x"}], "judge.signals[0].namespce: unknown key; did you mean"),
        ([OWN | {"name": "errors"}], "errors is Penstock's own signal"),
        ([OWN | {"name": "Complaints!"}], "judge.signals[0].name: "),
        ([OWN | {"dimensions": {"Variant": "live"}}], "one value must contain {variant}"),
        ([OWN | {"dimensions": {"V": "{variant}-{stage}"}}], "{stage} is not one of"),
        ([OWN | {"margin": 1}], "judge.signals[0].margin: "),
        ([{"name": "complaints"}], "judge.signals[0].namespace: this key is required"),
    ],
)
def test_what_cannot_be_a_signal_is_refused(signals: list[Any], says: str) -> None:
    with pytest.raises(Refused) as refused:
        parsed(signals=signals)
    assert says in str(refused.value)


def test_a_metric_of_ones_own_counts_labelled_requests_only() -> None:
    dimensions = {"Of": "{variant}@{endpoint}", "Config": "{config}"}
    (signal,) = parsed(signals=[OWN | {"dimensions": dimensions}]).judge.signals
    found = pair(signal, None, "churn", "churn-7", "candidate")
    where = (("Of", "candidate@churn"), ("Config", "churn-7"))
    assert found.requests == Statistic("Shop", "Complained", "SampleCount", where)
    assert found.bad == found.requests._replace(statistic="Sum")


def test_slow_answers_are_counted_above_the_objective_in_microseconds() -> None:
    assert pair("latency", 0.5, "churn", "churn-7", "live").bad.statistic == "TC(500:)"


def test_each_signal_is_promoted_by_its_own_margin() -> None:
    judge = parsed(signals=["errors", OWN | {"margin": 0.3}], margins={"errors": 0.1}).judge
    method = method_of(judge)
    assert method.limit("errors").margin == 0.1
    assert method.limit("complaints").margin == 0.3


WHERE = (
    ("EndpointName", "churn"),
    ("VariantName", "candidate"),
    ("EndpointConfigName", "churn-7"),
)


@pytest.mark.parametrize(
    ("signal", "metric", "statistic"),
    [
        ("errors", "Invocation5XXErrors", "Sum"),
        ("client_errors", "Invocation4XXErrors", "Sum"),
        ("latency", "ModelLatency", "TC(250000:)"),
    ],
)
def test_bad_requests_are_counted_beside_all_of_them(
    signal: Any, metric: str, statistic: str
) -> None:
    found = pair(signal, 250, "churn", "churn-7", "candidate")
    assert found.requests == Statistic("AWS/SageMaker", "Invocations", "Sum", WHERE)
    assert found.bad == Statistic("AWS/SageMaker", metric, statistic, WHERE)
