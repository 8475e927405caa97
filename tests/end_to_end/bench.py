"""One test's corner of the account: its own endpoint, package group, policy and artefacts."""

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from penstock.adapters.ledger import DynamoLedger
from penstock.adapters.records import S3Records
from penstock.domain.gate import Gate
from penstock.ports import ReleaseRecord
from tests.end_to_end.policies import quick
from tests.end_to_end.stage import BUCKET, IMAGE
from twin.cloud import Twin
from twin.observations import Execution
from twin.synthetic import Behaviour

Document = dict[str, Any]

GOOD, BAD = Behaviour(), Behaviour(error_rate=0.3)
REQUESTS = 300.0
"""Requests a minute: enough for every check, few enough to be drawn quickly."""
_numbers = itertools.count(1)


class Bench:
    """What people do with Penstock, and what they see of it."""

    def __init__(self, twin: Twin) -> None:
        number = next(_numbers)
        self.twin = twin
        self.endpoint = f"churn-{number}"
        self.group = f"models-of-{number}"
        self.ledger = DynamoLedger(twin.client("dynamodb"), twin.outputs["LedgerTableName"])
        self._events_before = len(twin.events.published)
        self._mail_before = len(twin.mail())
        self._versions = itertools.count(1)
        twin.client("sagemaker").create_model_package_group(ModelPackageGroupName=self.group)

    # ---- what people do --------------------------------------------------------------------------

    def policy(self, changes: Mapping[str, Any] | None = None, text: str | None = None) -> None:
        """Store the group's policy: the quick one with changes, or any text."""
        document = json.dumps(quick(self.endpoint, changes or {}))
        self.twin.client("ssm").put_parameter(
            Name=self.parameter, Type="String", Value=text or document, Overwrite=True
        )

    def register(
        self,
        auc: Any = 0.9,
        behaviour: Behaviour = GOOD,
        report: str | None = None,
        **fields: Any,
    ) -> str:
        """Upload an artefact and its report, and register a version; fields go on top."""
        folder = f"{self.group}/{next(self._versions)}"
        model, evaluation = f"{folder}/model.tar.gz", f"{folder}/evaluation.json"
        text = json.dumps({"metrics": {"auc": {"value": auc}}}) if report is None else report
        self.upload(model, f"the model of {folder}")
        self.upload(evaluation, text)
        self.twin.synthetic.behave(f"s3://{BUCKET}/{model}", behaviour)
        request = _registration(self.group, model, evaluation) | fields
        given = {name: value for name, value in request.items() if value is not None}
        created = self.twin.client("sagemaker").create_model_package(**given)
        return str(created["ModelPackageArn"])

    def approved_unseen(self, **fields: Any) -> str:
        """Register an approved version whose events are lost: people start its release."""
        self.twin.events.weather.drop("aws.sagemaker", where=self.concerns, times=1)
        return self.register(ModelApprovalStatus="Approved", **fields)

    def upload(self, key: str, text: str) -> None:
        """Put an object into the bucket of reports and artefacts."""
        self.twin.client("s3").put_object(Bucket=BUCKET, Key=key, Body=text.encode())

    def decide(self, package: str, status: str) -> None:
        """Approve or reject a package by hand, in the registry."""
        self.twin.client("sagemaker").update_model_package(
            ModelPackageArn=package, ModelApprovalStatus=status
        )

    def erase(self, key: str) -> None:
        """Take an object out of the bucket of reports and artefacts."""
        self.twin.client("s3").delete_object(Bucket=BUCKET, Key=key)

    def start(self, **document: Any) -> str:
        """Start the state machine by hand; answers the execution's ARN."""
        return self.start_with(document)

    def start_with(self, document: object) -> str:
        """Start the state machine with any JSON value."""
        started = self.twin.client("stepfunctions").start_execution(
            stateMachineArn=self.machine, input=json.dumps(document)
        )
        return str(started["executionArn"])

    def stop(self, execution: str) -> None:
        """StopExecution: no clean-up runs."""
        self.twin.client("stepfunctions").stop_execution(executionArn=execution)

    def drive(self, requests_per_minute: float = REQUESTS) -> None:
        """Users send requests from now on."""
        self.twin.synthetic.drive(self.endpoint, requests_per_minute)

    # ---- whole scenes ----------------------------------------------------------------------------

    def live(self, **policy: Any) -> str:
        """A first version serves users; answers its package. The policy is for what follows."""
        self.policy()
        package = self.register()
        execution = self.released(package)
        if row(execution) != PROMOTED:
            raise AssertionError(f"the first release ended with {execution.cause}")
        self.drive()
        if policy:
            self.policy(policy)
        return package

    def released(self, package: str) -> Execution:
        """The end of the release that an event started for a package."""
        return self.end(self.started(package))

    def released_by_hand(self, package: str, **document: Any) -> Execution:
        """The end of a release that a person started."""
        return self.end(self.start(action="release", model_package_arn=package, **document))

    def rolled_back_by_hand(self, **document: Any) -> Execution:
        """The end of a rollback that a person started."""
        return self.end(self.start(action="rollback", endpoint=self.endpoint, **document))

    # ---- waiting ---------------------------------------------------------------------------------

    def started(self, package: str, minutes: float = 5) -> str:
        """The first execution about a package, awaited; answers its ARN."""
        found = self.twin.until(lambda: self.executions(package), minutes, f"start of {package}", 1)
        return found[0].arn

    def end(self, execution: str, minutes: float = 120) -> Execution:
        """An execution that has ended, awaited."""
        every = max(10.0, minutes / 12)
        self.twin.until(lambda: self._ended(execution), minutes, f"the end of {execution}", every)
        return self.twin.execution(execution)

    def recoveries(self, minutes: float = 5, least: int = 1) -> list[Execution]:
        """The recoveries that reconcile started for this endpoint, awaited."""

        def begun() -> list[Execution]:
            found = [each for each in self.executions() if each.input["action"] == "recover"]
            return found if len(found) >= least else []

        return self.twin.until(begun, minutes, f"a recovery of {self.endpoint}")

    def until_owner(self, execution: str) -> None:
        """Wait until an execution holds the endpoint."""

        def holds() -> bool:
            return self.gate().owner == execution

        self.twin.until(holds, 5, f"{self.endpoint} held by {execution}")

    def until_step(self, step: int, minutes: float = 60) -> Gate:
        """The gate once the release in hand has come to this step of the protocol."""

        def there() -> bool:
            return self.gate().step == step

        self.twin.until(there, minutes, f"step {step} of {self.endpoint}", 5)
        return self.gate()

    def until_status(self, status: str, minutes: float = 60) -> None:
        """Wait until SageMaker shows the endpoint in a status."""

        def there() -> bool:
            return self.status == status

        self.twin.until(there, minutes, f"{self.endpoint} {status}", 5)

    def until_share(self, percent: float, minutes: float = 60) -> None:
        """Wait until the candidate takes this part of the requests."""

        def there() -> bool:
            return self.status == "InService" and self.share == percent / 100

        self.twin.until(there, minutes, f"{percent:g} % on {self.endpoint}", 5)

    def until_event(self, detail_type: str, minutes: float = 60) -> Document:
        """The newest event of a type, awaited."""
        said = self.twin.until(lambda: self.events(detail_type), minutes, detail_type)
        return said[-1]

    def pass_minutes(self, minutes: float) -> None:
        """Let simulated time pass."""
        self.twin.clock.sleep(minutes * 60)

    def sweep(self) -> None:
        """Let the next scheduled sweep pass, and what it starts begin."""
        self.pass_minutes(16)

    # ---- what people see -------------------------------------------------------------------------

    @property
    def machine(self) -> str:
        """The release state machine."""
        return self.twin.outputs["ReleaseStateMachineArn"]

    @property
    def parameter(self) -> str:
        """Where the group's policy is stored."""
        return f"{self.twin.outputs['PolicyPath']}/{self.group}"

    def executions(self, about: str | None = None) -> list[Execution]:
        """Executions whose input names this endpoint or group (or `about`), the oldest first."""
        words = (about,) if about else (f'"{self.endpoint}"', f"/{self.group}/")
        found = [
            each.exec_arn
            for each in self.twin.machines.executions()
            if any(word in str(each.execution_input) for word in words)
        ]
        return [self.twin.execution(arn) for arn in found]

    def package(self, arn: str) -> Document:
        """A package as the registry shows it."""
        shown: Document = self.twin.client("sagemaker").describe_model_package(ModelPackageName=arn)
        return shown

    def shown(self) -> Document:
        """The endpoint as SageMaker shows it."""
        shown: Document = self.twin.client("sagemaker").describe_endpoint(
            EndpointName=self.endpoint
        )
        return shown

    @property
    def exists(self) -> bool:
        """Whether there is an endpoint."""
        return self.twin.endpoints.find(self.endpoint) is not None

    @property
    def status(self) -> str | None:
        """The endpoint's status; None when there is none."""
        found = self.twin.endpoints.find(self.endpoint)
        return found.status if found else None

    @property
    def shares(self) -> dict[str, float]:
        """The part of the requests that each variant takes."""
        variants = self.twin.endpoints.get(self.endpoint).variants
        weights = {name: variant.current_weight for name, variant in variants.items()}
        total = sum(weights.values())
        return {name: weight / total for name, weight in weights.items()}

    @property
    def share(self) -> float:
        """The candidate's part of the requests."""
        return self.shares.get("candidate", 0.0)

    @property
    def serving(self) -> list[str]:
        """The packages whose models the endpoint's configuration names, by variant."""
        models = [self.model(index) for index in range(len(self.shares))]
        return [model["PrimaryContainer"]["ModelPackageName"] for model in models]

    def variant(self, index: int = 0) -> Document:
        """A variant as the endpoint's configuration describes it."""
        config = self.twin.client("sagemaker").describe_endpoint_config(
            EndpointConfigName=self.shown()["EndpointConfigName"]
        )
        found: Document = config["ProductionVariants"][index]
        return found

    def model(self, index: int = 0) -> Document:
        """The model of a variant."""
        name = self.variant(index)["ModelName"]
        found: Document = self.twin.client("sagemaker").describe_model(ModelName=name)
        return found

    def gate(self) -> Gate:
        """The endpoint's gate in the ledger."""
        return self.ledger.gate(self.endpoint)

    def records(self) -> list[ReleaseRecord]:
        """The ledger's releases, the newest approval first."""
        return self.ledger.records(self.endpoint)

    def events(self, detail_type: str) -> list[Document]:
        """Details of Penstock's events of a type about this endpoint or group, in order."""
        return [e["detail"] for e in self.said() if e["detail-type"] == detail_type]

    def said(self) -> list[Document]:
        """Penstock's events about this endpoint or group, in order."""
        since = self.twin.events.published[self._events_before :]
        return [e for e in since if e["source"] == "penstock" and self.concerns(e["detail"])]

    def mail(self, subject: str = "") -> list[tuple[str, str]]:
        """Subject and text of what people were told about this endpoint or group, in order."""
        since = self.twin.mail()[self._mail_before :]
        return [(s, text) for s, text in since if subject in s and self._names(s + text)]

    def concerns(self, detail: Mapping[str, Any]) -> bool:
        """Whether an event's detail is about this endpoint or group: for the weather."""
        return self._names(json.dumps(detail))

    def evidence(self, uri: str) -> Mapping[str, object]:
        """A record in the evidence bucket."""
        bucket = self.twin.outputs["EvidenceBucketName"]
        return S3Records(self.twin.client("s3"), bucket).read(uri)

    def alarms(self) -> Sequence[Document]:
        """Penstock's alarms on this endpoint."""
        listed = self.twin.client("cloudwatch").describe_alarms(
            AlarmNamePrefix=f"penstock-{self.endpoint}-"
        )
        found: list[Document] = listed["MetricAlarms"]
        return found

    def _names(self, text: str) -> bool:
        ends = ('"', "'", "/", " ", "\n", ",", "\\", "-")
        padded = f"{text} "
        return any(f"{name}{end}" in padded for name in (self.endpoint, self.group) for end in ends)

    def _ended(self, execution: str) -> bool:
        states = {each.exec_arn: each.exec_status for each in self.twin.machines.executions()}
        return bool(states[execution] != "RUNNING")


def ending(execution: Execution) -> Document:
    """What an execution answered: its output, or the cause of its failure."""
    answer: Document = execution.output if execution.status == "SUCCEEDED" else execution.cause
    return answer


def lasted(execution: Execution) -> float:
    """How many minutes an execution took; raises for one that runs."""
    if execution.stopped is None:
        raise ValueError(f"{execution.name} runs")
    return (execution.stopped - execution.started).total_seconds() / 60


def row(execution: Execution) -> tuple[str, str | None, str]:
    """Where an execution stands in the table of endings: status, error, ending."""
    return execution.status, execution.error, ending(execution)["ending"]


PROMOTED = ("SUCCEEDED", None, "promoted")
RESTORED = ("SUCCEEDED", None, "restored")
PLANNED = ("SUCCEEDED", None, "planned")
NOTHING_TO_DO = ("SUCCEEDED", None, "nothing_to_do")
ROLLED_BACK = ("FAILED", "RolledBack", "rolled_back")
REFUSED = ("FAILED", "Refused", "refused")
SUPERSEDED = ("FAILED", "Superseded", "superseded")
NEEDS_A_PERSON = ("FAILED", "NeedsAttention", "needs_a_person")
ANSWERED = {
    "release_id",
    "endpoint",
    "ending",
    "reason",
    "live_model_package_arn",
    "previous_model_package_arn",
    "tidy",
}
"""The keys of every ending."""


def _registration(group: str, model: str, evaluation: str) -> Document:
    report = {"ContentType": "application/json", "S3Uri": f"s3://{BUCKET}/{evaluation}"}
    return {
        "ModelPackageGroupName": group,
        "ModelApprovalStatus": "PendingManualApproval",
        "InferenceSpecification": {
            "Containers": [{"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/{model}"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        "ModelMetrics": {"ModelQuality": {"Statistics": report}},
    }
