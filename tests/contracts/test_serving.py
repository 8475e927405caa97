"""Endpoints and their changes: the fake and the adapters on the twin's SageMaker, one contract."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest

from penstock.adapters.endpoints import SageMakerEndpoints
from penstock.adapters.serving.retiring import SageMakerRetiring
from penstock.adapters.serving.table import serving_by_kind
from penstock.domain.errors import Busy, Exists, Missing, NoCapacity, Refused
from penstock.domain.execution.progress import Ramp
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.ledger import naming
from penstock.domain.ledger.content import WHOLE, Variants
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.planning import draw_plan
from penstock.domain.planning.stage import Stage
from penstock.ports.serving import Account, Endpoints, ListedEndpoint, Retiring, Serving
from tests.fakes.clock import FakeClock
from tests.fakes.cloud import FakeCloud
from tests.worlds import sagemaker_bench as benches
from tests.worlds.setups import package, policy

GONE = Variants(config="never-made", weights={"live": WHOLE})
FIRST, SECOND = "1111111111", "2222222222"
POLICY = policy(
    serving={
        "execution_role_arn": benches.ROLE,
        "instance_type": "ml.m5.large",
        "instance_count": 2,
    },
    rollout={"steps": [10, 50], "hold_minutes": 0},
)


class World(Protocol):
    """Endpoints, and what happens around them."""

    endpoints: Endpoints
    account: Account
    serving: Serving
    retiring: Retiring

    def package(self) -> str: ...
    def pass_time(self, seconds: int) -> None: ...
    def scale(self, **counts: int) -> None: ...
    def configs(self) -> set[str]: ...
    def see_late(self, seconds: int) -> None: ...
    def fail_next_creation(self) -> None: ...
    def undo_next_update(self) -> None: ...
    def undo_next_weights(self) -> None: ...
    def limit_next_update(self) -> None: ...
    def fire(self, alarm: str) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.cloud = FakeCloud(self.clock)
        self.endpoints: Endpoints = self.cloud
        self.account: Account = self.cloud
        self.serving: Serving = self.cloud
        self.retiring: Retiring = self.cloud

    def package(self) -> str:
        return package().arn

    def pass_time(self, seconds: int) -> None:
        self.clock.advance(seconds)

    def scale(self, **counts: int) -> None:
        self.cloud.scale("churn", **counts)

    def configs(self) -> set[str]:
        return set(self.cloud.configs)

    def see_late(self, seconds: int) -> None:
        self.cloud.times.unseen = seconds

    def fail_next_creation(self) -> None:
        self.cloud.next("create_endpoint", outcome="failed")

    def undo_next_update(self) -> None:
        self.cloud.next("update", outcome="undone")

    def undo_next_weights(self) -> None:
        self.cloud.next("weights", outcome="undone")

    def limit_next_update(self) -> None:
        self.cloud.next("update", NoCapacity("quota"))

    def fire(self, alarm: str) -> None:
        fired = {alarm: self.clock.now()}
        self.cloud.fires = fired.get


class TwinWorld:
    def __init__(self, bench: benches.Bench) -> None:
        self.bench = bench
        bench.store_artefact()
        bench.sagemaker.images.register(benches.IMAGE, [], benches.DIGEST)
        bench.client.create_model_package_group(ModelPackageGroupName="churn")
        self._states: dict[str, str] = {}
        bench.sagemaker.alarms.read = lambda name: self._states.get(name, "OK")
        endpoints = SageMakerEndpoints(bench.client)
        self.endpoints: Endpoints = endpoints
        self.account: Account = endpoints
        self.serving: Serving = serving_by_kind(bench.client)
        self.retiring: Retiring = SageMakerRetiring(bench.client)
        self._package = bench.client.create_model_package(
            ModelPackageGroupName="churn",
            ModelApprovalStatus="Approved",
            InferenceSpecification={
                "Containers": [{"Image": benches.IMAGE, "ModelDataUrl": benches.ARTEFACT}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        )["ModelPackageArn"]

    def package(self) -> str:
        return str(self._package)

    def pass_time(self, seconds: int) -> None:
        self.bench.clock.advance(seconds)

    def scale(self, **counts: int) -> None:
        self.pass_time(1000)
        for name, count in counts.items():
            self.bench.client.update_endpoint_weights_and_capacities(
                EndpointName="churn",
                DesiredWeightsAndCapacities=[{"VariantName": name, "DesiredInstanceCount": count}],
            )
            self.pass_time(1000)

    def configs(self) -> set[str]:
        found = self.bench.client.list_endpoint_configs()["EndpointConfigs"]
        return {config["EndpointConfigName"] for config in found}

    def see_late(self, seconds: int) -> None:
        self.bench.sagemaker.configs.lag_seconds = seconds

    def fail_next_creation(self) -> None:
        self.bench.sagemaker.faults.fail_next_creation()

    def undo_next_update(self) -> None:
        self.bench.sagemaker.faults.roll_back_next_update("no answer to /ping")

    def undo_next_weights(self) -> None:
        self.bench.sagemaker.faults.roll_back_next_weights()

    def limit_next_update(self) -> None:
        self.bench.sagemaker.faults.limit_next("UpdateEndpoint")

    def fire(self, alarm: str) -> None:
        self._states[alarm] = "ALARM"


@pytest.fixture(params=["fake", "twin"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    with benches.bench() as bench:
        yield TwinWorld(bench)


def looked(world: World) -> EndpointView:
    view = world.endpoints.look("churn")
    assert view is not None
    return view


def done(world: World) -> EndpointView:
    """The endpoint when whatever was asked for is done."""
    world.pass_time(1000)
    view = looked(world)
    assert view.in_service
    return view


def first(world: World) -> Plan:
    described = package().model_copy(update={"arn": world.package()})
    return draw_plan(POLICY, described, FIRST, None)


def creates(world: World, plan: Plan) -> None:
    world.serving.forward(plan, plan.stages[-1], None)


def stages(world: World, plan: Plan) -> None:
    world.serving.forward(plan, plan.stages[0], world.endpoints.look("churn"))


def sharing(plan: Plan, percent: float) -> Stage:
    return plan.stages[1].at(Ramp(number=1, percent=percent, before=0))


def shares(world: World, plan: Plan, percent: float) -> None:
    world.serving.shift("churn", sharing(plan, percent).content)


def promotes(world: World, plan: Plan, live: int) -> None:
    """With so many instances as were there when the endpoint was looked at."""
    seen = looked(world).model_copy(update={"counts": {"live": live}})
    world.serving.forward(plan, plan.stages[-1], seen)


@pytest.fixture
def served(world: World) -> Plan:
    """The first release is done; the plan of the second one."""
    plan = first(world)
    creates(world, plan)
    view = done(world)
    live = world.endpoints.setup(view, "churn", view.content.name)
    described = package().model_copy(update={"arn": world.package()})
    changed = POLICY.model_copy(
        update={"serving": POLICY.serving.model_copy(update={"environment": {"N": "2"}})}
    )
    return draw_plan(changed, described, SECOND, live)


def test_there_is_no_endpoint_before_the_first_release(world: World) -> None:
    assert world.endpoints.look("churn") is None
    assert world.account.listed() == []
    assert world.account.configs_of("churn") == frozenset()
    assert world.account.models_of("churn-1") is None


def test_the_first_release_creates_it(world: World) -> None:
    plan = first(world)
    creates(world, plan)
    assert looked(world).status == "Creating"
    view = done(world)
    assert view.content.same(plan.final)
    assert view.counts == {"live": 2}
    assert world.account.models_of(plan.blueprint.final_name) == frozenset(
        {plan.blueprint.model_name}
    )


def test_creating_it_twice_is_refused(world: World) -> None:
    creates(world, first(world))
    with pytest.raises(Exists):
        creates(world, first(world))


def test_a_release_starts_from_all_that_serves(world: World, served: Plan) -> None:
    live = world.endpoints.setup(looked(world), "churn", looked(world).content.name)
    (variant,) = live.config["ProductionVariants"]
    assert (variant["VariantName"], variant["InstanceType"]) == ("live", "ml.m5.large")
    assert live.model["ExecutionRoleArn"] == benches.ROLE
    assert live.counts == {"live": 2}
    assert (live.scaled, live.cloudformation_stack) == (False, None)


def test_staging_puts_the_candidate_beside_live_without_traffic(world: World, served: Plan) -> None:
    stages(world, served)
    assert looked(world).status == "Updating"
    view = done(world)
    assert view.content.same(sharing(served, 0).target)
    assert view.counts == {"live": 2, "candidate": served.candidate_instances}


def copying(served: Plan, world: World, percent: int = 50) -> Plan:
    """The plan of the second release, with a shadow first."""
    rollout = served.policy.rollout.model_copy(
        update={"shadow_minutes": 60, "shadow_percent": percent}
    )
    view = looked(world)
    live = world.endpoints.setup(view, "churn", view.content.name)
    described = package().model_copy(update={"arn": world.package()})
    changed = served.policy.model_copy(update={"rollout": rollout})
    return draw_plan(changed, described, SECOND, live)


def test_a_shadow_gets_its_share_of_copies_and_live_keeps_its_instances(
    world: World, served: Plan
) -> None:
    plan = copying(served, world)
    world.scale(live=7)
    stages(world, plan)
    view = done(world)
    assert view.content.same(plan.stages[0].target)
    assert view.content.answered("candidate") == 0.5
    assert view.counts == {"live": 7, "candidate": plan.blueprint.shadow_instances}


def test_after_a_shadow_the_candidate_is_staged_without_traffic(world: World, served: Plan) -> None:
    """Whatever SageMaker retains by a name: a shadow's weight is no share of the requests."""
    plan = copying(served, world, 100)
    stages(world, plan)
    world.serving.forward(plan, plan.stages[1], done(world))
    view = done(world)
    assert view.content.same(plan.stages[1].target)
    assert view.counts["live"] == 2


def test_a_shadow_is_put_back_by_one_change(world: World, served: Plan) -> None:
    before, plan = looked(world), copying(served, world)
    stages(world, plan)
    done(world)
    world.serving.tidy("churn", before.content)
    assert done(world).content.same(before.content)


def test_after_a_shadow_the_promotion_is_as_ever(world: World, served: Plan) -> None:
    plan = copying(served, world)
    stages(world, plan)
    world.serving.forward(plan, plan.stages[-1], done(world))
    view = done(world)
    assert view.content.same(plan.final)
    assert view.counts == {"live": 2}


def test_staging_keeps_what_live_was_scaled_to(world: World, served: Plan) -> None:
    world.scale(live=7)
    stages(world, served)
    assert done(world).counts["live"] == 7


def test_both_configurations_are_in_use_during_a_swap(world: World, served: Plan) -> None:
    stages(world, served)
    found = looked(world).content.name
    assert world.account.configs_of("churn") == {found, served.blueprint.staging_name}
    done(world)
    assert world.account.configs_of("churn") == {served.blueprint.staging_name}


def listed(world: World) -> ListedEndpoint:
    (only,) = world.account.listed()
    assert only.name == "churn"
    return only


def test_whatever_is_modified_is_listed_as_modified_since(world: World, served: Plan) -> None:
    """What a survey saw of an endpoint holds until then, so each change has to show."""
    before = listed(world)
    world.pass_time(60)
    assert (listed(world), before.settled) == (before, True)
    stages(world, served)
    begun = listed(world)
    assert not begun.settled
    done(world)
    after = listed(world)
    assert after.settled
    assert before.modified < begun.modified <= after.modified
    shares(world, served, 10)
    done(world)
    assert listed(world).modified > after.modified


def staged(world: World, plan: Plan) -> None:
    stages(world, plan)
    done(world)


@pytest.mark.parametrize("percent", [10, 0.01, 99.99, 0])
def test_a_shift_gives_exactly_these_shares(world: World, served: Plan, percent: float) -> None:
    staged(world, served)
    shares(world, served, 50)
    done(world)
    shares(world, served, percent)
    assert looked(world).status == "Updating"
    assert done(world).content.same(sharing(served, percent).target)


def test_a_promotion_takes_weights_and_counts_from_its_configuration(
    world: World, served: Plan
) -> None:
    staged(world, served)
    shares(world, served, 50)
    done(world)
    promotes(world, served, 3)
    view = done(world)
    assert view.content.same(served.final)
    assert view.counts == {"live": 3}


def test_a_promotion_that_is_tried_again_lowers_no_count(world: World, served: Plan) -> None:
    """Its configuration was made when live had two instances; since then it was scaled out."""
    staged(world, served)
    world.see_late(10_000)
    with pytest.raises(Missing):
        promotes(world, served, 2)
    world.see_late(0)
    world.scale(live=5)
    promotes(world, served, 5)
    assert done(world).counts == {"live": 5}


def test_tidying_keeps_what_live_was_scaled_to(world: World, served: Plan) -> None:
    found = looked(world).content
    staged(world, served)
    world.scale(live=4)
    world.serving.tidy("churn", found)
    view = done(world)
    assert view.content.same(found)
    assert view.counts == {"live": 4}


def test_nothing_is_changed_while_something_is_in_progress(world: World, served: Plan) -> None:
    found = looked(world).content
    staged(world, served)
    shares(world, served, 10)
    calls: tuple[Callable[[], None], ...] = (
        lambda: stages(world, served),
        lambda: shares(world, served, 50),
        lambda: promotes(world, served, 2),
        lambda: world.serving.tidy("churn", found),
        lambda: world.serving.remove("churn", GONE),
    )
    for call in calls:
        with pytest.raises(Busy):
            call()


def test_what_is_not_there_is_missing(world: World, served: Plan) -> None:
    calls: tuple[Callable[[], None], ...] = (
        lambda: world.serving.tidy("churn", GONE),
        lambda: world.serving.remove("fraud", GONE),
        lambda: world.serving.shift("fraud", GONE),
    )
    for call in calls:
        with pytest.raises(Missing):
            call()


def test_what_serves_from_a_deleted_configuration_or_model_is_refused(
    world: World, served: Plan
) -> None:
    """Whether SageMaker updates such an endpoint is not documented; nothing could be restored."""
    view = looked(world)
    with pytest.raises(Refused, match="runs on the configuration never-made, which was deleted"):
        world.endpoints.setup(view, "churn", "never-made")
    model = world.account.models_of(view.content.name)
    world.retiring.retire((), tuple(model or ()))
    with pytest.raises(Refused, match=r"serves the model .* which was deleted"):
        world.endpoints.setup(view, "churn", view.content.name)


def test_a_configuration_of_a_release_is_known_as_penstock_s(world: World, served: Plan) -> None:
    view = looked(world)
    assert world.endpoints.setup(view, "churn", view.content.name).ours


def test_what_was_just_made_may_be_missing_for_a_moment(world: World, served: Plan) -> None:
    world.see_late(20)
    with pytest.raises(Missing):
        stages(world, served)
    world.pass_time(30)
    staged(world, served)


def test_an_update_needs_the_configuration_that_serves(world: World, served: Plan) -> None:
    """Deleting it is allowed, and a mistake: nothing can be changed any more."""
    world.retiring.retire((looked(world).content.name,), ())
    with pytest.raises(Missing):
        stages(world, served)


def test_retiring_is_by_name_and_twice_is_once(world: World, served: Plan) -> None:
    found = looked(world).content
    staged(world, served)
    world.serving.tidy("churn", found)
    done(world)
    made = (str(served.blueprint.staging_name), served.blueprint.final_name)
    for _ in range(2):
        world.retiring.retire(made, (served.blueprint.model_name,))
    assert world.configs() == {found.name}
    assert world.account.models_of(made[0]) is None


def test_an_endpoint_that_never_served_is_removed(world: World) -> None:
    creates(world, first(world))
    done(world)
    world.serving.remove("churn", GONE)
    assert looked(world).status == "Deleting"
    world.pass_time(1000)
    assert world.endpoints.look("churn") is None


def test_an_endpoint_that_did_not_come_up_is_failed(world: World) -> None:
    """It still says whose configuration it was; then it can only be removed."""
    plan = first(world)
    world.fail_next_creation()
    creates(world, plan)
    world.pass_time(1000)
    view = looked(world)
    assert (view.status, view.content.name) == ("Failed", plan.blueprint.final_name)
    assert view.failure
    world.serving.remove("churn", GONE)
    world.pass_time(1000)
    assert world.endpoints.look("churn") is None


def test_an_update_that_sagemaker_undid_ends_in_service_on_the_old(
    world: World, served: Plan
) -> None:
    found = looked(world).content
    world.undo_next_update()
    stages(world, served)
    view = done(world)
    assert view.content.same(found)
    assert view.failure


def test_shares_that_sagemaker_undid_are_what_they_were(world: World, served: Plan) -> None:
    staged(world, served)
    world.undo_next_weights()
    shares(world, served, 50)
    assert done(world).content.same(sharing(served, 0).target)


def test_a_quota_that_is_exhausted_is_no_capacity(world: World, served: Plan) -> None:
    world.limit_next_update()
    with pytest.raises(NoCapacity):
        stages(world, served)
    staged(world, served)


def test_a_plan_without_canary_stages_nothing(world: World) -> None:
    plan = first(world)
    staging = plan.stages[0].model_copy(update={"final": False})
    with pytest.raises(Missing):
        world.serving.forward(plan, staging, None)


@pytest.fixture
def twin() -> Iterator[TwinWorld]:
    with benches.bench() as bench:
        yield TwinWorld(bench)


def test_everything_that_is_made_is_tagged(twin: TwinWorld) -> None:
    creates(twin, first(twin))
    done(twin)
    described = twin.bench.describe()
    tags = twin.bench.client.list_tags(ResourceArn=described["EndpointArn"])["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {
        "penstock:release": FIRST,
        "penstock:endpoint": "churn",
    }


def test_another_owner_is_seen(twin: TwinWorld) -> None:
    creates(twin, first(twin))
    view = done(twin)
    twin.bench.client.add_tags(
        ResourceArn=twin.bench.describe()["EndpointArn"],
        Tags=[{"Key": "aws:cloudformation:stack-name", "Value": "churn-stack"}],
    )
    live = twin.endpoints.setup(view, "churn", view.content.name)
    assert live.cloudformation_stack == "churn-stack"


def test_instances_that_are_wanted_but_not_there_do_not_count(twin: TwinWorld) -> None:
    creates(twin, first(twin))
    done(twin)
    twin.bench.sagemaker.endpoints.get("churn").variants["live"].current_count = 1
    view = done(twin)
    assert (view.counts["live"], view.instances("live")) == (2, 1)


def test_the_image_that_runs_is_seen(twin: TwinWorld) -> None:
    creates(twin, first(twin))
    (image,) = done(twin).images["live"]
    assert image.digests == {benches.DIGEST}
    assert image.specified == benches.IMAGE


def test_tags_of_the_policy_are_on_everything_that_a_release_creates(twin: TwinWorld) -> None:
    tagged = POLICY.model_copy(
        update={"serving": POLICY.serving.model_copy(update={"tags": {"team": "growth"}})}
    )
    described = package().model_copy(update={"arn": twin.package()})
    plan = draw_plan(tagged, described, FIRST, None)
    creates(twin, plan)
    done(twin)
    client = twin.bench.client
    arns = (
        twin.bench.describe()["EndpointArn"],
        client.describe_model(ModelName=plan.blueprint.model_name)["ModelArn"],
        client.describe_endpoint_config(EndpointConfigName=plan.blueprint.final_name)[
            "EndpointConfigArn"
        ],
    )
    for arn in arns:
        assert {"Key": "team", "Value": "growth"} in client.list_tags(ResourceArn=arn)["Tags"]


# ---- rehearsals ----------------------------------------------------------------------------------


def rehearsing(world: World, served: Plan | None) -> tuple[Plan, str]:
    """The plan of a release that rehearses, and the endpoint that it rehearses on."""
    plan = served or first(world)
    name = naming.rehearsal("churn", plan.release)
    blueprint = plan.blueprint.rehearsing(name)
    return plan.model_copy(update={"blueprint": blueprint}), name


@pytest.mark.parametrize("is_first", [False, True])
def test_a_rehearsal_endpoint_comes_up_on_one_instance_and_touches_no_other(
    world: World, request: pytest.FixtureRequest, is_first: bool
) -> None:
    served = None if is_first else request.getfixturevalue("served")
    plan, name = rehearsing(world, served)
    before = world.endpoints.look("churn")
    world.serving.rehearse(plan)
    seen = world.endpoints.look(name)
    assert seen is not None
    assert (seen.status, seen.content.name) == ("Creating", name)
    world.serving.rehearse(plan)
    world.pass_time(1000)
    seen = world.endpoints.look(name)
    assert seen is not None
    assert (seen.in_service, seen.content.name, seen.counts) == (True, name, {"live": 1})
    assert world.account.models_of(name) == frozenset({plan.blueprint.model_name})
    assert world.endpoints.look("churn") == before


def test_a_rehearsal_endpoint_is_deleted_once_it_is_there_or_has_failed(
    world: World, served: Plan
) -> None:
    plan, name = rehearsing(world, served)
    world.fail_next_creation()
    world.serving.rehearse(plan)
    seen = world.endpoints.look(name)
    assert seen is not None
    with pytest.raises(Busy):
        world.serving.remove(name, seen.content)
    world.pass_time(1000)
    seen = world.endpoints.look(name)
    assert seen is not None
    assert (seen.status, seen.content.name) == ("Failed", name)
    world.serving.remove(name, seen.content)
    world.pass_time(1000)
    assert world.endpoints.look(name) is None
    with pytest.raises(Missing):
        world.serving.remove(name, seen.content)
    assert looked(world).in_service


def test_a_plan_without_rehearsal_has_no_such_endpoint(world: World, served: Plan) -> None:
    with pytest.raises(Missing, match="has no rehearsal"):
        world.serving.rehearse(served)


def test_a_rehearsal_endpoint_and_its_configuration_are_tagged_as_ours(twin: TwinWorld) -> None:
    plan, name = rehearsing(twin, None)
    twin.serving.rehearse(plan)
    for described in (
        twin.bench.client.describe_endpoint(EndpointName=name)["EndpointArn"],
        twin.bench.client.describe_endpoint_config(EndpointConfigName=name)["EndpointConfigArn"],
    ):
        tags = twin.bench.client.list_tags(ResourceArn=described)["Tags"]
        found = {tag["Key"]: tag["Value"] for tag in tags}
        assert found["penstock:endpoint"] == "churn"
        assert found["penstock:release"] == plan.release


KINDS_OF_TRAFFIC: dict[str, dict[str, Any]] = {
    "canary": {"size_percent": 50, "wait_minutes": 10, "termination_minutes": 10},
    "linear": {"size_percent": 50, "wait_minutes": 10, "termination_minutes": 10},
    "all_at_once": {"termination_minutes": 10},
    "rolling": {"size_percent": 50, "wait_minutes": 10},
}


def deploying(world: World, served: Plan, traffic: str) -> Plan:
    """The second release as SageMaker shifts it, and the call is made."""
    keys = {"strategy": "guardrail", "traffic": traffic, **KINDS_OF_TRAFFIC[traffic]}
    guarded = served.policy.model_copy(update={"rollout": policy(rollout=keys).rollout})
    found = looked(world)
    live = world.endpoints.setup(found, "churn", found.content.name)
    described = package().model_copy(update={"arn": world.package()})
    plan = draw_plan(guarded, described, SECOND, live)
    world.serving.forward(plan, plan.stages[-1], found)
    return plan


@pytest.mark.parametrize("traffic", KINDS_OF_TRAFFIC)
def test_a_deployment_is_shown_beside_what_serves_until_it_is_over(
    world: World, served: Plan, traffic: str
) -> None:
    before = looked(world).content
    plan = deploying(world, served, traffic)
    shown: list[float] = []
    for _ in range(180):
        view = looked(world)
        if view.in_service:
            break
        assert view.deploys(plan.final.name)
        assert view.content.same(before), "the old configuration, until it is over"
        percent = view.pending.percent if view.pending else None
        shown += [percent] if percent and percent not in shown else []
        world.pass_time(30)
    assert looked(world).content.same(plan.final)
    assert looked(world).pending is None
    assert shown == ([100] if traffic == "all_at_once" else [50, 100])


def _has_traffic(view: EndpointView) -> bool:
    return view.pending is not None and view.pending.percent is not None


@pytest.mark.parametrize("traffic", KINDS_OF_TRAFFIC)
def test_an_alarm_undoes_a_deployment(world: World, served: Plan, traffic: str) -> None:
    """Every alarm that it was given, of which the brake is one."""
    before = looked(world).content
    plan = deploying(world, served, traffic)
    while not _has_traffic(looked(world)):
        world.pass_time(30)
    world.fire(plan.undoing(plan.stages[-1])[-1])
    view = done(world)
    assert view.content.same(before)
    assert view.pending is None


def test_what_follows_a_deployment_is_none(world: World, served: Plan) -> None:
    """SageMaker keeps a DeploymentConfig, but no later update asks for it."""
    before = looked(world).content
    plan = deploying(world, served, "canary")
    world.pass_time(4 * 3600)
    assert looked(world).content.same(plan.final)
    world.serving.tidy("churn", before)
    pending = looked(world).pending
    assert pending is not None
    assert pending.percent is None
    assert done(world).content.same(before)
