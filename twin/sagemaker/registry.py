"""The Model Registry: package groups, versions, approval, and their events."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any, Literal

from twin.core.account import Account, Answer, Handler, Params, refused
from twin.core.hooks import NotSupportedByTwin
from twin.core.listing import page

Status = Literal["Pending", "InProgress", "Completed", "Failed", "Deleting"]
Digests = Callable[[str], str | None]

_MOST_METADATA = 50
_EVENT = "SageMaker Model Package State Change"
_CREATION_UNSUPPORTED = ("ManagedStorageType", "ModelCard")
_UPDATE_UNSUPPORTED = (
    "AdditionalInferenceSpecificationsToAdd",
    "ClientToken",
    "ModelCard",
    "ModelPackageRegistrationType",
)
# AWS: the values of UpdatedModelPackageFields, `sourceUri` in lower case (facts 1.2).
_FIELD_IN_EVENT = {
    "ModelLifeCycle": "ModelLifeCycle",
    "ModelApprovalStatus": "ModelApprovalStatus",
    "ApprovalDescription": "ApprovalDescription",
    "SourceUri": "sourceUri",
    "CustomerMetadataProperties": "CustomerMetadataProperties",
    "CustomerMetadataPropertiesToRemove": "CustomerMetadataProperties",
    "InferenceSpecification": "InferenceSpecification",
}
_REPLACED = (
    "ModelLifeCycle",
    "ModelApprovalStatus",
    "ApprovalDescription",
    "SourceUri",
    "InferenceSpecification",
)
# AWS: CustomerMetadataProperties are not in the detail (facts 1.2).
_IN_EVENT = (
    "ModelPackageName",
    "ModelPackageGroupName",
    "ModelPackageVersion",
    "ModelPackageArn",
    "ModelPackageDescription",
    "InferenceSpecification",
    "ModelPackageStatus",
    "ModelPackageStatusDetails",
    "CertifyForMarketplace",
    "ModelApprovalStatus",
    "MetadataProperties",
    "ModelMetrics",
    "ModelLifeCycle",
)
_IN_SUMMARY = (
    "ModelPackageName",
    "ModelPackageGroupName",
    "ModelPackageVersion",
    "ModelPackageArn",
    "ModelPackageDescription",
    "CreationTime",
    "ModelPackageStatus",
    "ModelApprovalStatus",
    "ModelLifeCycle",
    "ModelPackageRegistrationType",
)


class Registry:
    """Package groups and packages of one account.

    `digest_of` returns an image's digest, which registration adds to the event and the description.
    """

    def __init__(self, account: Account, digest_of: Digests) -> None:
        self._account = account
        self._digest_of = digest_of
        self._groups: dict[str, Answer] = {}
        self._packages: dict[str, Answer] = {}
        self._created_by_token: dict[str, str] = {}

    def operations(self) -> Mapping[str, Handler]:
        return {
            "CreateModelPackageGroup": self.create_group,
            "DescribeModelPackageGroup": self.describe_group,
            "CreateModelPackage": self.create,
            "DescribeModelPackage": self.describe,
            "UpdateModelPackage": self.update,
            "ListModelPackages": self.list_packages,
        }

    def create_group(self, params: Params) -> Answer:
        name = params["ModelPackageGroupName"]
        if name in self._groups:
            raise refused(f"Model Package Group already exists: {self._group_arn(name)}")
        if "ManagedConfiguration" in params:
            raise NotSupportedByTwin("ManagedConfiguration of a model package group")
        arn = self._group_arn(name)
        self._groups[name] = {
            **{key: value for key, value in params.items() if key != "Tags"},
            "ModelPackageGroupArn": arn,
            "ModelPackageGroupStatus": "Completed",
            "CreationTime": self._account.now(),
            "CreatedBy": {},
        }
        self._account.tag(arn, params.get("Tags", ()))
        return {"ModelPackageGroupArn": arn}

    def describe_group(self, params: Params) -> Answer:
        return deepcopy(self._groups[self._group(params["ModelPackageGroupName"])])

    def create(self, params: Params) -> Answer:
        """AWS: the approval status defaults to PendingManualApproval (facts 2.1)."""
        _refuse(params, _CREATION_UNSUPPORTED)
        token = params["ClientToken"]
        if token not in self._created_by_token:
            package = self._new_package(params)
            self._packages[package["ModelPackageArn"]] = package
            self._created_by_token[token] = package["ModelPackageArn"]
            self._emit(package, package["CreationTime"], {})
        return {"ModelPackageArn": self._created_by_token[token]}

    def describe(self, params: Params) -> Answer:
        return deepcopy(self.package(params["ModelPackageName"]))

    def update(self, params: Params) -> Answer:
        """AWS: omitted fields are kept, and metadata is merged by key (facts 2.1)."""
        _refuse(params, _UPDATE_UNSUPPORTED)
        package = self.package(params["ModelPackageArn"])
        changed = _changed(params)
        _change_metadata(package, params)
        package.update({key: deepcopy(params[key]) for key in _REPLACED if key in params})
        package["LastModifiedTime"] = self._account.now()
        package["LastModifiedBy"] = {}
        fields = {"UpdatedModelPackageFields": changed}
        self._emit(package, package["LastModifiedTime"], fields)
        return {"ModelPackageArn": package["ModelPackageArn"]}

    def list_packages(self, params: Params) -> Answer:
        """AWS: without a group the default type is Unversioned. Order is Ascending (facts 2.1)."""
        if "ModelPackageGroupName" in params:
            self._group(params["ModelPackageGroupName"])
        wanted = [package for package in self._packages.values() if self._listed(package, params)]
        summaries = [_only(package, _IN_SUMMARY) for package in wanted]
        return page(summaries, params, "ModelPackageSummaryList", _name, "Ascending")

    def package(self, name_or_arn: str) -> Answer:
        """Return the mutable record of a package by ARN, name or group/version."""
        arn = name_or_arn
        if not arn.startswith("arn:"):
            arn = self._account.arn("model-package", name_or_arn)
        if arn not in self._packages:
            raise refused(f"ModelPackage {arn} does not exist.")
        return self._packages[arn]

    def set_status(self, arn: str, status: Status) -> None:
        """Set a package's ModelPackageStatus, because registration is not always instant."""
        with self._account.lock:
            package = self.package(arn)
            package["ModelPackageStatus"] = status
            self._emit(package, self._account.now(), {})

    def _new_package(self, params: Params) -> Answer:
        kept = ("ClientToken", "Tags", "ModelPackageGroupName")
        package: Answer = {
            "CertifyForMarketplace": False,
            "ModelApprovalStatus": "PendingManualApproval",
            "SkipModelValidation": "None",
            **{key: deepcopy(value) for key, value in params.items() if key not in kept},
            **self._identity(params),
            "CreationTime": self._account.now(),
            "CreatedBy": {},
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        }
        for container in _containers(package):
            digest = self._digest_of(container.get("Image", ""))
            if digest:
                container.setdefault("ImageDigest", digest)
        return package

    def _identity(self, params: Params) -> Answer:
        if ("ModelPackageName" in params) == ("ModelPackageGroupName" in params):
            raise refused("Exactly one of ModelPackageName and ModelPackageGroupName is required.")
        if "ModelPackageGroupName" in params:
            return self._version(params)
        arn = self._account.arn("model-package", params["ModelPackageName"])
        if arn in self._packages:
            raise refused(f"ModelPackage already exists: {arn}")
        self._account.tag(arn, params.get("Tags", ()))
        return {"ModelPackageArn": arn}

    def _version(self, params: Params) -> Answer:
        if "Tags" in params:
            raise refused("Tags are not supported for versioned model packages.")
        group = self._group(params["ModelPackageGroupName"])
        version = 1 + sum(
            package.get("ModelPackageGroupName") == group for package in self._packages.values()
        )
        return {
            "ModelPackageGroupName": group,
            "ModelPackageVersion": version,
            "ModelPackageArn": self._account.arn("model-package", f"{group}/{version}"),
        }

    def _group_arn(self, name: str) -> str:
        return self._account.arn("model-package-group", name)

    def _group(self, name_or_arn: str) -> str:
        """Return the group's name with its original case. ARNs are in lower case."""
        for name in self._groups:
            if name_or_arn in (name, self._group_arn(name)):
                return name
        arn = name_or_arn if name_or_arn.startswith("arn:") else self._group_arn(name_or_arn)
        raise refused(f"ModelPackageGroup {arn} does not exist.")

    def _listed(self, package: Answer, params: Params) -> bool:
        status = params.get("ModelApprovalStatus", package["ModelApprovalStatus"])
        return package["ModelApprovalStatus"] == status and self._of_type(package, params)

    def _of_type(self, package: Answer, params: Params) -> bool:
        if "ModelPackageGroupName" in params:
            group = self._group(params["ModelPackageGroupName"])
            return bool(package.get("ModelPackageGroupName") == group)
        kind = params.get("ModelPackageType", "Unversioned")
        versioned = "ModelPackageVersion" in package
        return bool(kind == "Both" or versioned == (kind == "Versioned"))

    def _emit(self, package: Answer, modified: datetime, fields: Mapping[str, Any]) -> None:
        detail = {
            **deepcopy(_only(package, _IN_EVENT)),
            "CreationTime": _event_time(package["CreationTime"]),
            "LastModifiedTime": _event_time(modified),
            **fields,
        }
        self._account.emit("aws.sagemaker", _EVENT, detail, [package["ModelPackageArn"]])


def _containers(package: Answer) -> Iterator[Answer]:
    """Yield the containers of every inference specification."""
    own = package.get("InferenceSpecification", {})
    for specification in (own, *package.get("AdditionalInferenceSpecifications", ())):
        yield from specification.get("Containers", ())


def _refuse(params: Params, unsupported: tuple[str, ...]) -> None:
    for name in unsupported:
        if name in params:
            raise NotSupportedByTwin(f"{name} of a model package")


def _changed(params: Params) -> list[str]:
    """Return the names of the updated fields, as the event has them."""
    names = dict.fromkeys(_FIELD_IN_EVENT[key] for key in params if key in _FIELD_IN_EVENT)
    if not names:
        raise NotSupportedByTwin("an UpdateModelPackage that changes nothing")
    return list(names)


def _change_metadata(package: Answer, params: Params) -> None:
    metadata = {
        **package.get("CustomerMetadataProperties", {}),
        **params.get("CustomerMetadataProperties", {}),
    }
    for key in params.get("CustomerMetadataPropertiesToRemove", ()):
        metadata.pop(key, None)
    if len(metadata) > _MOST_METADATA:
        raise refused("A model package has at most 50 customer metadata properties.")
    package.pop("CustomerMetadataProperties", None)
    if metadata:
        package["CustomerMetadataProperties"] = metadata


def _only(package: Answer, names: tuple[str, ...]) -> Answer:
    return {name: package[name] for name in names if name in package}


def _name(package: Mapping[str, Any]) -> str:
    return str(package.get("ModelPackageName") or package["ModelPackageGroupName"])


def _event_time(moment: datetime) -> str:
    """AWS: package events have a resolution of seconds (facts 1.1)."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
