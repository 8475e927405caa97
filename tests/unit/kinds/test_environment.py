"""The package's variables count, then the policy's; people's are kept beside them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.errors import Refused
from penstock.domain.kinds.environment import (
    MOST_ENVIRONMENT_BYTES,
    MOST_VARIABLES,
    environment,
    of_an_sdk,
)

NAMES = st.sampled_from(["A", "B", "C", "SAGEMAKER_PROGRAM", "SM_MODEL_DIR", "HF_TASK"])
VALUES = st.sampled_from(["1", "2"])
MAPS = st.dictionaries(NAMES, VALUES)


@pytest.mark.parametrize(
    ("theirs", "package", "policy", "sent", "said"),
    [
        pytest.param({}, {}, {}, {}, [], id="nothing"),
        pytest.param({"A": "1"}, {}, {}, {"A": "1"}, ["A kept"], id="kept"),
        pytest.param(
            {"A": "1"}, {"A": "2"}, {}, {}, ["A set by the package instead"], id="the-package-s"
        ),
        pytest.param(
            {"A": "1"}, {}, {"A": "2"}, {"A": "2"}, ["A set by the policy"], id="the-policy-s"
        ),
        pytest.param({"A": "1"}, {}, {"A": "1"}, {"A": "1"}, [], id="the-policy-says-the-same"),
        pytest.param({"A": "1"}, {}, {"A": None}, {}, ["A removed by the policy"], id="null"),
        pytest.param({}, {}, {"A": None}, {}, [], id="null-of-nothing"),
        pytest.param(
            {},
            {"A": "1"},
            {"A": "2"},
            {"A": "2"},
            [
                "A set by the policy",
                "A set by both policy and package; SageMaker does not document which value wins",
            ],
            id="the-policy-over-the-package",
        ),
        pytest.param(
            {"SAGEMAKER_PROGRAM": "old.py", "SAGEMAKER_REGION": "eu-west-1", "LEVEL": "info"},
            {"SAGEMAKER_PROGRAM": "new.py"},
            {},
            {"LEVEL": "info"},
            [
                "LEVEL kept",
                "SAGEMAKER_PROGRAM set by the package instead",
                "SAGEMAKER_REGION left out, because an SDK wrote it for the serving container",
            ],
            id="an-sdk-s",
        ),
        pytest.param(
            {"SAGEMAKER_PROGRAM": "old.py"},
            {},
            {"SAGEMAKER_PROGRAM": "new.py"},
            {"SAGEMAKER_PROGRAM": "new.py"},
            ["SAGEMAKER_PROGRAM set by the policy"],
            id="the-policy-may-name-an-sdk-s",
        ),
    ],
)
def test_who_says_what_a_variable_is(
    theirs: dict[str, str],
    package: dict[str, str],
    policy: dict[str, str | None],
    sent: dict[str, str],
    said: list[str],
) -> None:
    made = environment(theirs, package, policy)
    assert made.sent == sent
    assert list(made.said) == [f"container Environment: {line}" for line in said]


@given(MAPS, MAPS, MAPS)
def test_nothing_is_sent_that_the_package_or_an_sdk_sets_unless_the_policy_names_it(
    theirs: dict[str, str], package: dict[str, str], policy: dict[str, str]
) -> None:
    sent = environment(theirs, package, dict[str, str | None](policy)).sent
    assert all(sent[name] == value for name, value in policy.items())
    for name in set(sent) - set(policy):
        assert name not in package
        assert not of_an_sdk(name)
        assert sent[name] == theirs[name]


@given(MAPS, MAPS, MAPS)
def test_every_variable_that_serves_is_accounted_for(
    theirs: dict[str, str], package: dict[str, str], policy: dict[str, str]
) -> None:
    made = environment(theirs, package, dict[str, str | None](policy))
    for name, value in theirs.items():
        told = any(f"{name} " in line or f"{name}," in line for line in made.said)
        assert told or policy.get(name) == value


@pytest.mark.parametrize(
    "name",
    [
        *("SAGEMAKER_SUBMIT_DIRECTORY", "SM_NUM_GPUS", "HF_MODEL_ID", "MMS_NETTY_CLIENT_THREADS"),
        *("TS_DEFAULT_WORKERS_PER_MODEL", "OPTION_ROLLING_BATCH", "SERVING_LOAD_MODELS"),
        *("MODEL_CACHE_ROOT", "LOCAL_PYTHON", "MLFLOW_DEPLOYMENT_FLAVOR_NAME"),
    ],
)
def test_what_the_sdk_and_its_containers_read_is_theirs(name: str) -> None:
    assert of_an_sdk(name)


@pytest.mark.parametrize(
    "name", ["LEVEL", "MY_SAGEMAKER_TABLE", "SMTP_HOST", "FEATURE_STORE", "HF"]
)
def test_other_variables_are_people_s(name: str) -> None:
    assert not of_an_sdk(name)


def test_what_a_package_brings_cannot_be_taken_out() -> None:
    with pytest.raises(Refused, match=r"serving\.environment\.A is null, but the package sets A"):
        environment({}, {"A": "1"}, {"A": None})


@pytest.mark.parametrize(
    ("theirs", "fits"),
    [
        pytest.param({f"A{n}": "" for n in range(MOST_VARIABLES)}, True, id="a-hundred"),
        pytest.param({f"A{n}": "" for n in range(MOST_VARIABLES + 1)}, False, id="one-more"),
        pytest.param({f"{n:04}": "x" * 1020 for n in range(32)}, True, id="32-KB"),
        pytest.param(
            {f"{n:04}": "x" * 1020 for n in range(32)} | {"A": ""}, False, id="a-byte-more"
        ),
        pytest.param({f"{n:04}": "é" * 1020 for n in range(17)}, False, id="bytes-not-characters"),
    ],
)
def test_it_is_held_to_what_sagemaker_takes(theirs: Any, fits: bool) -> None:
    if fits:
        assert environment(theirs, {}, {}).sent == theirs
        return
    with pytest.raises(Refused, match=f"{len(theirs)} of them are kept .* null in serving"):
        environment(theirs, {}, {})
    assert MOST_ENVIRONMENT_BYTES == 32_768
