"""Every reviewed image is among those that serve; an index is known by its own digest."""

import pytest

from penstock.domain.kinds.endpoint import ServedImage
from penstock.domain.reviewing.images import wrong_image

A, B, INDEX = "sha256:a", "sha256:b", "sha256:index"


def image(resolved: str | None, specified: str = "repo:1") -> ServedImage:
    return ServedImage(specified=specified, resolved=f"repo@{resolved}" if resolved else None)


@pytest.mark.parametrize(
    ("reviewed", "served", "right"),
    [
        pytest.param([(A,)], [image(A)], True, id="the-same"),
        pytest.param([(A,)], [image(B)], False, id="a-tag-that-moved"),
        pytest.param([(A,), (B,)], [image(A), image(B)], True, id="two"),
        pytest.param([(A,), (B,)], [image(B), image(A)], True, id="two-in-another-order"),
        pytest.param([(A,), (B,)], [image(A), image("sha256:c")], False, id="the-second-moved"),
        pytest.param([(), (B,)], [image(A), image(B)], True, id="only-the-second-is-known"),
        pytest.param([(), (B,)], [image(A), image("sha256:c")], False, id="and-that-moved"),
        pytest.param([(A,)], [image("sha256:sidecar"), image(A)], True, id="one-of-sagemaker-s"),
        pytest.param([(INDEX,)], [image(A, f"repo@{INDEX}")], True, id="an-index-by-its-digest"),
        pytest.param([(INDEX,)], [image(A, "repo:1")], False, id="an-index-by-a-tag"),
        pytest.param([(A, INDEX)], [image(A)], True, id="either-digest"),
        pytest.param([(A,)], [], True, id="nothing-is-shown-yet"),
        pytest.param([(A,)], [image(None)], True, id="not-resolved-yet"),
        pytest.param([()], [image(A)], True, id="registered-without-a-digest"),
        pytest.param([], [image(A)], True, id="no-containers"),
    ],
)
def test_images_are_compared_as_sets(
    reviewed: list[tuple[str, ...]], served: list[ServedImage], right: bool
) -> None:
    assert (wrong_image(reviewed, served) is None) == right


def test_what_serves_and_what_was_reviewed_are_named() -> None:
    assert (
        wrong_image([(A,)], [image(B)]) == "runs the image repo@sha256:b, but sha256:a was reviewed"
    )
