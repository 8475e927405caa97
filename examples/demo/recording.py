"""The record of a running scenario: requests, samples of the endpoint, and moments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Instant(NamedTuple):
    """One moment on both clocks, in seconds: the twin's and the real one."""

    simulated: float
    real: float


class Request(NamedTuple):
    """One answer to a client. `model` and `label` are what the answer says."""

    at: Instant
    variant: str
    model: str
    failed: bool
    label: int | None = None


class Sample(NamedTuple):
    """The endpoint at one moment. Shares are in percent of requests, by model name.

    `copies` are those of a shadow, whose answers nobody gets.
    """

    at: Instant
    status: str
    shares: Mapping[str, float]
    copies: Mapping[str, float] = {}


class Moment(NamedTuple):
    """Something that happened, as a title and a sentence. `bad` marks bad news."""

    at: Instant
    title: str
    text: str
    bad: bool = False


@dataclass
class Recording:
    """Everything seen in one scenario. Each list is in the order of time."""

    began: Instant
    requests: list[Request] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
