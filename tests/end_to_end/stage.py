"""What the end-to-end tests of one worker share: a twin with the very template, and an account."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from twin.before import Before
from twin.clock.clocks import DiscreteClock
from twin.cloud import Twin
from twin.functions.functions import Mode
from twin.iam import keys
from twin.sagemaker.endpoints import Timings

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
BUCKET = "sagemaker-eu-west-1-123456789012"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/churn:1"
DIGEST = f"sha256:{'a' * 64}"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/endpoints"
ROLE = "arn:aws:iam::123456789012:role/churn-serving"
PARAMETERS = MappingProxyType({"KmsKeyArns": KEY})
ACCOUNT = Before(keys={"endpoints": keys.DELEGATED})
QUICK = Timings(create=60, update=90, weights=30, rollback=30, delete=30)
"""Simulated seconds: fewer looks than AWS's minutes cost, and nothing depends on them."""


@contextmanager
def deployed(
    handlers: Mode = "in-process",
    parameters: Mapping[str, str] = PARAMETERS,
    account: Before = ACCOUNT,
    template: Path = TEMPLATE,
) -> Iterator[Twin]:
    """Deploy the template, or another one; IAM on, a clock that jumps."""
    clock = DiscreteClock(datetime(2026, 3, 2, 9, tzinfo=UTC).timestamp())
    with Twin(
        template, parameters, clock=clock, handlers=handlers, timings=QUICK, account=account
    ) as twin:
        furnish(twin)
        with _spared():
            yield twin


@contextmanager
def _spared() -> Iterator[None]:
    """Spare the garbage collector what stays: moto and botocore, nearly a million objects.

    Then only what stays after the twin (tests/conftest.py) is spared again.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.collect()
        gc.freeze()


def furnish(twin: Twin) -> None:
    """What the account has before anybody releases: a bucket and an image."""
    region = {"LocationConstraint": "eu-west-1"}
    twin.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=region)
    twin.images.register(IMAGE, (), DIGEST)
    twin.synthetic.tick_seconds = 30
