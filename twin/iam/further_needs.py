"""Permissions that AWS's reference does not list for a call, or that depend on the account's state.

If an AWS guide allows more than the reference requires, the twin requires that as well. A role
that passes here is then sufficient under both readings.
"""

from collections.abc import Callable, Iterator, Mapping

from twin.iam.permission_needs import Need, Params, arn, request_tags
from twin.sagemaker.scaling import targets_of

_SCALING = "application-autoscaling"


def further_needs(service: str, operation: str, params: Params) -> list[Need]:
    """Return the needs of a call beyond the reference."""
    needs = _SAGEMAKER.get(operation) if service == "sagemaker" else None
    return [] if needs is None else list(needs(params))


def _made_of(params: Params) -> Iterator[Need]:
    """AWS's guide to packages of another account allows CreateModel on the package."""
    tags = request_tags(params.get("Tags", []))
    for container in params.get("Containers", [params.get("PrimaryContainer", {})]):
        if "ModelPackageName" in container:
            yield Need("sagemaker:CreateModel", str(container["ModelPackageName"]), tags)


def _groups(params: Params) -> Iterator[Need]:
    """Published roles also allow ListModelPackages on the group."""
    group = str(params.get("ModelPackageGroupName", "*")).rsplit("/", 1)[-1].lower()
    yield Need("sagemaker:ListModelPackages", arn("sagemaker", f"model-package-group/{group}"))


def _deregisters(params: Params) -> Iterator[Need]:
    """AWS's guide to scaling: deleting an endpoint deregisters its variants' targets."""
    context = {f"{_SCALING}:service-namespace": ("sagemaker",)}
    for _ in targets_of(str(params["EndpointName"])):
        yield Need(
            f"{_SCALING}:DeregisterScalableTarget", arn(_SCALING, "scalable-target/twin"), context
        )


_SAGEMAKER: Mapping[str, Callable[[Params], Iterator[Need]]] = {
    "CreateModel": _made_of,
    "DeleteEndpoint": _deregisters,
    "ListModelPackages": _groups,
}
