"""Observes an endpoint and its releases from outside, as an operator could."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from examples.demo.deployment import capacity
from twin.cloud import Twin
from twin.observations import Execution

PERCENT = 100


class Seen(NamedTuple):
    """An endpoint at a moment: its status, and percent of the requests by model.

    `copies` has the shadow, whose answers nobody gets.
    """

    status: str
    shares: Mapping[str, float]
    copies: Mapping[str, float]


class Sights:
    """Observes an endpoint by model instead of by variant.

    `names` maps the ARN of each package to its model's name.
    """

    def __init__(self, twin: Twin, name: str, names: Mapping[str, str]) -> None:
        self._twin = twin
        self.name = name
        self._names = names
        self._sagemaker = twin.client("sagemaker")
        self._machine = twin.client("stepfunctions")
        self._models: dict[tuple[str, str], dict[str, str]] = {}
        self._variants: dict[str, str] = {}

    def endpoint(self) -> Seen:
        """Return what is seen. Without an endpoint the status is "" and there are no shares."""
        try:
            seen = self._sagemaker.describe_endpoint(EndpointName=self.name)
        except ClientError as error:
            if "Could not find" not in error.response["Error"]["Message"]:
                raise
            return Seen("", {}, {})
        return Seen(str(seen["EndpointStatus"]), self._shares(seen), self._copies(seen))

    def variant_of(self, model: str) -> str:
        """Return the variant behind which the model was last seen: a failed request has none."""
        return self._variants.get(model, "unknown")

    def release(self, package: str) -> Execution | None:
        """Return the newest execution for a package that has something to do, or None.

        An event that came twice, or a sweep at the same moment, starts one that has not.
        """
        arn = self._twin.outputs["ReleaseStateMachineArn"]
        listed = self._machine.list_executions(stateMachineArn=arn)["executions"]
        found = (self._twin.execution(one["executionArn"]) for one in listed)
        return next((one for one in found if _releases(one, package)), None)

    def transcript(self, release: str) -> str | None:
        """Return the transcript of a release's judged minutes. None if nothing was compared."""
        return next(reversed(self._versions(release, "minutes")), None)

    def notes(self, release: str, name: str) -> list[dict[str, Any]]:
        """Return all versions of a document beside the minutes, oldest first."""
        return [json.loads(version) for version in self._versions(release, name)]

    def _versions(self, release: str, name: str) -> list[str]:
        """Read an object of the evidence bucket, which keeps versions."""
        place = {
            "Bucket": self._twin.outputs["EvidenceBucketName"],
            "Key": f"releases/{self.name}/{release}/{name}.json",
        }
        s3 = self._twin.client("s3")
        pages = s3.get_paginator("list_object_versions").paginate(
            Bucket=place["Bucket"], Prefix=place["Key"]
        )
        versions = [one["VersionId"] for page in pages for one in page.get("Versions", [])]
        found = (s3.get_object(**place, VersionId=version) for version in reversed(versions))
        return [each["Body"].read().decode() for each in found]

    def states(self, package: str) -> list[str]:
        """Return the states that the package's release has entered, in order.

        They come from the twin itself: GetExecutionHistory takes 0.1 s for hundreds of events.
        """
        release = self.release(package) if package else None
        for execution in self._twin.machines.executions() if release else []:
            if release and execution.exec_arn == release.arn:
                events = execution.to_history_output()["events"]
                details = (event.get("stateEnteredEventDetails") for event in events)
                return [str(detail["name"]) for detail in details if detail]
        return []

    def _shares(self, seen: Mapping[str, Any]) -> dict[str, float]:
        behind = self._models_behind(seen["EndpointConfigName"])
        weights = {
            behind[variant["VariantName"]]: variant.get("CurrentWeight", 0.0)
            for variant in seen.get("ProductionVariants", [])
        }
        self._variants.update({model: variant for variant, model in behind.items()})
        total = sum(weights.values())
        shares = {model: PERCENT * weight / total for model, weight in weights.items() if total}
        return self._deployed(shares, seen.get("PendingDeploymentSummary", {}))

    def _deployed(self, shares: dict[str, float], pending: Mapping[str, Any]) -> dict[str, float]:
        """Return the shares beside the new fleet, if SageMaker shifts to one by itself."""
        part = capacity(pending)
        if part is None:
            return shares
        (variant, model), *_ = self._models_behind(pending["EndpointConfigName"]).items()
        self._variants[model] = variant
        new = {model: PERCENT * part} if part else {}
        return {name: share * (1 - part) for name, share in shares.items()} | new

    def _copies(self, seen: Mapping[str, Any]) -> dict[str, float]:
        """AWS: the weights of a shadow and of its production variant are the part of copies."""
        live, shadows = seen.get("ProductionVariants", []), seen.get("ShadowProductionVariants", [])
        behind = self._shadows_behind(seen["EndpointConfigName"]) if shadows else {}
        return {
            behind[shadow["VariantName"]]: PERCENT
            * min(shadow.get("CurrentWeight", 0.0) / live[0]["CurrentWeight"], 1.0)
            for shadow in shadows
        }

    def _models_behind(self, config: str) -> dict[str, str]:
        """Map variants to models. Each configuration is read once, because it never changes."""
        return self._behind(config, "ProductionVariants")

    def _shadows_behind(self, config: str) -> dict[str, str]:
        return self._behind(config, "ShadowProductionVariants")

    def _behind(self, config: str, kind: str) -> dict[str, str]:
        if (config, kind) not in self._models:
            described = self._sagemaker.describe_endpoint_config(EndpointConfigName=config)
            self._models[config, kind] = {
                variant["VariantName"]: self._name(variant["ModelName"])
                for variant in described.get(kind, [])
            }
        return self._models[config, kind]

    def _name(self, model: str) -> str:
        described = self._sagemaker.describe_model(ModelName=model)
        containers = [described.get("PrimaryContainer"), *described.get("Containers", [])]
        packages = [one["ModelPackageName"] for one in containers if one]
        return self._names[packages[0]]


def _releases(execution: Execution, package: str) -> bool:
    said = execution.output or {}
    is_of_package = execution.input.get("model_package_arn") == package
    return is_of_package and said.get("ending") != "nothing_to_do"
