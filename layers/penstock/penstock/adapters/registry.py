"""The SageMaker Model Registry."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from penstock.adapters.failures import translated
from penstock.domain.errors import Missing
from penstock.domain.ledger.lifecycle import LifeStage
from penstock.domain.policy.approval import ReportName
from penstock.domain.reviewing.package import (
    UNDERWAY,
    ApprovalStatus,
    Container,
    Package,
    ReportSource,
    parse_package_arn,
)
from penstock.ports.registry import ListedPackage

# Where DescribeModelPackage's ModelMetrics keeps each report (facts 2.1).
_REPORTS: dict[ReportName, tuple[str, str]] = {
    "model_quality": ("ModelQuality", "Statistics"),
    "model_data_quality": ("ModelDataQuality", "Statistics"),
    "bias": ("Bias", "Report"),
    "bias_pre_training": ("Bias", "PreTrainingReport"),
    "bias_post_training": ("Bias", "PostTrainingReport"),
    "explainability": ("Explainability", "Report"),
}


_FEW, _MANY = 10, 100
"""Page sizes: if the first match is enough, and if all are wanted."""


class SageMakerRegistry:
    """Registry, through a boto3 SageMaker client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def package(self, arn: str) -> Package:
        """The package as it is now.

        Raises:
            Missing: There is none.
            Refused: It is unversioned.
        """
        with translated():
            found = self._client.describe_model_package(ModelPackageName=arn)
        return _package(found)

    def pending(self, group: str) -> list[ListedPackage]:
        """Packages without a decision, oldest first."""
        waiting = self._listed(group, "PendingManualApproval", UNDERWAY, newest_first=False)
        return [ListedPackage(s["ModelPackageArn"], _millis(s["CreationTime"])) for s in waiting]

    def newest_approved(self, group: str) -> Package | None:
        """The highest Completed and Approved version."""
        listed = self._listed(group, "Approved", {"Completed"}, newest_first=True)
        newest = next(listed, None)
        return self.package(newest["ModelPackageArn"]) if newest else None

    def decide(
        self,
        arn: str,
        approval: ApprovalStatus | None,
        description: str,
        metadata: Mapping[str, str],
    ) -> None:
        """Write the decision and its reasons in one call. Metadata merges by key (facts 2.1)."""
        request: dict[str, Any] = {"ModelPackageArn": arn, "ApprovalDescription": description}
        if approval:
            request["ModelApprovalStatus"] = approval
        if metadata:
            request["CustomerMetadataProperties"] = dict(metadata)
        with translated():
            self._client.update_model_package(**request)

    def _listed(
        self, group: str, approval: str, statuses: Collection[str], *, newest_first: bool
    ) -> Iterator[dict[str, Any]]:
        """Versions with this approval, page by page.

        ListModelPackages cannot filter by status. Version numbers grow with creation.
        """
        pages = self._client.get_paginator("list_model_packages").paginate(
            ModelPackageGroupName=group,
            ModelApprovalStatus=approval,
            ModelPackageType="Versioned",
            SortBy="CreationTime",
            SortOrder="Descending" if newest_first else "Ascending",
            PaginationConfig={"PageSize": _FEW if newest_first else _MANY},
        )
        left = iter(pages)
        while (page := _next(left)) is not None:
            listed = page["ModelPackageSummaryList"]
            in_order = _by_version(listed, newest_first=newest_first)
            yield from (s for s in in_order if s["ModelPackageStatus"] in statuses)


def _next(pages: Iterator[dict[str, Any]]) -> dict[str, Any] | None:
    """The next page. None after the last one and for an unknown group."""
    try:
        with translated():
            return next(pages, None)
    except Missing:
        return None


def _by_version(listed: list[dict[str, Any]], *, newest_first: bool) -> list[dict[str, Any]]:
    """Sort by version, because two packages may have the same creation time."""
    return sorted(listed, key=lambda s: int(s["ModelPackageVersion"]), reverse=newest_first)


def _package(found: Mapping[str, Any]) -> Package:
    parts = parse_package_arn(found["ModelPackageArn"])
    containers = (found.get("InferenceSpecification") or {}).get("Containers") or []
    created = _millis(found["CreationTime"])
    modified = found.get("LastModifiedTime")
    return Package(
        arn=found["ModelPackageArn"],
        group=found.get("ModelPackageGroupName") or parts.name,
        version=parts.version,
        region=parts.region,
        account=parts.account,
        status=found["ModelPackageStatus"],
        approval=found.get("ModelApprovalStatus") or "PendingManualApproval",
        created_at=created,
        last_modified=_millis(modified) if modified else created,
        containers=tuple(_container(c) for c in containers),
        others={
            other["Name"]: tuple(_container(c) for c in other["Containers"])
            for other in found.get("AdditionalInferenceSpecifications") or []
        },
        has_inference_spec=bool(containers),
        reports=dict(_reports(found.get("ModelMetrics") or {})),
        metadata=found.get("CustomerMetadataProperties") or {},
        life=_life(found.get("ModelLifeCycle")),
        approval_description=found.get("ApprovalDescription") or "",
    )


def _life(found: Mapping[str, Any] | None) -> LifeStage | None:
    if not found:
        return None
    return LifeStage(
        stage=found["Stage"], status=found["StageStatus"], description=found.get("StageDescription")
    )


def _container(found: Mapping[str, Any]) -> Container:
    source = _s3(found.get("ModelDataSource"))
    return Container(
        image=found.get("Image"),
        image_digest=found.get("ImageDigest"),
        model_data_url=found.get("ModelDataUrl") or source.get("S3Uri"),
        more_artefacts=tuple(_more_artefacts(found, source)),
        environment=found.get("Environment") or {},
        hostname=found.get("ContainerHostname"),
        product=found.get("ProductId"),
    )


def _more_artefacts(found: Mapping[str, Any], source: Mapping[str, Any]) -> Iterator[str]:
    """S3 URIs beside the model's own: its manifest, and additional data sources."""
    own = [source["ManifestS3Uri"]] if source.get("ManifestS3Uri") else []
    if found.get("ModelDataUrl") and source.get("S3Uri"):
        own.append(source["S3Uri"])
    yield from own
    more = [_s3(other) for other in found.get("AdditionalModelDataSources") or []]
    for other in [*more, found.get("AdditionalS3DataSource") or {}]:
        yield from (other[key] for key in ("S3Uri", "ManifestS3Uri") if other.get(key))


def _s3(source: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return (source or {}).get("S3DataSource") or {}


def _reports(metrics: Mapping[str, Any]) -> Iterator[tuple[ReportName, ReportSource]]:
    for name, (family, member) in _REPORTS.items():
        source = (metrics.get(family) or {}).get(member)
        if source:
            yield name, ReportSource(uri=source["S3Uri"], digest=source.get("ContentDigest"))


def _millis(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
