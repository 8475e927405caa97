"""The descriptions of AWS that are deployed: of every call that the adapters make, no more."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import botocore.utils
import pytest
from botocore import xform_name
from botocore.exceptions import ParamValidationError, UnknownServiceError, UnStubbedResponseError
from botocore.stub import Stubber

from layers.make_descriptions import FOLDER, PENSTOCK, descriptions, operations, written
from penstock.bootstrap import DESCRIPTIONS, World, loader

SERVICES = sorted({service for service, _ in operations()})


def files() -> dict[Path, str]:
    return {f.relative_to(FOLDER): f.read_text() for f in FOLDER.rglob("*") if f.is_file()}


def ours() -> Any:
    """A session as the functions have it, whose descriptions no client has changed: S3's do."""
    session = World()._session  # noqa: SLF001  # nothing else of it can be asked
    session.register_component("data_loader", loader.__wrapped__())
    return session


def whole() -> Any:
    return botocore.session.Session()


def test_they_are_what_make_descriptions_writes() -> None:
    assert files() == {path: written(description) for path, description in descriptions()}


@pytest.mark.parametrize("service", SERVICES)
def test_a_client_has_the_calls_that_the_adapters_make_and_no_others(service: str) -> None:
    called = {operation for of, operation in operations() if of == service}
    assert set(ours().get_service_model(service).operation_names) == called


def test_the_calls_that_botocore_makes_by_itself_are_described() -> None:
    """Its redirector asks where a bucket is, and directory buckets need a session."""
    text = inspect.getsource(botocore.utils)
    called = set(re.findall(r"_client\.(head_bucket|create_session|[a-z]+_[a-z]+)\(", text))
    made = {name for name in called if name in {xform_name(o) for _, o in every_operation()}}
    assert {"head_bucket", "create_session"} <= made
    assert made <= {xform_name(operation) for _, operation in operations()}


def every_operation() -> list[tuple[str, str]]:
    """Of the services that we have clients of."""
    return [(s, o) for s in SERVICES for o in whole().get_service_model(s).operation_names]


@pytest.mark.parametrize(("service", "operation"), operations())
def test_a_call_is_described_as_botocore_describes_it(service: str, operation: str) -> None:
    mine, theirs = (
        session.get_service_model(service).operation_model(operation)
        for session in (ours(), whole())
    )
    assert (mine.http, mine.auth_type, mine.endpoint) == (
        theirs.http,
        theirs.auth_type,
        theirs.endpoint,
    )
    for side in ("input_shape", "output_shape"):
        assert spelled(getattr(mine, side)) == spelled(getattr(theirs, side))
    assert sorted(map(str, mine.error_shapes)) == sorted(map(str, theirs.error_shapes))


def spelled(shape: Any, above: tuple[str, ...] = ()) -> Any:
    """A shape with all below it, by what is sent and read; one within itself by its name."""
    if shape is None or shape.name in above:
        return shape and shape.name
    inside = (*above, shape.name)
    said = (shape.type_name, shape.name, shape.serialization, shape.metadata)
    members = dict(getattr(shape, "members", {}))
    members |= {n: getattr(shape, n) for n in ("member", "key", "value") if hasattr(shape, n)}
    return said, {name: spelled(member, inside) for name, member in members.items()}


def paged() -> Iterator[str]:
    for module in (PENSTOCK / "adapters").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".get_paginator"):
                yield ast.literal_eval(node.args[0])


def test_every_paginator_that_is_asked_for_is_there() -> None:
    clients = [ours().create_client(each, region_name="eu-west-1") for each in SERVICES]
    wanted = set(paged())
    assert wanted
    assert {
        p for p in wanted if any(hasattr(c, p) and c.can_paginate(p) for c in clients)
    } == wanted


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1", "cn-north-1", "us-gov-west-1"])
def test_a_client_speaks_to_the_endpoint_of_its_region(service: str, region: str) -> None:
    mine, theirs = (
        session.create_client(service, region_name=region).meta.endpoint_url
        for session in (ours(), whole())
    )
    assert mine == theirs


@pytest.mark.parametrize("service", SERVICES)
def test_a_call_gets_as_far_as_its_request(service: str) -> None:
    """What botocore asks of a description on the way to a request is there."""
    client = ours().create_client(
        service,
        region_name="eu-west-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",  # noqa: S106  # of nobody
    )
    for name in client.meta.method_to_api_mapping:
        with Stubber(client), pytest.raises((ParamValidationError, UnStubbedResponseError)):
            getattr(client, name)()


def test_a_client_is_made_at_its_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    client = World().client("dynamodb")
    assert "_client" not in vars(client)
    assert client.meta.region_name == "eu-west-1"
    assert "_client" in vars(client)


def test_another_service_is_not_known() -> None:
    with pytest.raises(UnknownServiceError):
        ours().create_client("ec2", region_name="eu-west-1")


def test_credentials_are_those_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    assert ours().get_credentials().get_frozen_credentials() == ("key", "secret", "token", None)


@pytest.mark.parametrize(
    ("version", "has_ours"),
    [("1.35.93", False), ("1.40.0", True), ("1.43.127", True), ("2.0", True)],
)
def test_an_old_botocore_reads_its_own_descriptions(version: str, has_ours: bool) -> None:
    paths: Any = loader(version).search_paths
    assert (str(DESCRIPTIONS) in paths) is has_ours
