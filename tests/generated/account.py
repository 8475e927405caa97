"""An AWS account at botocore's hooks: reads are answered from a scene, writes are counted."""

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple

import pytest
from botocore import handlers, xform_name

from penstock.adapters.expressions import serialize
from tests.worlds.settings import NAME, document

Document = dict[str, Any]
MOMENT = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
GROUP, ENDPOINT = "churn", "churn"
SAGEMAKER = "arn:aws:sagemaker:eu-west-1:123456789012"
ARN = f"{SAGEMAKER}:model-package/churn/7"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "ACCOUNT_ID": "123456789012",
    "LEDGER_TABLE": "ledger",
    "EVIDENCE_BUCKET": "evidence",
    "TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:penstock",
    "STATE_MACHINE_ARN": "arn:aws:states:eu-west-1:123456789012:stateMachine:penstock-Release",
    "REVIEW_FUNCTION": "review_package",
    "RECONCILE_FUNCTION": "reconcile",
    "SETTINGS_PARAMETER": NAME,
}
SETTINGS = document(ServingRoleArns=["arn:aws:iam::123456789012:role/serving"])
READS = ("Describe", "Get", "List", "Query", "Head")
TELLS = ("PutEvents", "Publish")
"""Announcements: they change nothing that serves or decides."""


@dataclass
class Scene:
    """What an account holds: a gate, an endpoint with what it is made of, a policy, a report."""

    gate: Document | None = None
    records: list[Document] = field(default_factory=list)
    endpoint: Document | None = None
    configs: dict[str, Document] = field(default_factory=dict)
    models: dict[str, Document] = field(default_factory=dict)
    alarms: dict[str, str] = field(default_factory=dict)
    policy: str | None = None
    policy_type: str = "String"
    report: bytes = b"{}"
    package: Document = field(default_factory=dict)
    running: bool = True

    @cached_property
    def gate_item(self) -> Document:
        """The gate as DynamoDB keeps it."""
        return _item(self.gate or {})

    @cached_property
    def record_items(self) -> dict[str, Document]:
        """Sort key to record."""
        return {f"release#{r['release']}": _item(r) for r in self.records}


class _Answer(NamedTuple):
    status_code: int


class Account:
    """Answers every call of every client; `refusing` has each change denied.

    `calls` are names of operations since the last `begin`, without the read of the settings that
    begins each invocation; `writes` those among them that change something, announcements left
    out; `decided` is the last decision on a package.
    """

    def __init__(self) -> None:
        self.scene = Scene()
        self.refusing = False
        self.calls: list[str] = []
        self.decided: Document = {}

    def begin(self, scene: Scene, *, refusing: bool) -> None:
        """Another invocation meets this scene."""
        self.scene, self.refusing = scene, refusing
        self.calls.clear()
        self.decided = {}

    @property
    def writes(self) -> list[str]:
        return [name for name in self.calls if not name.startswith((*READS, *TELLS))]

    def keep_params(self, params: Any, context: Document, **_: Any) -> None:
        """The parameters before botocore writes them down."""
        context["params"] = params

    def answer(self, model: Any, context: Document, **_: Any) -> tuple[_Answer, Document]:
        """botocore's `before-call`: what is answered here never reaches a network."""
        if context["params"].get("Name") != NAME:
            self.calls.append(model.name)
        answers: Callable[[Document], Document] | None = getattr(
            self, f"_{xform_name(model.name)}", None
        )
        try:
            if answers is None:
                return _Answer(200), self._changed(model.name)
            return _Answer(200), answers(context["params"])
        except _Problem as problem:
            error = {"Code": problem.code, "Message": problem.message}
            return _Answer(400), {"Error": error, **problem.more}

    def _changed(self, operation: str) -> Document:
        if self.refusing or operation.startswith(READS):
            raise _Problem("AccessDeniedException", "not authorized")
        return {}

    # ---- DynamoDB --------------------------------------------------------------------------------

    def _get_item(self, params: Document) -> Document:
        kind = params["Key"]["sk"]["S"]
        if kind == "gate" and self.scene.gate is not None:
            return {"Item": self.scene.gate_item}
        found = self.scene.record_items.get(kind)
        return {"Item": found} if found else {}

    def _query(self, params: Document) -> Document:
        if "IndexName" in params:
            return {"Items": [self.scene.gate_item] if self.scene.gate is not None else []}
        partition = params["ExpressionAttributeValues"][":pk"]["S"]
        if partition.startswith(("alarm#", "package#")):
            return {"Items": [_item({"sk": f"gate#{ENDPOINT}"})]}
        if partition == "survey":
            return {"Items": [_item({"sk": ENDPOINT, "modified": "edited"})]}
        return {"Items": [i | _item({"sk": key}) for key, i in self.scene.record_items.items()]}

    def _batch_get_item(self, params: Document) -> Document:
        found = [self.scene.gate_item] if self.scene.gate is not None else []
        return {"Responses": dict.fromkeys(params["RequestItems"], found)}

    def _update_item(self, params: Document) -> Document:
        """Whether the condition holds is the ledger's contract; here it is the scene's whim."""
        item = self.scene.gate_item
        if self.refusing:
            raise _Problem("ConditionalCheckFailedException", "", {"Item": item})
        fence = (self.scene.gate or {}).get("fence", 0) + 1
        return {"Attributes": item | _item({"fence": fence, "lock": fence})}

    # ---- SageMaker -------------------------------------------------------------------------------

    def _describe_endpoint(self, params: Document) -> Document:
        if self.scene.endpoint is None or params["EndpointName"] != ENDPOINT:
            raise _Problem("ValidationException", "Could not find endpoint")
        return self.scene.endpoint

    def _describe_endpoint_config(self, params: Document) -> Document:
        name = params["EndpointConfigName"]
        return {"EndpointConfigArn": f"{SAGEMAKER}:endpoint-config/{name}"} | _there(
            self.scene.configs, name
        )

    def _describe_model(self, params: Document) -> Document:
        name = params["ModelName"]
        return {"ModelArn": f"{SAGEMAKER}:model/{name}"} | _there(self.scene.models, name)

    def _list_tags(self, params: Document) -> Document:
        return {"Tags": []}

    def _list_endpoints(self, params: Document) -> Document:
        shown = self.scene.endpoint
        if shown is None:
            return {"Endpoints": []}
        listed = {"EndpointName": ENDPOINT, "EndpointStatus": shown["EndpointStatus"]}
        return {"Endpoints": [listed | {"LastModifiedTime": datetime(2026, 3, 2, tzinfo=UTC)}]}

    def _describe_model_package(self, params: Document) -> Document:
        return _there({ARN: self.scene.package}, params["ModelPackageName"])

    def _list_model_packages(self, params: Document) -> Document:
        package = self.scene.package
        if package.get("ModelApprovalStatus") != params["ModelApprovalStatus"]:
            return {"ModelPackageSummaryList": []}
        return {"ModelPackageSummaryList": [{**package, "ModelPackageVersion": 7}]}

    def _update_model_package(self, params: Document) -> Document:
        self.decided = params
        return self._changed("UpdateModelPackage")

    def _describe_scalable_targets(self, params: Document) -> Document:
        return {"ScalableTargets": []}

    # ---- everything else -------------------------------------------------------------------------

    def _describe_alarms(self, params: Document) -> Document:
        known = self.scene.alarms.items()
        alarms = [_alarm(name, value) for name, value in known if name in params["AlarmNames"]]
        return {"MetricAlarms": alarms, "CompositeAlarms": []}

    def _get_metric_data(self, params: Document) -> Document:
        empty: Document = {"StatusCode": "Complete", "Values": [], "Timestamps": []}
        return {
            "MetricDataResults": [{"Id": q["Id"], **empty} for q in params["MetricDataQueries"]]
        }

    def _list_metrics(self, params: Document) -> Document:
        return {"Metrics": []}

    def _describe_execution(self, params: Document) -> Document:
        return {"status": "RUNNING" if self.scene.running else "FAILED"}

    def _get_parameter(self, params: Document) -> Document:
        if params["Name"] == NAME:
            return {"Parameter": {"Name": NAME, "Value": SETTINGS}}
        if self.scene.policy is None or not params["Name"].endswith(f"/{GROUP}"):
            raise _Problem("ParameterNotFound", "")
        return {"Parameter": self._parameter}

    def _get_parameters_by_path(self, params: Document) -> Document:
        return {"Parameters": [] if self.scene.policy is None else [self._parameter]}

    @property
    def _parameter(self) -> Document:
        return {
            "Name": f"/penstock/policies/{GROUP}",
            "Type": self.scene.policy_type,
            "Value": self.scene.policy,
            "Version": 3,
            "LastModifiedDate": MOMENT,
        }

    def _get_object(self, params: Document) -> Document:
        report = self.scene.report
        return {"Body": io.BytesIO(report), "ContentLength": len(report), "ETag": '"report"'}

    def _list_objects_v2(self, params: Document) -> Document:
        """One file of captured data, which is as damaged as the report."""
        size = len(self.scene.report)
        found = {"Key": f"{params['Prefix']}1.jsonl", "LastModified": MOMENT, "Size": size}
        return {"Contents": [found], "IsTruncated": False}

    def _head_object(self, params: Document) -> Document:
        return {"ETag": '"artefact"'}

    def _put_events(self, params: Document) -> Document:
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}

    def _publish(self, params: Document) -> Document:
        return {"MessageId": "1"}


class _Problem(Exception):
    def __init__(self, code: str, message: str, more: Document | None = None) -> None:
        super().__init__(code)
        self.code, self.message, self.more = code, message, more or {}


def _there(things: Mapping[str, Document], name: str) -> Document:
    if name not in things:
        raise _Problem("ValidationException", f"Could not find {name}")
    return things[name]


def _item(plain: Document) -> Document:
    return {name: serialize(value) for name, value in plain.items()}


def _alarm(name: str, value: str) -> Document:
    return {"AlarmName": name, "StateValue": value, "StateTransitionedTimestamp": MOMENT}


@contextmanager
def reached(account: Account) -> Iterator[None]:
    """Every session made in here meets this account, in the environment that the template makes."""
    hooks: list[Any] = [
        ("before-parameter-build", account.keep_params),
        ("before-call", account.answer),
    ]
    with pytest.MonkeyPatch.context() as environment:
        for name, value in ENVIRONMENT.items():
            environment.setenv(name, value)
        handlers.BUILTIN_HANDLERS.extend(hooks)
        try:
            yield
        finally:
            for hook in hooks:
                handlers.BUILTIN_HANDLERS.remove(hook)
