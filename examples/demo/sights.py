"""Observes an endpoint and its releases from outside, as an operator could."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from twin.cloud import Twin
from twin.observations import Execution

PERCENT = 100


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
        self._models: dict[str, dict[str, str]] = {}
        self._variants: dict[str, str] = {}

    def endpoint(self) -> tuple[str, dict[str, float]]:
        """Return the status and the traffic share of each model in percent.

        Without an endpoint the status is "" and there are no shares.
        """
        try:
            seen = self._sagemaker.describe_endpoint(EndpointName=self.name)
        except ClientError as error:
            if "Could not find" not in error.response["Error"]["Message"]:
                raise
            return "", {}
        return str(seen["EndpointStatus"]), self._shares(seen)

    def variant_of(self, model: str) -> str:
        """Return the variant behind which the model was last seen: a failed request has none."""
        return self._variants.get(model, "unknown")

    def release(self, package: str) -> Execution | None:
        """Return the newest execution that was started for a package, or None."""
        arn = self._twin.outputs["ReleaseStateMachineArn"]
        listed = self._machine.list_executions(stateMachineArn=arn)["executions"]
        found = (self._twin.execution(one["executionArn"]) for one in listed)
        return next((one for one in found if one.input.get("model_package_arn") == package), None)

    def transcript(self, release: str) -> str | None:
        """Return the transcript of a release's judged minutes. None if nothing was compared."""
        bucket = self._twin.outputs["EvidenceBucketName"]
        key = f"releases/{self.name}/{release}/minutes.json"
        try:
            found = self._twin.client("s3").get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchKey":
                raise
            return None
        return str(found["Body"].read().decode())

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
        return {model: PERCENT * weight / total for model, weight in weights.items() if total}

    def _models_behind(self, config: str) -> dict[str, str]:
        """Map variants to models. Each configuration is read once, because it never changes."""
        if config not in self._models:
            described = self._sagemaker.describe_endpoint_config(EndpointConfigName=config)
            self._models[config] = {
                variant["VariantName"]: self._name(variant["ModelName"])
                for variant in described["ProductionVariants"]
            }
        return self._models[config]

    def _name(self, model: str) -> str:
        described = self._sagemaker.describe_model(ModelName=model)
        containers = [described.get("PrimaryContainer"), *described.get("Containers", [])]
        packages = [one["ModelPackageName"] for one in containers if one]
        return self._names[packages[0]]
