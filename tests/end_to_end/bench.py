"""One test's corner of the account: its own endpoint, package group, policy and artefacts."""

import itertools
import json
from collections.abc import Mapping
from typing import Any

from penstock.domain.ledger.gate import Gate
from tests.end_to_end.endings import PROMOTED, row
from tests.end_to_end.policies import Document, quick
from tests.end_to_end.sights import Sights
from tests.end_to_end.stage import BUCKET, IMAGE
from twin.cloud import Twin
from twin.observations import Execution
from twin.sagemaker.synthetic import Behaviour

GOOD, BAD = Behaviour(), Behaviour(error_rate=0.3)
REQUESTS = 300.0
"""Requests a minute: enough for every check, few enough to be drawn quickly."""
_numbers = itertools.count(1)


class Bench(Sights):
    """What people do with Penstock, and how they wait for what it does."""

    def __init__(self, twin: Twin) -> None:
        number = next(_numbers)
        super().__init__(twin, f"churn-{number}", f"models-of-{number}")
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
        self.twin.until(
            lambda: self.has_ended(execution), minutes, f"the end of {execution}", every
        )
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


def _registration(group: str, model: str, evaluation: str) -> Document:
    report = {"ContentType": "application/json", "S3Uri": f"s3://{BUCKET}/{evaluation}"}
    return {
        "ModelPackageGroupName": group,
        "ModelApprovalStatus": "PendingManualApproval",
        "InferenceSpecification": specification(model),
        "ModelMetrics": {"ModelQuality": {"Statistics": report}},
    }


def specification(model: str, image: str = IMAGE, bucket: str = BUCKET) -> Document:
    """How the artefact with this key is served."""
    return {
        "Containers": [{"Image": image, "ModelDataUrl": f"s3://{bucket}/{model}"}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
