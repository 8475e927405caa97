"""What a test sees of its corner of the account: executions, endpoint, ledger, events, mail."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from penstock.adapters.ledger import DynamoLedger
from penstock.adapters.plans import DynamoPlans
from penstock.adapters.records import S3Records
from penstock.domain.ledger.gate import Gate
from penstock.domain.ledger.place import key_of_endpoint
from penstock.domain.ledger.record import ReleaseRecord
from penstock.domain.planning.plan import Plan
from tests.end_to_end.policies import Document
from twin.cloud import Twin
from twin.observations import Execution


class Sights:
    """One endpoint and one model package group, looked at from outside."""

    def __init__(self, twin: Twin, endpoint: str, group: str) -> None:
        self.twin = twin
        self.endpoint = endpoint
        self.group = group
        table = twin.outputs["LedgerTableName"]
        self.ledger = DynamoLedger(twin.client("dynamodb"), table, time.sleep)
        self.plans = DynamoPlans(twin.client("dynamodb"), table)
        self._events_before = len(twin.events.published)
        self._mail_before = len(twin.mail())

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
        return self.ledger.gate(key_of_endpoint(self.endpoint))

    def records(self) -> list[ReleaseRecord]:
        """The ledger's releases, the newest approval first."""
        return self.ledger.records(key_of_endpoint(self.endpoint))

    def last_plan(self) -> Plan:
        """The plan of the newest approval's release."""
        newest = self.records()[0]
        assert newest.planned is not None
        key, digest = key_of_endpoint(self.endpoint), newest.planned.digest
        return self.plans.plan(key, newest.release, digest)

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

    def configurations(self) -> list[Document]:
        """The endpoint configurations that releases of this endpoint left."""
        listed = self.twin.client("sagemaker").list_endpoint_configs(NameContains=self.endpoint)
        found: list[Document] = listed["EndpointConfigs"]
        return found

    def models(self) -> list[str]:
        """The models that releases of this endpoint left."""
        listed = self.twin.client("sagemaker").list_models(NameContains=self.endpoint)
        return [model["ModelName"] for model in listed["Models"]]

    def has_ended(self, execution: str) -> bool:
        """Whether an execution has ended."""
        states = {each.exec_arn: each.exec_status for each in self.twin.machines.executions()}
        return bool(states[execution] != "RUNNING")

    def _names(self, text: str) -> bool:
        ends = ('"', "'", "/", " ", "\n", ",", "\\", "-")
        padded = f"{text} "
        return any(f"{name}{end}" in padded for name in (self.endpoint, self.group) for end in ends)
