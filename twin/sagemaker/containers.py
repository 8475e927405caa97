"""Images, and the fleets that serve a model, with child processes or synthetic traffic."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from moto.s3.models import s3_backends

from twin.core.account import ACCOUNT, Account
from twin.sagemaker.endpoint_configs import ConfigVariant, EndpointConfig
from twin.sagemaker.instances import Instance, Instances
from twin.sagemaker.model_server import ModelServer, UnusableArtefact
from twin.sagemaker.serving_models import Model


@dataclass(frozen=True)
class Image:
    """A container image. Without a command it serves only synthetic traffic."""

    uri: str
    digest: str
    command: tuple[str, ...]


class Images:
    """The images that can be pulled."""

    def __init__(self) -> None:
        self._images: dict[str, Image] = {}

    def register(self, image_uri: str, command: Sequence[str], digest: str) -> None:
        """Push an image (`repository:tag`). Pushing a tag again moves it to the new digest.

        `command` starts the model server. With an empty command the image has no server.
        """
        image = Image(image_uri, digest, tuple(command))
        self._images[image_uri] = image
        self._images[_by_digest(image_uri, digest)] = image

    def find(self, uri: str) -> Image | None:
        """Return the image with this `repository:tag` or `repository@digest`."""
        return self._images.get(uri)

    def digest_of(self, uri: str) -> str | None:
        image = self.find(uri)
        return image.digest if image else None


class Fleet:
    """Everything that serves one variant of one configuration.

    One model server stands for all instances of the variant. A fleet with a `problem` never
    comes up. Where a variant has several fleets, each takes its `share` of the requests over the
    sum of the shares.
    """

    def __init__(
        self, variant: ConfigVariant, config: EndpointConfig, model: Model, instances: Instances
    ) -> None:
        self.variant = variant.name
        self.config_name = config.name
        self.has_enhanced_metrics = config.has_enhanced_metrics
        self.capture = config.capture
        self.model = model
        self.instances: list[Instance] = []
        self.share = 1.0
        self._serving: int | None = None
        self._new_instances = instances
        self.scale(variant.initial_count)
        self.deployed_images: list[dict[str, Any]] = []
        self.problem: str | None = None
        self.server: ModelServer | None = None
        self._lock = Lock()
        self._in_flight = 0
        self._retired = False

    def scale(self, count: int) -> None:
        """Have this many instances. Scaling in ends the newest ones, and the others stay."""
        del self.instances[count:]
        while len(self.instances) < count:
            self.instances.append(self._new_instances.new())

    def take(self, share: float, serving: int | None = None) -> None:
        """Take this share of the variant's requests from now on, with so many instances."""
        self.share, self._serving = share, serving

    @property
    def serving(self) -> list[Instance]:
        """The instances that take requests."""
        return self.instances[: self._serving]

    def comes_up(self, patience_seconds: float) -> str | None:
        """Wait in real time for the model server. Return the problem if it does not come up."""
        if self.problem is None and self.server and not self.server.comes_up(patience_seconds):
            # AWS: this sentence is the FailureReason of such an endpoint.
            self.problem = (
                f"The primary container for production variant {self.variant} did not pass the "
                "ping health check. Please check CloudWatch logs for this endpoint."
            )
        return self.problem

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep a retired fleet alive until its requests are answered."""
        with self._lock:
            self._in_flight += 1
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1
            self._stop_if_done()

    def stop(self) -> None:
        """Stop now."""
        with self._lock:
            if self.server:
                self.server.stop()

    def retire(self) -> None:
        """Stop as soon as no request is in flight."""
        self._retired = True
        self._stop_if_done()

    def _stop_if_done(self) -> None:
        if self._retired and not self._in_flight:
            self.stop()


class Containers:
    """Starts fleets, and ends all model servers with the twin."""

    def __init__(self, account: Account, images: Images, patience_seconds: float) -> None:
        self.patience_seconds = patience_seconds
        self._account = account
        self._images = images
        self._instances = Instances()
        self._fleets: list[Fleet] = []

    def start(self, variant: ConfigVariant, config: EndpointConfig, model: Model) -> Fleet:
        """Begin to start a fleet. `await_fleets` reports its failure."""
        fleet = Fleet(variant, config, model, self._instances)
        self._fleets.append(fleet)
        container = model.container
        image = self._images.find(container.image)
        if image is None:
            fleet.problem = f"Failed to pull image {container.image}: it does not exist."
            return fleet
        fleet.deployed_images = [_deployed(container.image, image, self._account.now())]
        self._launch(fleet, image)
        return fleet

    def await_fleets(self, fleets: Sequence[Fleet]) -> str | None:
        """Wait in real time until all fleets are up. Return the first problem, if any."""
        with self._account.clock.working():
            problems = [fleet.comes_up(self.patience_seconds) for fleet in fleets]
        return next((problem for problem in problems if problem), None)

    def close(self) -> None:
        for fleet in self._fleets:
            fleet.stop()

    def _launch(self, fleet: Fleet, image: Image) -> None:
        url = fleet.model.container.model_data_url
        artefact = read_artefact(url) if url else None
        if url and artefact is None:
            fleet.problem = _no_artefact(url)
        elif image.command:
            try:
                environment = fleet.model.container.environment
                fleet.server = ModelServer(image.command, environment, artefact)
            except UnusableArtefact as error:
                fleet.problem = f"Failed to extract model data from {url}: {error}"


def read_artefact(url: str) -> bytes | None:
    """Return the object at an s3:// address, if there is one."""
    parts = urlsplit(url)
    backend: Any = s3_backends[ACCOUNT]["aws"]
    if parts.netloc not in backend.buckets:
        return None
    key = backend.get_object(parts.netloc, parts.path.lstrip("/"))
    return None if key is None else bytes(key.value)


def _no_artefact(url: str) -> str:
    return (
        f'Failed to download model data for container "container_1" from URL: "{url}". Please '
        "ensure that there is an object located at the URL and that the role passed to "
        "CreateModel has permissions to download the object."
    )


def _deployed(specified: str, image: Image, now: datetime) -> dict[str, Any]:
    return {
        "SpecifiedImage": specified,
        "ResolvedImage": _by_digest(image.uri, image.digest),
        "ResolutionTime": now,
    }


def _by_digest(uri: str, digest: str) -> str:
    """Return `repository:tag` with the digest in place of the tag."""
    repository, _, last = uri.rpartition("/")
    name = last.split(":")[0]
    return f"{repository}/{name}@{digest}" if repository else f"{name}@{digest}"
