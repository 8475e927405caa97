"""SageMaker models: the data that CreateModel stores, and the container that serves it."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from twin.core.account import Account, Answer, Handler, Params, refused
from twin.core.hooks import NotSupportedByTwin
from twin.core.listing import page

_UNSUPPORTED = ("InferenceExecutionConfig",)
_CONTAINER_UNSUPPORTED = (
    "AdditionalModelDataSources",
    "ContainerMetricsConfig",
    "ImageConfig",
    "ModelDataSource",
    "MultiModelConfig",
)
_MOST_ENVIRONMENT_BYTES = 32 * 1024


@dataclass(frozen=True)
class Container:
    """The data that a model server is started with."""

    image: str
    model_data_url: str | None
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Model:
    """An immutable model. Its `container` was resolved at its creation."""

    name: str
    arn: str
    created: datetime
    request: Params
    container: Container


def names_of(model: Model) -> tuple[str, ...]:
    """Return the names by which tests know a model: its own, and its ModelDataUrl."""
    return tuple(name for name in (model.name, model.container.model_data_url) if name)


class Models:
    """Every model of the account. `package` finds a model package by name or ARN.

    `package_wins` says whether the package's value of a variable applies if CreateModel sets it,
    too. `shows_package` says whether DescribeModel shows a package's variables. AWS documents
    neither, so that tests try both values.
    """

    def __init__(self, account: Account, package: Callable[[str], Answer]) -> None:
        self.package_wins = False
        self.shows_package = False
        self._account = account
        self._package = package
        self._models: dict[str, Model] = {}

    def operations(self) -> Mapping[str, Handler]:
        return {
            "CreateModel": self.create,
            "DescribeModel": self.describe,
            "DeleteModel": self.delete,
            "ListModels": self.list_models,
        }

    def create(self, params: Params) -> Answer:
        """AWS: neither the artefact nor the image is checked here (facts 2.3)."""
        name = params["ModelName"]
        arn = self._account.arn("model", name)
        if any(model.arn == arn for model in self._models.values()):
            raise refused(f'Cannot create already existing model "{arn}".')
        if "ExecutionRoleArn" not in params:
            raise refused("ExecutionRoleArn is required.")
        container = self._container(params)
        request = deepcopy(dict(params))
        request.pop("Tags", None)
        self._models[name] = Model(name, arn, self._account.now(), request, container)
        self._account.tag(arn, params.get("Tags", ()))
        return {"ModelArn": arn}

    def describe(self, params: Params) -> Answer:
        model = self.get(params["ModelName"])
        answer = deepcopy(dict(model.request))
        for container in (answer.get("PrimaryContainer"), *answer.get("Containers", ())):
            if container is not None:
                container.setdefault("Mode", "SingleModel")
                container.setdefault("Environment", {})
                if self.shows_package:
                    container["Environment"] = dict(model.container.environment)
        return {
            "EnableNetworkIsolation": False,
            **answer,
            "ModelArn": model.arn,
            "CreationTime": model.created,
        }

    def list_models(self, params: Params) -> Answer:
        summaries = [
            {"ModelName": m.name, "ModelArn": m.arn, "CreationTime": m.created}
            for m in self._models.values()
        ]
        return page(summaries, params, "Models", _name, "Descending")

    def delete(self, params: Params) -> Answer:
        """AWS: a model in use can be deleted (facts 3.1)."""
        model = self.get(params["ModelName"])
        del self._models[model.name]
        self._account.tags.pop(model.arn, None)
        return {}

    def get(self, name: str) -> Model:
        if name not in self._models:
            raise refused(f'Could not find model "{self._account.arn("model", name)}".')
        return self._models[name]

    def _container(self, params: Params) -> Container:
        for name in _UNSUPPORTED:
            if name in params:
                raise NotSupportedByTwin(f"{name} of a model")
        if ("PrimaryContainer" in params) == bool(params.get("Containers")):
            raise refused("Exactly one of PrimaryContainer and Containers is required.")
        containers = params.get("Containers") or [params["PrimaryContainer"]]
        return self._resolve(_only_one(containers, "a model"))

    def _resolve(self, definition: Params) -> Container:
        for name in _CONTAINER_UNSUPPORTED:
            if name in definition:
                raise NotSupportedByTwin(f"{name} of a container")
        if definition.get("Mode", "SingleModel") != "SingleModel":
            raise NotSupportedByTwin("multi-model containers")
        environment = definition.get("Environment", {})
        _limit(environment)
        if "ModelPackageName" not in definition:
            if "InferenceSpecificationName" in definition:
                raise refused("InferenceSpecificationName needs a ModelPackageName.")
            return _container(definition, environment)
        return self._from_package(definition, environment)

    def _from_package(self, definition: Params, environment: Mapping[str, str]) -> Container:
        """Refuse packages that are not approved and completed.

        AWS: a package must be Approved to be deployed (facts 2.1). CreateModel probably checks it.
        """
        if "Image" in definition or "ModelDataUrl" in definition:
            raise refused("ModelPackageName excludes Image and ModelDataUrl.")
        package = self._package(definition["ModelPackageName"])
        arn = package["ModelPackageArn"]
        for field, wanted in _DEPLOYABLE.items():
            if package[field] != wanted:
                raise refused(f"Model package {arn} cannot be deployed: {field} is not {wanted}.")
        containers = _specification(package, definition).get("Containers", ())
        container = _only_one(containers, "a model package")
        brought = container.get("Environment", {})
        both = (environment, brought) if self.package_wins else (brought, environment)
        return _container(container, {**both[0], **both[1]})


_DEPLOYABLE = {"ModelPackageStatus": "Completed", "ModelApprovalStatus": "Approved"}


def _specification(package: Answer, definition: Params) -> Answer:
    """AWS: an additional specification is selected by its name (facts 2.1)."""
    name = definition.get("InferenceSpecificationName")
    if name is None:
        return dict(package.get("InferenceSpecification", {}))
    for other in package.get("AdditionalInferenceSpecifications", ()):
        if other["Name"] == name:
            return dict(other)
    arn = package["ModelPackageArn"]
    raise refused(f"Could not find inference specification {name} in model package {arn}.")


def _only_one(containers: list[Answer], of: str) -> Answer:
    if len(containers) != 1:
        raise NotSupportedByTwin(f"{len(containers)} containers in {of}")
    return containers[0]


def _container(definition: Params, environment: Mapping[str, str]) -> Container:
    if "Image" not in definition:
        raise refused("A container needs an Image or a ModelPackageName.")
    if "ModelDataSource" in definition:
        raise NotSupportedByTwin("ModelDataSource of a container")
    return Container(definition["Image"], definition.get("ModelDataUrl"), dict(environment))


def _limit(environment: Mapping[str, str]) -> None:
    size = sum(len(key.encode()) + len(value.encode()) for key, value in environment.items())
    if size > _MOST_ENVIRONMENT_BYTES:
        raise refused("The environment of a container has at most 32 KB.")


def _name(summary: Mapping[str, Any]) -> str:
    return str(summary["ModelName"])
