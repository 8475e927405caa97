"""A new kind and a new strategy are their own files and a line in each table: toys show it.

Nothing that is deployed knows them; their lines are added to the tables for each test.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from penstock.adapters.serving.table import ServingByKind
from penstock.domain.kinds.table import KINDS, impossible
from penstock.domain.policy.policy import Policy
from penstock.domain.strategies.table import STRATEGIES
from tests.toys.echo import ECHO, NO_STEPS
from tests.toys.echo_serving import EchoServing
from tests.toys.halves import HALVES
from tests.worlds.world import POLICY, World

BY_HALVES = {"strategy": "halves", "step_minutes": 3, "watch_minutes": 4}
OWN_ALARM = "penstock-churn-errors"


@pytest.fixture(autouse=True)
def lines() -> Iterator[None]:
    """The line of each toy in its table."""
    KINDS[ECHO.name], STRATEGIES[HALVES.name] = ECHO, HALVES
    yield
    del KINDS[ECHO.name], STRATEGIES[HALVES.name]


def policy(kind: str, **rollout: Any) -> dict[str, Any]:
    return POLICY | {"serving": POLICY["serving"] | {"kind": kind}, "rollout": rollout}


def echoing(**rollout: Any) -> tuple[World, EchoServing]:
    """An account whose endpoint is an echo; the other kinds have their own verbs."""
    world = World(policy("echo", **(rollout or BY_HALVES)))
    echo = EchoServing(world.cloud)
    world.serve_by(ServingByKind({"realtime": world.cloud, "echo": echo}))
    return world, echo


def test_a_first_release_and_the_next_go_all_the_way() -> None:
    world, echo = echoing()
    world.promoted(1)
    assert world.serves(1)
    world.promoted(2)
    assert world.serves(2)
    assert echo.asked == ["promote", "stage", "shift", "promote"]
    assert world.gate.content is not None
    assert world.gate.content.kind == "echo"


def test_what_is_watched_is_what_the_kind_publishes() -> None:
    world, _ = echoing()
    world.promoted(1)
    execution = world.release(2)
    world.until(execution, "Judge what is seen", 2)
    check = world.alarms.checks[OWN_ALARM]
    assert {series.namespace for series in check.series.values()} == {"Echoes"}
    assert {series.metric for series in check.series.values()} == {"Echoes", "LostEchoes"}


def test_a_bad_candidate_is_taken_back_by_the_verbs_of_its_kind() -> None:
    world, echo = echoing()
    world.promoted(1)
    execution = world.release(2)
    world.until(execution, "Judge what is seen", 3)
    world.alarm(OWN_ALARM)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert world.serves(1)
    assert echo.asked[-2:] == ["shift", "tidy"]


@pytest.mark.parametrize("count", range(1, 5))
def test_whoever_finds_a_dead_release_takes_it_back(count: int) -> None:
    world, echo = echoing()
    world.promoted(1)
    execution = world.release(2)
    world.until(execution, "Look at the endpoint", count)
    world.die(execution)
    world.settle_down()
    assert world.serves(1)
    assert echo.asked[-1] == "tidy" or count > 2


def test_a_first_release_that_fails_is_removed_by_the_verbs_of_its_kind() -> None:
    world, echo = echoing()
    world.cloud.next("create_endpoint", outcome="failed")
    execution = world.release(1)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert echo.asked == ["promote", "remove"]
    assert world.cloud.shown("churn") is None


def test_the_strategy_is_one_of_every_kind_that_does_not_exclude_it() -> None:
    world = World(policy("realtime", **BY_HALVES))
    world.promoted(1)
    world.promoted(2)
    assert world.serves(2)
    plan = world.plan_of(2)
    assert [(stage.act, stage.percent) for stage in plan.stages] == [
        ("stage", 0),
        ("shift", 50),
        ("promote", 100),
    ]


def test_what_the_kind_excludes_is_refused_with_its_reason() -> None:
    with pytest.raises(ValueError, match=r"impossible with serving\.kind echo") as refused:
        Policy.model_validate(policy("echo", strategy="canary"))
    assert NO_STEPS in str(refused.value)
    assert impossible(ECHO, "halves") is None


def test_what_the_strategy_does_not_read_is_refused() -> None:
    with pytest.raises(ValueError, match="`steps` has no effect with the strategy halves"):
        Policy.model_validate(policy("realtime", strategy="halves", steps=[5, 50]))


def test_what_the_kind_does_not_offer_is_refused() -> None:
    serving = {"kind": "echo", "routing": "RANDOM"}
    with pytest.raises(ValueError, match="SageMaker offers no routing on a echo endpoint"):
        Policy.model_validate(POLICY | {"serving": serving, "rollout": BY_HALVES})
