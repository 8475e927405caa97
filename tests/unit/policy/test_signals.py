"""What a canary is judged by: the policy's `judge.signals`."""

import json
from typing import Any

import pytest

from penstock.domain.errors import Refused
from penstock.domain.judging.quantiles import QUANTILES
from penstock.domain.planning.comparing import metrics
from penstock.domain.planning.comparison_settings import settings_of
from penstock.domain.policy.policy import Policy, parse_policy

OWN: dict[str, Any] = {"name": "complaints", "namespace": "Shop", "metric": "Complained"}


def parsed(**judge: Any) -> Policy:
    document = {"endpoint": "churn", "approval": {"mode": "manual"}, "judge": judge}
    return parse_policy(json.dumps(document), "1")


@pytest.mark.parametrize(
    ("judge", "names"),
    [
        ({}, ("errors", "latency_quantiles")),
        ({"latency_objective_ms": 300}, ("errors", "latency", "latency_quantiles")),
        ({"latency_objective_ms": 300, "signals": ["errors"]}, ("errors",)),
        ({"signals": ["client_errors", OWN]}, ("client_errors", "complaints")),
    ],
)
def test_errors_and_latency_are_judged_and_an_objective_is_a_signal_of_its_own(
    judge: dict[str, Any], names: tuple[str, ...]
) -> None:
    assert parsed(**judge).judge.signal_names == names


@pytest.mark.parametrize(
    ("signals", "says"),
    [
        (["latency"], "latency needs `latency_objective_ms`"),
        ([], "judge.signals: "),
        (["errors", "errors"], "lists a signal twice"),
        (["errors", OWN, OWN], "lists a signal twice"),
        (["mistakes"], "judge.signals[0]: "),
        ([OWN | {"namespce": "x"}], "judge.signals[0].namespce: unknown key; did you mean"),
        ([OWN | {"name": "errors"}], "errors is the name of a built-in signal"),
        ([OWN | {"name": "Complaints!"}], "judge.signals[0].name: "),
        ([OWN | {"dimensions": {"Variant": "live"}}], "one value must contain {variant}"),
        ([OWN | {"dimensions": {"V": "{variant}-{stage}"}}], "{stage} is not one of"),
        ([OWN | {"margin": 1}], "judge.signals[0].margin: "),
        ([{"name": "complaints"}], "judge.signals[0].namespace: this key is required"),
        (
            [OWN | {"values": ["/pay"]}],
            "judge.signals[0]: `values` needs `by`: the dimension that has these values",
        ),
        (
            [OWN | {"by": "VariantName", "values": ["a"]}],
            "judge.signals[0]: `by`: VariantName is one of `dimensions` already",
        ),
        (
            [OWN | {"by": "Route", "values": ["/pay", "/pay"]}],
            "judge.signals[0]: `values` lists a value twice",
        ),
        (
            [OWN | {"by": "Route", "values": [f"/{n}" for n in range(21)]}],
            "judge.signals[0]: `values` lists 21 values of Route, and at most 20 can be compared "
            "apart: list those that matter most",
        ),
        (
            [
                OWN | {"name": name, "by": "Route", "values": [f"/{n}" for n in range(14)]}
                for name in ("a", "b", "c")
            ],
            "judge: `signals` have 42 `values` in all, and at most 40 can be compared apart: list "
            "those that matter most",
        ),
        ([OWN | {"by": "Route", "values": [""]}], "judge.signals[0].values[0]: "),
    ],
)
def test_what_cannot_be_a_signal_is_refused(signals: list[Any], says: str) -> None:
    with pytest.raises(Refused) as refused:
        parsed(signals=signals)
    assert says in str(refused.value)


def test_each_signal_is_promoted_by_its_own_margin() -> None:
    judge = parsed(signals=["errors", OWN | {"margin": 0.3}], margins={"errors": 0.1}).judge
    settings = settings_of(judge)
    assert settings.limit("errors").margin == 0.1
    assert settings.limit("complaints").margin == 0.3


def test_live_s_quantiles_have_the_margin_of_latency() -> None:
    settings = settings_of(parsed(margins={"latency": 0.03}).judge)
    assert {settings.limit(name).margin for name in QUANTILES} == {0.03}


def test_a_stratum_has_the_limit_of_its_signal() -> None:
    strata = {"by": "Route", "values": ["/pay"], "margin": 0.07}
    settings = settings_of(parsed(signals=["errors", OWN | strata]).judge)
    assert settings.limit("complaints[Route=/pay]") == settings.limit("complaints")
    assert settings.limit("complaints").margin == 0.07


def test_quantiles_are_compared_as_far_as_they_are_known() -> None:
    judge = parsed(signals=["latency_quantiles", "errors"]).judge
    assert metrics(judge, {"latency@p50": 41.0}) == ("latency@p50", "errors")
    assert metrics(judge) == ("errors",)


def test_strata_are_compared_beside_their_signal() -> None:
    judge = parsed(signals=["errors", OWN | {"by": "Route", "values": ["/pay", "/"]}]).judge
    assert metrics(judge) == (
        *("errors", "complaints"),
        *("complaints[Route=/pay]", "complaints[Route=/]"),
    )


def test_a_signal_whose_strata_are_not_listed_is_compared_as_a_whole_until_they_are_found() -> None:
    assert metrics(parsed(signals=[OWN | {"by": "Route"}]).judge) == ("complaints",)


def test_the_slack_of_a_signal_is_a_tenth_of_its_margin_unless_the_policy_says_otherwise() -> None:
    given = {"slack": {"errors": 0.0}, "margins": {"latency": 0.03}}
    own = [OWN | {"margin": 0.3}, OWN | {"name": "other", "slack": 0.001}]
    settings = settings_of(parsed(signals=["errors", *own], **given).judge)
    assert settings.limit("errors").slack == 0
    assert settings.limit("complaints").slack == pytest.approx(0.03)
    assert settings.limit("other").slack == 0.001
    found = {name: settings.limit(name).slack for name in QUANTILES}
    assert found["latency@p95"] == pytest.approx(0.003)
    assert found["latency@p99"] == pytest.approx(0.001), "a tenth of what is above it"


@pytest.mark.parametrize(
    ("judge", "says"),
    [
        (
            {"slack": {"errors": 0.01}},
            "judge: `slack`: that of errors (0.01) is above its margin (0.005), so an excess "
            "between the two would be neither proven harmless nor rolled back",
        ),
        ({"signals": [OWN | {"margin": 0.1, "slack": 0.2}]}, "that of complaints (0.2) is above"),
        ({"slack": {"latency": -0.1}}, "judge.slack.latency: must be greater than or equal to 0"),
        ({"slack": {"speed": 0.1}}, "judge.slack.speed: "),
    ],
)
def test_a_slack_that_cannot_be_is_refused(judge: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused) as refused:
        parsed(**judge)
    assert says in str(refused.value)
