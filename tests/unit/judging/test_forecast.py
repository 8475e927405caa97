"""Whether the expected traffic can prove a healthy candidate harmless in time."""

import math
from dataclasses import replace

import numpy as np
import pytest

from penstock.domain.judging.counts import Counts
from penstock.domain.judging.forecast import (
    forecast,
    provable_margin,
    requests_to_prove,
    unprovable,
)
from penstock.domain.judging.judge_settings import JudgeSettings, Limit
from penstock.domain.judging.quantiles import QUANTILES
from penstock.domain.judging.ramp import first_weight
from penstock.domain.judging.simulated_release import simulate
from penstock.domain.judging.walk import ramp
from penstock.domain.planning.comparison_settings import settings_of
from penstock.domain.policy.judge import JudgeSection

SETTINGS = JudgeSettings()
ON_AWS = settings_of(JudgeSection())
BOTH = {"errors": 0.001, "latency": 0.05}


@pytest.mark.parametrize(
    ("metric", "base_rate", "requests"),
    [("errors", 0, 1054), ("errors", 0.001, 1352), ("errors", 0.01, 5992), ("latency", 0.05, 1810)],
)
def test_a_proof_needs_so_many_requests(metric: str, base_rate: float, requests: float) -> None:
    assert requests_to_prove(SETTINGS, metric, base_rate) == pytest.approx(requests, abs=0.6)


@pytest.mark.parametrize(
    ("requests_per_minute", "at_most"), [(600, 20), (6000, 30), (60_000, 25), (600_000, 25)]
)
def test_a_healthy_release_is_done_soon(requests_per_minute: float, at_most: int) -> None:
    foreseen = forecast(SETTINGS, requests_per_minute, BOTH)
    assert foreseen.minutes is not None
    assert foreseen.minutes <= at_most


def test_a_busy_endpoint_can_prove_its_margins() -> None:
    assert unprovable(ON_AWS, 600, BOTH) is None


def test_too_little_traffic_is_said_with_what_would_do() -> None:
    assert unprovable(ON_AWS, 2, BOTH) == (
        "the margin of latency (2 %) cannot be proven at 2 requests a minute where live's rate is "
        "5 %: about 1,810 on the candidate are needed, 201 are expected within 240 minutes"
    )


def test_only_a_quantile_that_has_to_be_proven_is_named() -> None:
    rates = {"errors": 0.001} | {name: each.above for name, each in QUANTILES.items()}
    said = str(unprovable(ON_AWS, 20, rates))
    assert said.startswith(("the margin of latency@p95 (2 %)", "the margin of errors (0.5 %)"))


def test_no_traffic_proves_nothing() -> None:
    assert "0 are expected" in str(unprovable(ON_AWS, 0, BOTH))


def test_a_margin_of_nothing_can_never_be_proven() -> None:
    none = replace(ON_AWS, limits={"errors": Limit(1, 0.0)})
    assert math.isinf(requests_to_prove(none, "errors", 0.001))
    assert unprovable(none, 6000, {"errors": 0.001}) == (
        "the margin of errors (0 %) can never be proven where live's rate is 0.1 %; "
        "a margin of 0.1 % can be proven"
    )


def test_a_margin_that_is_proven_late_is_said_too() -> None:
    """Of expected counts; what happens varies, and some releases need more than the deadline."""
    assert unprovable(ON_AWS, 6000, {"errors": 0.1}) == (
        "the margin of errors (0.5 %) is proven late at 6,000 requests a minute where live's rate "
        "is 10 %: after about 190 of 240 minutes, so some releases end without proof; "
        "a margin of 0.67 % can be proven"
    )


@pytest.mark.parametrize(
    ("rate", "base", "least"), [(600, 0.05, 0.005), (600, 0.1, 0.005), (6000, 0.2, 0.005)]
)
def test_the_margin_that_is_named_is_proven_in_nine_of_ten_releases(
    rate: int, base: float, least: float
) -> None:
    found = provable_margin(ON_AWS, "errors", rate, {"errors": base})
    assert found is not None
    assert least < found < 0.02
    wider = replace(ON_AWS, limits={"errors": ON_AWS.limit("errors")._replace(margin=found)})
    rng = np.random.default_rng(898_002)

    def serve(weight: float) -> dict[str, Counts]:
        candidate, live = rng.poisson(rate * weight), rng.poisson(rate * (1 - weight))
        bad = rng.binomial(live, base), rng.binomial(candidate, base)
        return {"errors": Counts(live, bad[0], candidate, bad[1])}

    legs = ramp(wider, first_weight(rate, ["errors"], wider))
    ends = [simulate(["errors"], wider, legs, serve).action for _ in range(40)]
    assert ends.count("promote") >= 36
