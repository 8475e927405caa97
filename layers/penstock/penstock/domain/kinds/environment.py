"""Environment variables of a new model: which ones are sent beside the package's.

The package's variables apply first, then the policy's. Which value wins if package and CreateModel
both name a variable is not documented. A variable of the package is therefore not sent, unless the
policy names it. Variables that people gave the serving model are kept, unless they select the code
or the model.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from penstock.domain.errors import Refused
from penstock.domain.kinds.differences import listed

MOST_ENVIRONMENT_BYTES = 32 * 1024
"""Of all names and values together (ContainerDefinition.Environment)."""
MOST_VARIABLES = 100

# The SageMaker SDK and the toolkits of AWS's serving containers: which code, which model, how many
# workers. They were written for the container that serves now.
_OF_AN_SDK = (
    "SAGEMAKER_",
    "SM_",
    "AUTOML_",
    "DJL_",
    "HF_",
    "MLFLOW_",
    "MMS_",
    "OPTION_",
    "SERVING_",
    "TS_",
)
_NAMED_BY_AN_SDK = frozenset({"ENDPOINT_SERVER_TIMEOUT", "LOCAL_PYTHON", "MODEL_CACHE_ROOT"})


class ContainerEnvironment(NamedTuple):
    """`sent` are the variables for CreateModel. `said` are lines about every variable, by name."""

    sent: dict[str, str]
    said: tuple[str, ...] = ()


def environment(
    theirs: Mapping[str, str], package: Mapping[str, str], policy: Mapping[str, str | None]
) -> ContainerEnvironment:
    """The variables of a new model.

    Args:
        theirs: Variables that people gave the serving model.
        package: Variables of the package.
        policy: Variables of the policy. None removes a variable.

    Raises:
        Refused: The policy removes a variable of the package, or there are too many.
    """
    _check_removals(package, policy)
    kept = {
        name: value
        for name, value in theirs.items()
        if name not in package and name not in policy and not of_an_sdk(name)
    }
    sent = kept | {name: value for name, value in policy.items() if value is not None}
    _check_size(sent, kept)
    return ContainerEnvironment(sent, tuple(_said(theirs, package, policy, kept)))


def of_an_sdk(name: str) -> bool:
    """Whether an SDK or a serving toolkit gives a variable of this name its meaning."""
    return name.startswith(_OF_AN_SDK) or name in _NAMED_BY_AN_SDK


def _said(
    theirs: Mapping[str, str],
    package: Mapping[str, str],
    policy: Mapping[str, str | None],
    kept: Mapping[str, str],
) -> Iterator[str]:
    gone = {name for name in theirs if name not in kept and name not in policy}
    groups = {
        "kept": kept,
        "set by the package instead": gone & package.keys(),
        "left out, because an SDK wrote it for the serving container": gone - package.keys(),
        "removed by the policy": {n for n in theirs if n in policy and policy[n] is None},
        "set by the policy": {n for n, v in policy.items() if v not in (None, theirs.get(n))},
        "set by both policy and package; SageMaker does not document which value wins": {
            name for name in package if policy.get(name, package[name]) != package[name]
        },
    }
    for what, names in groups.items():
        if names:
            yield f"container Environment: {listed(sorted(names))} {what}"


def _check_removals(package: Mapping[str, str], policy: Mapping[str, str | None]) -> None:
    for name, value in policy.items():
        if value is None and name in package:
            raise Refused(
                f"serving.environment.{name} is null, but the package sets {name}, and a "
                "variable of the package cannot be removed"
            )


def _check_size(sent: Mapping[str, str], kept: Mapping[str, str]) -> None:
    size = sum(len(name.encode()) + len(value.encode()) for name, value in sent.items())
    if size <= MOST_ENVIRONMENT_BYTES and len(sent) <= MOST_VARIABLES:
        return
    raise Refused(
        f"the model's environment would have {len(sent)} variables of {size} bytes, but SageMaker "
        f"allows {MOST_VARIABLES} of {MOST_ENVIRONMENT_BYTES}; {len(kept)} of them are kept from "
        "the model that "
        "serves, and null in serving.environment removes one"
    )
