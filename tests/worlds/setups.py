"""Policies, packages and endpoints of the tests that plan."""

from typing import Any

from hypothesis import strategies as st

from penstock.domain.kinds.blueprint import Blueprint
from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.kinds.kind import Intent
from penstock.domain.kinds.realtime import Realtime
from penstock.domain.policy.policy import Policy
from penstock.domain.reviewing.package import Container, Package
from tests.fakes.packages import approved_package
from tests.worlds.goals import GOAL

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/7"
ROLE = "arn:aws:iam::123456789012:role/serving"
DIGEST = "sha256:" + "a" * 64
STEPS = (5, 25, 50)
NAMES = st.from_regex(r"\A[a-z](-?[a-z0-9]){0,20}\Z")
INSTANCES = st.sampled_from(["ml.m5.large", "ml.c6i.xlarge"])
MINUTES = st.integers(1, 240)


def package() -> Package:
    container = Container(image="image:1", image_digest=DIGEST)
    return approved_package("churn", 7, 0, containers=(container,))


def policy(**sections: Any) -> Policy:
    """A policy with explicit steps that can make a first release, with these sections instead."""
    document: dict[str, Any] = {
        "endpoint": "churn",
        "approval": {"mode": "manual"},
        "serving": {"execution_role_arn": ROLE, "instance_type": "ml.m5.large"},
        "rollout": {"steps": STEPS},
    }
    return Policy.model_validate(document | sections)


def draw(
    policy: Policy, package: Package, release: str, live: LiveSetup | None, candidates: int | None
) -> Blueprint:
    """The requests of a real-time release."""
    intent = Intent(policy.endpoint, policy.serving, package, release, live)
    return Realtime().draw(intent, candidates)


def live(count: int = 2, **config: Any) -> LiveSetup:
    """What a person set up: much that Penstock has no word for."""
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": "theirs",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        "InitialVariantWeight": 1.0,
    }
    described = {"EndpointConfigName": "theirs", "ProductionVariants": [variant]} | config
    model = {"ModelName": "theirs", "ExecutionRoleArn": ROLE, "PrimaryContainer": {"Image": "i"}}
    return LiveSetup(config=described, model=model, counts={"AllTraffic": count})


@st.composite
def canaries(draw: st.DrawFn) -> dict[str, Any]:
    held = draw(st.just(0) | st.integers(100, 2000))
    hundredths = st.integers(1, 9999 - held)
    steps = draw(st.lists(hundredths, min_size=1, max_size=70, unique=True))
    return {
        "strategy": "canary",
        "steps": [step / 100 for step in sorted(steps)],
        "step_minutes": draw(MINUTES),
        "hold_minutes": draw(st.integers(0, 240)),
        "holdback_percent": held / 100,
    }


LINEAR = st.fixed_dictionaries(
    {"strategy": st.just("linear"), "increment": st.integers(1, 99), "step_minutes": MINUTES}
)


@st.composite
def experiments(draw: st.DrawFn) -> dict[str, Any]:
    share = draw(st.integers(1, 50))
    steps = draw(st.lists(st.integers(1, share), max_size=5, unique=True))
    return {
        "strategy": "ab",
        "share": share,
        "steps": sorted(steps),
        "step_minutes": draw(MINUTES),
        "max_days": draw(st.integers(1, 60)),
        "goal": GOAL | {"delay_minutes": draw(st.integers(0, 2880))},
    }


AT_ONCE = st.just({"strategy": "all_at_once"})


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Any legal policy of a real-time endpoint that this version can release."""
    warm_up = draw(st.integers(0, 60))
    rollout = draw(canaries() | experiments() | LINEAR | AT_ONCE) | {
        "watch_minutes": draw(st.integers(warm_up + 1, 300)),
        "update_minutes": draw(st.integers(5, 480)),
    }
    judge = {
        "warm_up_minutes": warm_up,
        "min_requests": draw(st.integers(1, 10_000)),
        "deadline_minutes": draw(st.integers(1, 600)),
        "wait_hours": draw(st.integers(1, 168)),
        "on_inconclusive": draw(st.sampled_from(["wait", "promote", "roll_back"])),
        "latency_objective_ms": draw(st.none() | st.integers(1, 60_000)),
    }
    serving = {
        "execution_role_arn": draw(st.sampled_from([ROLE, None])),
        "instance_type": draw(INSTANCES | st.none()),
        "instance_count": draw(st.integers(1, 50) | st.none()),
        "candidate_instance_count": draw(st.integers(1, 9) | st.none()),
        "variant_name": draw(st.sampled_from([None, "AllTraffic", "blue"])),
    }
    return policy(rollout=rollout, judge=judge, serving=serving)


@st.composite
def endpoints(draw: st.DrawFn) -> LiveSetup:
    """What may serve before a release: adopted or ours, restored or stable, scaled or not."""
    setup = live(draw(st.integers(1, 60)))
    counts = setup.counts | draw(st.sampled_from([{}, {"candidate": 9}]))
    return setup.model_copy(
        update={
            "counts": counts,
            "scale_in": draw(st.sampled_from(["on", "suspended", None])),
            "cloudformation_stack": draw(st.none() | NAMES),
        }
    )
