"""The twin's SageMaker on its own: a clock that tests turn by hand, and what it sent."""

import heapq
import io
import itertools
import json
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from twin.core.hooks import Hooks, hooked
from twin.sagemaker.sagemaker import SageMaker

REGION = "eu-west-1"
ROLE = "arn:aws:iam::123456789012:role/serving"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/server:1"
DIGEST = "sha256:" + "a" * 64
ARTEFACT = "s3://artefacts/model.tar.gz"
START = 1_700_000_000.0


class HandClock:
    """Time that passes only in `advance`."""

    def __init__(self) -> None:
        self._now = START
        self._heap: list[tuple[float, int, str, Callable[[], object]]] = []
        self._order = itertools.count()

    def now(self) -> float:
        return self._now

    def call_at(self, at: float, action: Callable[[], object], name: str) -> None:
        heapq.heappush(self._heap, (at, next(self._order), name, action))

    def working(self) -> AbstractContextManager[None]:
        return nullcontext()

    def advance(self, seconds: float) -> None:
        """Let time pass and run what falls due."""
        end = self._now + seconds
        while self._heap and self._heap[0][0] <= end:
            self._now, _, _, action = heapq.heappop(self._heap)
            action()
        self._now = end


class Event(NamedTuple):
    source: str
    detail_type: str
    detail: Mapping[str, Any]
    resources: Sequence[str]


class Datum(NamedTuple):
    namespace: str
    name: str
    dimensions: Mapping[str, str]
    values: Mapping[float, int]
    at: float
    unit: str


@dataclass
class Bench:
    """One SageMaker with its clients."""

    sagemaker: SageMaker
    clock: HandClock
    hooks: Hooks
    events: list[Event] = field(default_factory=list)
    data: list[Datum] = field(default_factory=list)

    @cached_property
    def client(self) -> Any:
        return _session().client("sagemaker")

    @cached_property
    def runtime(self) -> Any:
        return _session().client("sagemaker-runtime")

    @cached_property
    def s3(self) -> Any:
        return _session().client("s3")

    @cached_property
    def scaling(self) -> Any:
        return _session().client("application-autoscaling")

    def store_artefact(self, files: Mapping[str, str] | None = None) -> None:
        """Put model.tar.gz with these files where the models of the bench look for it."""
        bucket = {"LocationConstraint": REGION}
        self.s3.create_bucket(Bucket="artefacts", CreateBucketConfiguration=bucket)
        self.s3.put_object(Bucket="artefacts", Key="model.tar.gz", Body=archive(files or {}))

    def model(self, name: str = "one", image: str = IMAGE, **container: Any) -> None:
        self.client.create_model(
            ModelName=name,
            ExecutionRoleArn=ROLE,
            PrimaryContainer={"Image": image, "ModelDataUrl": ARTEFACT, **container},
        )

    def config(self, name: str = "config-1", /, **weights: float) -> None:
        """A configuration with one variant per weight, all serving the model `one`."""
        variants = [variant(key, weight) for key, weight in (weights or {"live": 1.0}).items()]
        self.client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)

    def shadow_config(self, name: str = "config-2", share: float = 1.0, **more: Any) -> None:
        """A configuration with the variant `live`, and model `two` as the shadow `candidate`."""
        self.client.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[variant("live")],
            ShadowProductionVariants=[variant("candidate", share, ModelName="two")],
            **more,
        )

    def shadowed(self, share: float = 1.0, **more: Any) -> None:
        """The endpoint `churn`, in service with a shadow and synthetic traffic only."""
        self.store_artefact()
        self.sagemaker.images.register(IMAGE, [], DIGEST)
        for name in ("one", "two"):
            self.model(name)
        self.shadow_config("config-1", share, **more)
        self.client.create_endpoint(EndpointName="churn", EndpointConfigName="config-1")
        self.clock.advance(180)
        self.events.clear()

    def endpoint(self, **weights: float) -> None:
        """The endpoint `churn`, in service."""
        self.store_artefact()
        self.sagemaker.images.register(IMAGE, [], DIGEST)
        self.model()
        self.config(**weights)
        self.client.create_endpoint(EndpointName="churn", EndpointConfigName="config-1")
        self.clock.advance(180)
        self.events.clear()

    def describe(self) -> dict[str, Any]:
        described: dict[str, Any] = self.client.describe_endpoint(EndpointName="churn")
        return described

    def variant(self, name: str) -> dict[str, Any]:
        variants = {found["VariantName"]: found for found in self.describe()["ProductionVariants"]}
        found: dict[str, Any] = variants[name]
        return found

    def statuses(self) -> list[str]:
        """The statuses that endpoint events told."""
        return [event.detail["EndpointStatus"] for event in self.events if _of_endpoint(event)]


def variant(name: str, weight: float = 1.0, **more: Any) -> dict[str, Any]:
    return {
        "VariantName": name,
        "ModelName": "one",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 2,
        "InitialVariantWeight": weight,
        **more,
    }


def archive(files: Mapping[str, str]) -> bytes:
    """A model.tar.gz with these files."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return packed.getvalue()


@cache
def _session() -> boto3.Session:
    """One session for all benches: it reads the service models only once."""
    return boto3.Session("testing", "testing", region_name=REGION)


@contextmanager
def refusal(code: str = "ValidationException", says: str = "") -> Iterator[None]:
    """The block must be refused by the service, with this code and these words."""
    with pytest.raises(ClientError, match=re.escape(says or code)) as raised:
        yield
    assert raised.value.response["Error"]["Code"] == code


@contextmanager
def bench() -> Iterator[Bench]:
    """A SageMaker in a fresh moto, undone at the end."""
    events: list[Event] = []
    data: list[Datum] = []
    clock = HandClock()
    made = SageMaker(
        clock,
        lambda *said: events.append(Event(*json.loads(json.dumps(said)))),
        lambda *measured: data.append(Datum(*measured)),
    )
    with hooked() as hooks, closing(made):
        made.install(hooks)
        with mock_aws():
            yield Bench(made, clock, hooks, events, data)


def _of_endpoint(event: Event) -> bool:
    return event.detail_type == "SageMaker Endpoint State Change"
