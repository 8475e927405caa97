"""The permissions that SageMaker's calls need."""

from collections.abc import Callable, Iterator, Mapping

from twin.iam.permission_needs import Need, Needs, Params, anything, arn, as_given, on, request_tags


def _sagemaker(kind: str, name: str) -> Callable[[Params], str]:
    """AWS: names are lower-cased in ARNs. A parameter for a name may also have an ARN."""

    def resource(params: Params) -> str:
        value = str(params[name])
        return value if value.startswith("arn:") else arn("sagemaker", f"{kind}/{value.lower()}")

    return resource


def _creates(resource: Callable[[Params], str], *others: Callable[[Params], str]) -> Needs:
    """Return the needs of creating a resource, with those of its tags and passed role."""

    def needs(operation: str, params: Params) -> Iterator[Need]:
        context = request_tags(params.get("Tags", []))
        for each in (resource, *others):
            yield Need(f"sagemaker:{operation}", each(params), context)
        if params.get("Tags"):
            yield Need("sagemaker:AddTags", resource(params), context)
        if "ExecutionRoleArn" in params:
            passed = {"iam:passedtoservice": ("sagemaker.amazonaws.com",)}
            yield Need("iam:PassRole", str(params["ExecutionRoleArn"]), passed)

    return needs


def _updates_package(operation: str, params: Params) -> Iterator[Need]:
    life = params.get("ModelLifeCycle", {})
    given = {
        "sagemaker:modelapprovalstatus": params.get("ModelApprovalStatus"),
        "sagemaker:modellifecycle:stage": life.get("Stage"),
        "sagemaker:modellifecycle:stagestatus": life.get("StageStatus"),
    }
    context = {key: (str(value),) for key, value in given.items() if value is not None}
    resource = _sagemaker("model-package", "ModelPackageArn")(params)
    yield Need(f"sagemaker:{operation}", resource, context)


def _packages(params: Params) -> str:
    """Return the ARN of all versions of the group, or of all packages."""
    group = params.get("ModelPackageGroupName")
    name = "" if group is None else f"{str(group).rsplit('/', 1)[-1].lower()}/"
    return arn("sagemaker", f"model-package/{name}*")


def _groups(params: Params) -> str:
    return arn("sagemaker", f"model-package-group/{_group_of(params).rstrip('/') or '*'}")


def _group_of(params: Params) -> str:
    group = params.get("ModelPackageGroupName")
    return "" if group is None else f"{str(group).rsplit('/', 1)[-1].lower()}/"


def _made_of(operation: str, params: Params) -> Iterator[Need]:
    for container in params.get("Containers", [params.get("PrimaryContainer", {})]):
        if "ModelPackageName" in container:
            yield Need(f"sagemaker:{operation}", _PACKAGE(container))


_ENDPOINT = _sagemaker("endpoint", "EndpointName")
_CONFIG = _sagemaker("endpoint-config", "EndpointConfigName")
_MODEL = _sagemaker("model", "ModelName")
_PACKAGE = _sagemaker("model-package", "ModelPackageName")
_GROUP = _sagemaker("model-package-group", "ModelPackageGroupName")
_JOB = _sagemaker("transform-job", "TransformJobName")

SAGEMAKER: Mapping[str, Needs] = {
    "AddTags": on("sagemaker", as_given("ResourceArn")),
    "CreateEndpoint": _creates(_ENDPOINT, _CONFIG),
    "CreateEndpointConfig": _creates(_CONFIG),
    "CreateModel": _creates(_MODEL),
    "CreateTransformJob": _creates(_JOB),
    "DeleteEndpoint": on("sagemaker", _ENDPOINT),
    "DeleteEndpointConfig": on("sagemaker", _CONFIG),
    "DeleteModel": on("sagemaker", _MODEL),
    "DeleteTags": on("sagemaker", as_given("ResourceArn")),
    "DescribeEndpoint": on("sagemaker", _ENDPOINT),
    "DescribeEndpointConfig": on("sagemaker", _CONFIG),
    "DescribeModel": on("sagemaker", _MODEL),
    "DescribeModelPackage": on("sagemaker", _PACKAGE),
    "DescribeModelPackageGroup": on("sagemaker", _GROUP),
    "DescribeTransformJob": on("sagemaker", _JOB),
    "InvokeEndpoint": on("sagemaker", _ENDPOINT),
    "ListEndpointConfigs": anything("sagemaker"),
    "ListEndpoints": anything("sagemaker"),
    "ListModelPackageGroups": anything("sagemaker"),
    "ListModelPackages": on("sagemaker", _packages),
    "ListModels": anything("sagemaker"),
    "ListTags": on("sagemaker", as_given("ResourceArn")),
    "StopTransformJob": on("sagemaker", _JOB),
    "UpdateEndpoint": on("sagemaker", _ENDPOINT, _CONFIG),
    "UpdateEndpointWeightsAndCapacities": on("sagemaker", _ENDPOINT),
    "UpdateModelPackage": _updates_package,
}
RUNTIME: Mapping[str, Needs] = {"InvokeEndpoint": on("sagemaker", _ENDPOINT)}
