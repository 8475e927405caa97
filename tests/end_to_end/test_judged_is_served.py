"""What was judged is what serves: whatever changed after the review is refused or rolled back."""

import json
from typing import Any

import pytest

from tests.end_to_end.bench import Bench, specification
from tests.end_to_end.endings import PROMOTED, REFUSED, ROLLED_BACK, ending, row
from tests.end_to_end.stage import BUCKET, DIGEST

VERSIONED = "sagemaker-versioned-123456789012"
OTHER = f"sha256:{'b' * 64}"


def reviewed(bench: Bench, **fields: Any) -> str:
    """A package that was reviewed and left to a person, while another one serves."""
    bench.live(approval={"mode": "manual"})
    package = bench.register(**fields)
    bench.twin.until(lambda: len(bench.events("Model Package Reviewed")) == 2, 5, "the review")
    return package


def approved(bench: Bench, package: str) -> tuple[tuple[str, str | None, str], str]:
    """How the release of an approved package ends, and why."""
    bench.decide(package, "Approved")
    execution = bench.released(package)
    return row(execution), ending(execution)["reason"]


@pytest.fixture
def versioned(bench: Bench) -> str:
    """A bucket that keeps versions."""
    s3 = bench.twin.client("s3")
    if VERSIONED not in {each["Name"] for each in s3.list_buckets()["Buckets"]}:
        region = {"LocationConstraint": "eu-west-1"}
        s3.create_bucket(Bucket=VERSIONED, CreateBucketConfiguration=region)
        enabled = {"Status": "Enabled"}
        s3.put_bucket_versioning(Bucket=VERSIONED, VersioningConfiguration=enabled)
    return VERSIONED


def test_an_artefact_that_was_overwritten_is_refused(bench: Bench) -> None:
    package = reviewed(bench)
    model = f"{bench.group}/2/model.tar.gz"
    bench.upload(model, "another model")
    how, why = approved(bench, package)
    assert how == REFUSED
    assert f"the artefact s3://{BUCKET}/{model} was etag:" in why


def test_an_artefact_with_another_version_is_refused(bench: Bench, versioned: str) -> None:
    s3, model = bench.twin.client("s3"), f"{bench.group}/model.tar.gz"
    s3.put_object(Bucket=versioned, Key=model, Body=b"the model")
    package = reviewed(bench, InferenceSpecification=specification(model, bucket=versioned))
    s3.put_object(Bucket=versioned, Key=model, Body=b"the model")  # the same bytes, put again
    how, why = approved(bench, package)
    assert how == REFUSED
    assert f"the artefact s3://{versioned}/{model} was version:" in why


def test_an_artefact_that_is_gone_is_refused(bench: Bench) -> None:
    package = reviewed(bench)
    model = f"{bench.group}/2/model.tar.gz"
    bench.erase(model)
    how, why = approved(bench, package)
    assert how == REFUSED
    assert f"the artefact s3://{BUCKET}/{model}" in why


def test_a_report_that_was_changed_is_refused(bench: Bench) -> None:
    package = reviewed(bench)
    report = f"{bench.group}/2/evaluation.json"
    bench.upload(report, json.dumps({"metrics": {"auc": {"value": 0.99}}}))
    how, why = approved(bench, package)
    assert how == REFUSED
    assert f"the report s3://{BUCKET}/{report} was sha256:" in why


@pytest.mark.parametrize("share", [0, 50])
def test_an_image_whose_tag_was_moved_is_rolled_back(bench: Bench, share: int) -> None:
    """SageMaker resolves the tag again for every fleet: at staging, and at promotion."""
    image = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/{bench.group}:1"
    bench.twin.images.register(image, (), DIGEST)
    before = bench.live()
    served = specification(f"{bench.group}/2/model.tar.gz", image=image)
    release = bench.started(bench.register(InferenceSpecification=served))
    if share:
        bench.until_share(share)
    bench.twin.images.register(image, (), OTHER)
    execution = bench.end(release)
    assert row(execution) == ROLLED_BACK
    reason = ending(execution)["reason"]
    assert OTHER in reason
    assert f"but {DIGEST} was reviewed" in reason
    assert (bench.serving, bench.shares) == ([before], {"live": 1.0})


def test_what_is_put_again_unchanged_is_released(bench: Bench) -> None:
    package = reviewed(bench)
    model = f"{bench.group}/2/model.tar.gz"
    bench.upload(model, f"the model of {bench.group}/2")
    how, _ = approved(bench, package)
    assert how == PROMOTED
