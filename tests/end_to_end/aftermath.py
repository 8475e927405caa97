"""Everything about an endpoint and its group that a lacking permission may change.

Without names, times and texts: two plays of one scene look the same.
"""

from collections import Counter

from penstock.domain.ledger.record import ReleaseRecord
from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import ending
from tests.end_to_end.policies import Document
from twin.observations import Execution


def aftermath(bench: Bench) -> dict[str, object]:
    """What is there, what was said, and how everything ended."""
    return {
        "ends": [_end(execution) for execution in bench.executions()],
        "said": Counter(event["detail-type"] for event in bench.said()),
        "told": len(bench.mail()),
        "endpoint": (bench.status, _served(bench)),
        "gate": _gate(bench),
        "releases": [_release(bench, record) for record in bench.records()],
        "packages": _packages(bench),
        "configurations": len(bench.configurations()),
        "alarms": len(bench.alarms()),
        "suspended": _suspended(bench),
    }


def _end(execution: Execution) -> tuple[object, ...]:
    said = ending(execution) or {}
    failed = "a step failed" in said.get("reason", "")
    return (execution.status, execution.error, said.get("ending"), said.get("tidy"), failed)


def _served(bench: Bench) -> dict[str, float] | None:
    return bench.shares if bench.exists else None


def _gate(bench: Bench) -> dict[str, object]:
    gate = bench.gate()
    flags = ("owner", "lock", "halt", "drift", "attention", "tidy", "wanted", "serving", "previous")
    return {
        "step": gate.step,
        "leftovers": len(gate.leftovers),
        **{name: getattr(gate, name) is not None for name in flags},
    }


def _release(bench: Bench, record: ReleaseRecord) -> tuple[object, ...]:
    return record.state, record.retired, record.model is not None and _exists(bench, record.model)


def _exists(bench: Bench, model: str) -> bool:
    sagemaker = bench.twin.client("sagemaker")
    try:
        sagemaker.describe_model(ModelName=model)
    except sagemaker.exceptions.ClientError:
        return False
    return True


def _suspended(bench: Bench) -> list[object]:
    """Of every scalable target, what it does not do for now."""
    shown = bench.twin.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="sagemaker", ResourceIds=[f"endpoint/{bench.endpoint}/variant/live"]
    )
    return [target.get("SuspendedState") for target in shown["ScalableTargets"]]


def _packages(bench: Bench) -> list[tuple[object, ...]]:
    listed = bench.twin.client("sagemaker").list_model_packages(ModelPackageGroupName=bench.group)
    arns = (each["ModelPackageArn"] for each in listed["ModelPackageSummaryList"])
    return [_decision(bench.package(arn)) for arn in arns]


def _decision(package: Document) -> tuple[object, ...]:
    written = len(package.get("CustomerMetadataProperties", {}))
    return package["ModelApprovalStatus"], "ApprovalDescription" in package, written
