"""What a package is made of: bytes and image, whatever its version and wherever they lie."""

from typing import Any

import pytest

from penstock.domain.reviewing.made_of import made_of
from penstock.domain.reviewing.package import Container
from tests.fakes.packages import approved_package

MODEL, MORE = "s3://models/a.tar.gz", "s3://models/more/"
READ = {MODEL: "etag:a", MORE: "listing:m"}


def parts(*containers: Container, read: dict[str, str] | None = None) -> tuple[str, ...]:
    package = approved_package("churn", 7, 1, containers=containers)
    return made_of(package, READ if read is None else read)


def container(**fields: Any) -> Container:
    return Container(**{"image": "repo:1", "model_data_url": MODEL} | fields)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, ("etag:a", "image:repo:1"), id="a-tag"),
        pytest.param({"image_digest": "sha256:b"}, ("etag:a", "image:sha256:b"), id="registered"),
        pytest.param(
            {"image": "repo@sha256:b"}, ("etag:a", "image:sha256:b"), id="a-digest-in-the-name"
        ),
        pytest.param(
            {"image": "repo@sha256:index", "image_digest": "sha256:b"},
            ("etag:a", "image:sha256:b"),
            id="the-registered-digest-counts",
        ),
        pytest.param(
            {"more_artefacts": (MORE,)}, ("etag:a", "listing:m", "image:repo:1"), id="two-artefacts"
        ),
        pytest.param(
            {"model_data_url": None, "image_digest": "sha256:b"},
            ("image:sha256:b",),
            id="the-image-holds-the-model",
        ),
        pytest.param({"image": None, "product": "prod-1"}, ("etag:a", "image:prod-1"), id="bought"),
        pytest.param({"environment": {"A": "1"}}, ("etag:a", "image:repo:1"), id="an-environment"),
        pytest.param({"model_data_url": None}, (), id="no-artefact-and-a-tag"),
        pytest.param({"more_artefacts": ("s3://models/gone",)}, (), id="an-unreadable-artefact"),
    ],
)
def test_one_container(fields: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert parts(container(**fields)) == expected


def test_a_copy_is_the_same() -> None:
    copy = "s3://elsewhere/b.tar.gz"
    assert parts(container(model_data_url=copy), read={copy: "etag:a"}) == parts(container())


def test_several_containers_count_in_their_order() -> None:
    first, second = container(), container(model_data_url=MORE)
    assert parts(first, second) == ("etag:a", "image:repo:1", "listing:m", "image:repo:1")
    assert parts(second, first) != parts(first, second)


def test_one_unknown_container_makes_the_whole_unknown() -> None:
    assert parts(container(), container(model_data_url=None)) == ()


def test_without_containers_nothing_is_known() -> None:
    assert parts() == ()
