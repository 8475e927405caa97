"""Whether the serving images are the reviewed ones, by digest."""

from collections.abc import Iterable, Sequence

from penstock.domain.kinds.endpoint import ServedImage


def wrong_image(reviewed: Iterable[Sequence[str]], served: Iterable[ServedImage]) -> str | None:
    """Why a reviewed container does not serve, as a sentence. None if all of them do.

    An image index and the manifest that SageMaker picks from it have different digests. If the
    model names the index by its digest, that is what was reviewed. SageMaker may show images of its
    own beside the model's, and shows none while instances start.

    Args:
        reviewed: The digests that each container may resolve to.
        served: The images that the endpoint shows.
    """
    known = [image for image in served if image.digests]
    for digests in reviewed:
        if known and digests and not any(image.digests & {*digests} for image in known):
            names = ", ".join(image.resolved or image.specified or "" for image in known)
            return f"runs the image {names}, but {' or '.join(digests)} was reviewed"
    return None
