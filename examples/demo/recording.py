"""What is seen while a scenario runs: requests, samples of the endpoint, moments worth telling."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Instant(NamedTuple):
    """One moment on both clocks, in seconds: the twin's, and the one on the wall."""

    simulated: float
    real: float


class Request(NamedTuple):
    """One answer that a client got; `model` is the name the answer itself gives."""

    at: Instant
    variant: str
    model: str
    failed: bool


class Sample(NamedTuple):
    """The endpoint at one moment; shares in percent of requests, by model name."""

    at: Instant
    status: str
    shares: Mapping[str, float]


class Moment(NamedTuple):
    """Something that happened, in a few words and a sentence; `bad` asks to be noticed."""

    at: Instant
    title: str
    text: str
    bad: bool = False


@dataclass
class Recording:
    """Everything seen in one scenario, each list in the order of time."""

    began: Instant
    requests: list[Request] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
