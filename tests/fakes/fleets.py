"""What the fake SageMaker is made of: fleets, changes under way, and what goes wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from penstock.domain.ledger.content import Content, from_weights
from penstock.domain.planning.deployment import TRAFFIC, Deployment

Outcome = Literal["done", "undone", "failed", "unrestored", "hangs"]
"""`unrestored`: SageMaker undoes an update and fails at that (UpdateRollbackFailed).

`hangs`: the new fleet of a deployment never comes up.
"""

NO_SHADOWS: Mapping[str, float] = {}


class Fleet(NamedTuple):
    """What runs: a configuration, and weight and instances of each of its variants.

    `shadows` are the weights of shadow variants, whose instances are in `counts`, too.
    """

    config: str
    weights: dict[str, float]
    counts: dict[str, int]
    shadows: Mapping[str, float] = NO_SHADOWS

    @property
    def content(self) -> Content:
        weights = self.weights if len(self.weights) > 1 else dict.fromkeys(self.weights, 1.0)
        copied = tuple((name, self.copied(name)) for name in self.shadows)
        return _content(self.config, tuple(weights.items()), copied)

    def copied(self, shadow: str) -> float:
        """The share of the requests that a shadow gets copies of."""
        production = sum(self.weights.values())
        return min(1.0, self.shadows.get(shadow, 0.0) / production) if production else 0.0


@lru_cache(maxsize=4096)
def _content(
    config: str, weights: tuple[tuple[str, float], ...], copied: tuple[tuple[str, float], ...]
) -> Content:
    """Looked at after every step, and seldom new."""
    return from_weights(config, dict(weights), dict(copied))


class Step(NamedTuple):
    """A step of a deployment: since when (ms), what SageMaker shows, and the part with traffic."""

    since: int
    status: str
    message: str
    part: float


@dataclass
class Course:
    """How SageMaker shifts by itself: its steps, what undoes it, and when that began (ms)."""

    steps: list[Step]
    ends: int
    expires: int
    alarms: tuple[str, ...]
    undone: int | None = None

    def at(self, now: int) -> Step:
        if self.undone is not None and now >= self.undone:
            return Step(self.undone, "Deleting", "", 0.0)
        return [step for step in self.steps if step.since <= now][-1]


def course_of(
    deployment: Deployment, count: int, alarms: tuple[str, ...], now: int, launch: int
) -> Course:
    """A launch takes `launch` seconds, of the whole fleet or of each batch."""
    step, at, shown = deployment.batch(count), now, list[Step]()
    sizes = {"first": [step, count], "whole": [count], "each": [*range(step, count, step), count]}
    portions = sizes[TRAFFIC[deployment.traffic].moves]
    part = 0.0
    for number, portion in enumerate(portions):
        if not number or deployment.rolls:
            shown.append(Step(at, "Updating" if number else "Creating", "", part))
            at += launch * 1000
        part, last = portion / count, portion == count
        ends = last and not deployment.rolls
        minutes = deployment.termination_minutes if ends else deployment.wait_minutes
        wait = "TerminationWaitInSeconds" if ends else "WaitIntervalInSeconds"
        enabled = f"{'full' if last else 'canary'} capacity of {portion} instance(s)."
        said = f"Baking for {60 * minutes} seconds ({wait}) with traffic enabled on {enabled}"
        shown.append(Step(at, "Baking", said, part))
        at += minutes * 60_000
    return Course(shown, at, now + deployment.timeout(count) * 60_000, alarms)


@dataclass
class Update:
    """A change under way; looks show it from `seen_from` on (ms). `whole`: on new instances.

    `course`: SageMaker shifts by itself.
    """

    fleet: Fleet
    status: str
    until: int
    seen_from: int
    outcome: Outcome
    began: int = 0
    whole: bool = False
    course: Course | None = None
    undone_by: str = "the new fleet did not come up"

    def status_at(self, now: int) -> str:
        """An update that will be undone rolls back in its second half."""
        undoes = self.outcome in {"undone", "unrestored"} and self.status == "Updating"
        undoes = undoes and self.course is None
        return "RollingBack" if undoes and 2 * now > self.began + self.until else self.status


@dataclass
class Endpoint:
    """An endpoint; `broken` is why it cannot be updated any more, with the status `beyond`.

    `modified`: when it was last modified (ms).
    """

    fleet: Fleet
    update: Update | None = None
    broken: str | None = None
    beyond: str = "Failed"
    failure: str | None = None
    modified: int = 0


class Change(NamedTuple):
    """A call that is about to be accepted; `found` is what runs before it."""

    call: str
    endpoint: str
    subject: str
    found: Fleet | None


@dataclass
class Fault:
    """What the next call of a kind meets: an error, an outcome, or an answer that never comes.

    With `lands_in` the call takes effect so many seconds later although `error` is raised.
    """

    error: Exception | None = None
    outcome: Outcome = "done"
    lands_in: int | None = None


@dataclass
class Repairing:
    """What SageMaker takes in UpdateRollbackFailed; but for the first it is not documented.

    `same`: an update to the configuration that it shows. `shows_new`: it shows the configuration
    that the failed update was to, not the one before it.
    """

    updates: bool = True
    same: bool = False
    weights: bool = False
    shows_new: bool = False


@dataclass
class Times:
    """How long things take, in seconds; `unseen` and `stale` are what consistency costs."""

    create: int = 300
    swap: int = 600
    launch: int = 300
    undo: int = 120
    weights: int = 60
    delete: int = 60
    unseen: int = 0
    stale: int = 0
