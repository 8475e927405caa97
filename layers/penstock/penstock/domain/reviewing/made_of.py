"""What a package is made of, by digest: its artefacts and its image, whatever its version."""

from collections.abc import Mapping

from penstock.domain.reviewing.package import Container, Package


def made_of(package: Package, artefacts: Mapping[str, str]) -> tuple[str, ...]:
    """What tells the package from one that is made of something else.

    Environment and host name are not part of it, and neither is where an artefact lies.

    Args:
        package: The package, with the containers that are released.
        artefacts: Identity of each artefact's bytes by URI, as far as it could be read.

    Returns:
        Per container the identity of each artefact (`version:...`, `etag:...` or `listing:...`) and
        the image. Empty if nobody can say: an artefact could not be read, or there is none and the
        image has no digest.
    """
    parts = [_parts(container, artefacts) for container in package.containers]
    return tuple(part for each in parts for part in each) if all(parts) else ()


def _parts(container: Container, artefacts: Mapping[str, str]) -> tuple[str, ...]:
    if not all(uri in artefacts for uri in container.artefacts):
        return ()
    digest = container.image_digest or min(container.digests, default=None)
    if not container.artefacts and digest is None:
        return ()
    image = digest or container.image or container.product or ""
    return (*(artefacts[uri] for uri in container.artefacts), f"image:{image}")
