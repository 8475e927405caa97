"""Whether what serves is what was reviewed, by the digests of its images."""

from collections.abc import Iterable, Sequence

from penstock.domain.kinds.endpoint import ServedImage


def wrong_image(reviewed: Iterable[Sequence[str]], served: Iterable[ServedImage]) -> str | None:
    """A sentence where a reviewed container is not among what serves; None where all are.

    `reviewed`: the digests that each container may resolve to. An image index and the manifest
    that SageMaker picks from it have different digests: where the model names the index by its
    digest, that is what was reviewed, whatever it resolved to. SageMaker may show images of its
    own beside the model's; it shows none while instances start.
    """
    known = [image for image in served if image.digests]
    for digests in reviewed:
        if known and digests and not any(image.digests & {*digests} for image in known):
            names = ", ".join(image.resolved or image.specified or "" for image in known)
            return f"runs the image {names}, but {' or '.join(digests)} was reviewed"
    return None
