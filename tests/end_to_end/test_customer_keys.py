"""Everything under a company's keys: what is needed is there, and what lacks is named."""

from collections.abc import Iterator

import pytest

from penstock.domain.ledger.gate import WINDOW
from tests.end_to_end.customer_keys import (
    BOUNDARY,
    OWN,
    OWN_POLICY,
    PARAMETERS,
    SecretBench,
    advised,
    company,
    policy,
)
from tests.end_to_end.endings import PROMOTED, REFUSED, RESTORED, ROLLED_BACK, row
from tests.end_to_end.grants import Grant, noting_use, without
from tests.end_to_end.hygiene import faults_of
from tests.end_to_end.stage import KEY
from tests.worlds.deployed import functions
from twin.cloud import Twin
from twin.iam import keys
from twin.iam.key_needs import BOTH_READINGS

AT_CONFIGURATION = frozenset({"CreateEndpointConfig"})
AT_ENDPOINT = BOTH_READINGS - AT_CONFIGURATION


@pytest.fixture(scope="module")
def twin() -> Iterator[Twin]:
    with company() as deployed:
        yield deployed


@pytest.fixture
def bench(twin: Twin) -> Iterator[SecretBench]:
    before = faults_of(twin)
    yield SecretBench(twin)
    assert faults_of(twin) == before
    twin.permissions.key_needs.grant_at = BOTH_READINGS


def test_a_release_is_promoted_and_taken_back_in_its_watch_window(bench: SecretBench) -> None:
    first = bench.live(rollout={"watch_minutes": 120})
    release = bench.started(bench.register())
    bench.until_step(WINDOW)
    with noting_use(bench.twin) as used:
        assert row(bench.rolled_back_by_hand()) == RESTORED
    assert Grant("RollBackFunctionRole", "kms:CreateGrant") in used
    assert bench.serving == [first]
    bench.end(release)
    assert (
        bench.twin.client("sagemaker").describe_endpoint_config(
            EndpointConfigName=bench.shown()["EndpointConfigName"]
        )["KmsKeyId"]
        == KEY
    )


def test_two_releases_are_promoted(bench: SecretBench) -> None:
    bench.live()
    second = bench.register()
    assert row(bench.released(second)) == PROMOTED
    assert bench.serving == [second]


def test_a_release_without_the_tag_that_the_organisation_wants_says_so(bench: SecretBench) -> None:
    bench.live(serving={"tags": None})
    ended = bench.released(bench.register())
    assert row(ended) == ROLLED_BACK
    assert "an explicit deny in a service control policy" in str(ended.cause)


@pytest.mark.parametrize("asked_at", [AT_CONFIGURATION, AT_ENDPOINT], ids=["config", "endpoint"])
def test_an_endpoint_whose_key_may_not_be_used_is_refused_by_the_parameter(
    bench: SecretBench, asked_at: frozenset[str]
) -> None:
    bench.live()
    bench.twin.permissions.key_needs.grant_at = asked_at
    with without(bench.twin, Grant("StageCandidateFunctionRole", "kms:CreateGrant")) as denials:
        ended = bench.released(bench.register())
    assert {denial.action for denial in denials} == {"kms:CreateGrant"}
    assert "the stack's parameter KmsKeyArns and the key's own policy" in str(ended.cause)


@pytest.mark.parametrize("kept", ["evaluation.json", "model.tar.gz"])
def test_what_lies_under_a_key_outside_is_not_read_and_the_parameter_is_named(
    bench: SecretBench, kept: str
) -> None:
    bench.policy()
    package = bench.approved_unseen()
    bench.encrypt_outside(f"{bench.group}/1/{kept}")
    with without(bench.twin, None) as denials:
        ended = bench.released_by_hand(package)
    assert {denial.action for denial in denials} == {"kms:Decrypt"}
    assert row(ended) == REFUSED
    assert "the stack's parameter ReadKeyArns" in str(ended.cause)


def test_every_role_has_the_boundary_and_the_path(twin: Twin) -> None:
    found = [arn for name, arn in twin.resources.items() if name.endswith("Role")]
    roles = [twin.client("iam").get_role(RoleName=name)["Role"] for name in found]
    assert len(roles) == len(functions()) + 2
    assert {role["Path"] for role in roles} == {PARAMETERS["RolePath"]}
    boundaries = {role["PermissionsBoundary"]["PermissionsBoundaryArn"] for role in roles}
    assert boundaries == {BOUNDARY}


def test_an_alarm_of_the_stack_reaches_people_only_where_the_key_lets_cloudwatch_in(
    twin: Twin,
) -> None:
    alarm = twin.resources["UndeliveredEventsAlarm"]
    before = len(twin.mail())
    fire(twin, alarm)
    assert len(twin.mail()) == before + 1
    twin.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="x")
    keys.change_policy(OWN, policy(*advised("every key")))
    fire(twin, alarm)
    assert len(twin.mail()) == before + 1
    keys.change_policy(OWN, OWN_POLICY)


def fire(twin: Twin, alarm: str) -> None:
    twin.client("cloudwatch").set_alarm_state(
        AlarmName=alarm, StateValue="ALARM", StateReason="the test says so"
    )
