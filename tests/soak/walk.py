"""A walk through a world in which anything may happen at any time, then peace and quiet."""

from collections.abc import Callable
from random import Random

from penstock.domain.errors import NoCapacity, Unanswered, Unavailable
from penstock.domain.ledger.gate import Gate
from tests.worlds.machine import Execution
from tests.worlds.scenes import ERRORS, LIVE_ERRORS
from tests.worlds.world import World

CALLS = ("update", "weights", "create_endpoint", "delete_config", "create_config", "delete_model")
POINTS = ("ledger.write", "cloud.look", "cloud.update", "cloud.weights", "cloud.delete_config")
LATE_SECONDS = 20
"""How long an instance may be held up in the middle: it is killed before its lock ends."""


class Walk:
    """Draws from one seed what happens next; `said` is what happened so far."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = Random(seed)  # noqa: S311 - no secrets here
        self.said: list[str] = []
        self.version = 1
        self._late: list[Callable[[], object]] = []
        self._deep = False
        self._happenings: list[tuple[float, Callable[[], None]]] = [
            (60, self._step),
            (6, self._release),
            (1, self._rollback),
            (3, self._kill),
            (2, self._die),
            (3, self._alarm),
            (2, self._calm),
            (4, self._fault),
            (1, self._maintain),
            (0.4, self._edit),
            (2, self._accept),
            (3, self._reconcile),
            (2, self._pause),
            (3, self._resume),
            (3, self._interleave),
            (2, self._wait),
        ]

    def wander(self, steps: int) -> None:
        """So many things happen."""
        weights = [weight for weight, _ in self._happenings]
        for _ in range(steps):
            (_, happen), *_ = self.random.choices(self._happenings, weights)
            happen()

    def peace(self) -> None:
        """No more faults: from here on rest must be reachable."""
        self.world.cloud.faults.clear()
        self.world.wire.calm()
        for name in self.world.alarms.names:
            self.world.alarms.put(name, "OK")
        self.world.settle_down()

    def _living(self) -> list[Execution]:
        return [e for e in self.world.all if e.running]

    def _step(self) -> None:
        if not (living := self._living()):
            return
        hasty = self.random.random() < 0.9
        one = min(living, key=lambda e: e.due) if hasty else self.random.choice(living)
        self.said.append(f"{one.arn[-8:]}: {self.world.step(one)}")

    def _release(self) -> None:
        late = self.version > 2 and self.random.random() < 0.2
        if not late:
            self.version += 1
        version = self.version - 1 if late else self.version
        self.world.release(version)
        self.said.append(f"release {version}")

    def _rollback(self) -> None:
        name = f"rollback-{len(self.world.all)}"
        self.world.start(name, action="rollback", endpoint="churn")
        self.said.append(name)

    def _kill(self) -> None:
        number, when = self.random.randrange(4), self.random.choice(["before", "after"])
        for execution in self._living():
            execution.mortal = self.random.random() < 0.3
        self.world.wire.kill_at_write(number, "after" if when == "after" else "before")
        self.said.append(f"kill {when} write {number} from here")

    def _die(self) -> None:
        if living := self._living():
            one = self.random.choice(living)
            self.world.die(one)
            self.said.append(f"{one.arn[-8:]} dies")

    def _alarm(self) -> None:
        name = self.random.choice([ERRORS, LIVE_ERRORS, "business"])
        if name not in self.world.alarms.names:
            return
        event = self.random.random() < 0.6
        self.world.alarm(name, event=event)
        if self.random.random() < 0.2:
            self.world.tell(name, at=self.world.clock.now() - 3_600_000)
        self.said.append(f"alarm {name}, event {event}")

    def _calm(self) -> None:
        for name in self.world.alarms.names:
            self.world.alarms.put(name, "OK")

    def _fault(self) -> None:
        call = self.random.choice(CALLS)
        kind = self.random.choice(["undone", "capacity", "unavailable", "unanswered", "failed"])
        if kind == "unanswered":
            seconds = self.random.choice([0, 5, LATE_SECONDS])
            self.world.cloud.next(call, Unanswered("read timeout"), lands_in=seconds)
        elif kind == "capacity":
            self.world.cloud.next(call, NoCapacity("quota"))
        elif kind == "unavailable":
            self.world.cloud.next(call, Unavailable("throttled"))
        elif kind == "undone" or call == "create_endpoint":
            self.world.cloud.next(call, outcome="undone" if kind == "undone" else "failed")
        self.said.append(f"next {call}: {kind}")

    def _maintain(self) -> None:
        view = self.world.cloud.shown("churn")
        if view and view.in_service:
            self.world.cloud.maintain("churn", self.random.choice([60, 1200, 4000]))
            self.said.append("maintenance")

    def _edit(self) -> None:
        """A person changes the endpoint, or puts something known back."""
        view, gate = self.world.cloud.shown("churn"), self.world.gate
        if view is None or not view.in_service:
            return
        known = [
            c for c in (gate.content, gate.previous) if c and c.name in self.world.cloud.configs
        ]
        if known and self.random.random() < 0.7:
            back = self.random.choice(known)
            self.world.cloud.edit(
                "churn", back.name, **{n: float(w) for n, w in back.weights.items()}
            )
        else:
            self.world.cloud.edit("churn", "theirs")
        self.said.append(f"edit: {self.world.content.name}")

    def _accept(self) -> None:
        """A person looks after a drifted or blocked endpoint: adopts what is there."""
        if self.world.gate.at_rest and (self.world.gate.drift or self.world.gate.attention):
            self.version += 1
            self.world.release(self.version, adopt=True)
            self.said.append(f"release {self.version} with adopt")

    def _reconcile(self) -> None:
        self.said.append(f"reconcile: {self.world.reconcile()}")

    def _pause(self) -> None:
        """A task is retried while its first instance lives: that one goes on some time later."""
        for one in self._living():
            if one.state in self.world.tasks and not one.state.startswith(("Resolve", "Watch")):
                self._late.append(self.world.pause(one))

    def _resume(self) -> None:
        if self._late:
            late = self._late.pop(self.random.randrange(len(self._late)))
            self.world.outlive(late)
            self.said.append("a late instance goes on")

    def _interleave(self) -> None:
        """Others act while an instance is in the middle of something."""
        point = self.random.choice(POINTS)
        hook = self.world.wire.before if self.random.random() < 0.5 else self.world.wire.after
        hook(point, self._others)
        self.said.append(f"others act at the next {point}")

    def _others(self) -> None:
        if self._deep:
            return
        self._deep = True
        until = self.world.clock.now() + LATE_SECONDS * 1000
        busy = self.world.wire.busy
        for _ in range(self.random.randrange(1, 8)):
            able = [e for e in self._living() if e.due <= until and e.arn not in busy]
            if able:
                one = min(able, key=lambda e: e.due)
                self.said.append(f"  meanwhile {one.arn[-8:]}: {self.world.step(one)}")
        self._deep = False

    def _wait(self) -> None:
        seconds = self.random.choice([30, 600, 1200, 5000])
        self.world.clock.advance(seconds)
        self.said.append(f"{seconds} seconds pass")


def never_forgotten(gate: Gate) -> bool:
    """S9: the newest approval that the ledger saw was claimed, unless a person has to decide."""
    explained = gate.attention or gate.drift
    return bool(explained) or gate.to_come is None
