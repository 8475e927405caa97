"""Deployments while releases run: another template, another layer, other parameters."""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import PROMOTED, ending, row
from tests.end_to_end.stage import ROLE, deployed
from tests.worlds.deployed import TEMPLATE, functions
from tests.worlds.redeployed import Change, copied, longer, otherwise
from twin.cloud import Twin
from twin.deploy.template import DeployError

OLD, NEW = "step", "step by later code"
LATER = otherwise(
    'logger.info("step"', f'logger.info("{NEW}"', "layers/penstock/penstock/entries/tasks.py"
)
"""A change of the shared code that its log shows."""
ANOTHER_PATH = {"RolePath": "/another/"}
"""Every role is another one."""
BROKEN = otherwise(
    "Outputs:\n",
    "  Broken: {Type: AWS::SQS::Queue, Properties: {QueueName: '?'}}\n\nOutputs:\n",
)
CHANGES = (
    longer("layers/penstock/penstock/domain/ledger/gate.py"),
    longer("layers/dependencies/requirements.txt"),
    longer("functions/judge_stage/app.py"),
    otherwise("MemorySize: 512", "MemorySize: 1024"),
    otherwise("    Timeout: 60", "    Timeout: 50"),
)
SLOW = {"rollout": {"steps": [25, 50], "step_minutes": 4}}


def without(pattern: str) -> Change:
    """The template without its lines that match."""

    def edit(root: Path) -> None:
        text = (root / TEMPLATE.name).read_text()
        left, count = re.subn(rf"(?m)^.*({pattern}).*\n", "", text)
        if not count:
            raise ValueError(f"no line matches {pattern}")
        (root / TEMPLATE.name).write_text(left)

    return edit


@contextmanager
def in_flight(template: Path = TEMPLATE) -> Iterator[tuple[Bench, str]]:
    """A canary that takes a quarter of the requests, and its execution."""
    with deployed(template=template) as twin:
        bench = Bench(twin)
        bench.live(**SLOW)
        execution = bench.started(bench.register())
        bench.until_share(25)
        yield bench, execution


def versions(twin: Twin) -> set[str]:
    """The ARNs of every published version there is."""
    client = twin.client("lambda")
    names = [twin.resources[name] for name in functions()]
    found = [client.list_versions_by_function(FunctionName=name)["Versions"] for name in names]
    return {v["FunctionArn"] for each in found for v in each if v["Version"] != "$LATEST"}


def called(twin: Twin) -> set[str]:
    """The versions that executions which start now call."""
    machine = twin.outputs["ReleaseStateMachineArn"]
    described = twin.client("stepfunctions").describe_state_machine(stateMachineArn=machine)
    return set(re.findall(r"arn:aws:lambda:[^\"]+:\d+", described["definition"]))


def steps(twin: Twin, of: Iterable[str] = ()) -> list[str]:
    """What tasks said of their steps, function by function: all of them, or these."""
    logs = "".join(twin.functions.log(twin.resources[name]) for name in of or functions())
    lines = [json.loads(line) for line in logs.splitlines() if line.startswith("{")]
    return [line["message"] for line in lines if str(line.get("message")).startswith(OLD)]


def test_a_release_goes_on_with_the_code_that_it_began_with(tmp_path: Path) -> None:
    with in_flight() as (bench, execution):
        twin = bench.twin
        twin.update(copied(tmp_path / "later", LATER))
        assert row(bench.end(execution)) == PROMOTED
        assert set(steps(twin)) == {OLD}
        later = bench.started(bench.register())
        bench.until_share(25)
        assert set(steps(twin)) == {OLD, NEW}
        assert_deletion_keeps_what_people_need_afterwards(twin, later)


def assert_deletion_keeps_what_people_need_afterwards(twin: Twin, execution: str) -> None:
    (running,) = [each for each in twin.machines.executions() if each.exec_arn == execution]
    kept = twin.outputs
    twin.delete()
    assert running.exec_status == "ABORTED"
    assert kept["LedgerTableName"] in twin.client("dynamodb").list_tables()["TableNames"]
    assert twin.client("s3").list_objects_v2(Bucket=kept["EvidenceBucketName"])["Contents"]
    topics = twin.client("sns").list_topics()["Topics"]
    assert {"TopicArn": kept["NotificationTopicArn"]} in topics
    assert twin.client("lambda").list_functions()["Functions"] == []
    assert twin.client("iam").list_roles()["Roles"] == []


def test_a_release_and_its_versions_outlive_any_number_of_deployments(tmp_path: Path) -> None:
    with in_flight() as (bench, execution):
        twin = bench.twin
        begun = called(twin)
        for number, change in enumerate(CHANGES):
            assert_published(twin, copied(tmp_path / str(number), change))
        assert_published(twin, None, **ANOTHER_PATH)
        before = called(twin)
        with pytest.raises(DeployError, match="Broken"):
            twin.update(copied(tmp_path / "broken", LATER, BROKEN), LogLevel="ERROR")
        assert called(twin) == before
        assert row(bench.end(execution)) == PROMOTED
        assert begun <= versions(twin)
        assert set(steps(twin)) == {OLD}


def assert_published(twin: Twin, template: Path | None = None, **parameters: str) -> None:
    before, known = called(twin), versions(twin)
    twin.update(template, **parameters)
    assert called(twin) != before
    assert known < versions(twin)


def test_without_retention_a_deployment_strands_the_release(tmp_path: Path) -> None:
    careless = without("UpdateReplacePolicy: Retain|AllProperties|PublishLambdaVersion")
    with in_flight(copied(tmp_path / "careless", careless)) as (bench, execution):
        bench.twin.update(copied(tmp_path / "later", careless, LATER))
        bench.pass_minutes(3)
        assert "Lambda.ResourceNotFoundException" in str(bench.twin.execution(execution).history)
        assert bench.events("Release Promoted")[1:] == []


def test_a_changed_parameter_is_in_force_for_the_next_task() -> None:
    other = ROLE.replace("churn", "other")
    with in_flight() as (bench, execution):
        twin = bench.twin
        resolving, known = {"ResolveRequestFunction"}, versions(twin)
        twin.update(LogLevel="WARNING")
        assert row(bench.end(execution)) == PROMOTED
        assert versions(twin) == known
        before = len(steps(twin, resolving))
        twin.update(ServingRoleArns=other)
        narrow = ending(bench.released_by_hand(bench.approved_unseen()))
        assert (
            f"the stack's parameter ServingRoleArns does not allow role {ROLE}" in narrow["reason"]
        )
        twin.update(ServingRoleArns=f"{other},{ROLE}")
        assert row(bench.released(bench.register())) == PROMOTED
        assert len(steps(twin, resolving)) == before
