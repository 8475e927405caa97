"""Scenes played on corners of one twin, and what came of them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from tests.end_to_end.aftermath import aftermath
from tests.end_to_end.bench import Bench
from tests.end_to_end.grants import Grant, noting_use, without
from tests.end_to_end.hygiene import QUEUES, clear_away, faults_of
from tests.end_to_end.scene import Played, Scene
from tests.end_to_end.scenes import SCENES
from tests.worlds.deployed import BY_EVENT
from twin.cloud import Twin
from twin.iam.permissions import Judged

SWEEP_SECONDS = 900
STACK = "penstock"


class Outcome(NamedTuple):
    """What came of a scene: what is seen of it, the calls denied in it, and the grants it used."""

    seen: Mapping[str, object]
    denials: list[Judged]
    used: set[Grant]

    def differs_from(self, other: "Outcome") -> dict[str, tuple[object, object]]:
        """What is seen here, and there instead."""
        pairs = {name: (self.seen[name], other.seen[name]) for name in self.seen}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@dataclass
class Theatre:
    """Plays scenes on one twin, and remembers what came of those that lacked nothing."""

    twin: Twin
    _rehearsed: dict[Scene, Outcome] = field(default_factory=dict)

    def rehearsed(self, scene: Scene) -> Outcome:
        """What comes of a scene that lacks nothing."""
        if scene not in self._rehearsed:
            self._rehearsed[scene] = self.play(scene)
        return self._rehearsed[scene]

    def using(self, grant: Grant) -> Iterator[Scene]:
        """The scenes that use a grant."""
        return (scene for scene in SCENES if grant in self.rehearsed(scene).used)

    def play(self, scene: Scene, lacking: Grant | None = None) -> Outcome:
        """Play a scene once, its second part without a grant."""
        with self._corner() as bench:
            before, began = self._faults(), self.twin.clock.now()
            acts = scene(bench)
            next(acts)
            with noting_use(self.twin) as used, without(self.twin, lacking) as denials:
                answer = _rest_of(acts) if lacking else _whole(acts)
                self._let_retries_end()
            faults = self._faults() - before
            for name in BY_EVENT:
                function = {"FunctionName": self.twin.resources[name]}
                faults["errors"] += self._since(began, "AWS/Lambda", "Errors", function)
            faults["trouble"] = self._since(began, "Penstock", "Trouble", {"service": STACK})
            return Outcome({**aftermath(bench), "answer": answer, "faults": faults}, denials, used)

    @contextmanager
    def _corner(self) -> Iterator[Bench]:
        """Just after a sweep, so that the next one comes at the same time in every play."""
        past = self.twin.clock.now() % SWEEP_SECONDS
        self.twin.clock.sleep(SWEEP_SECONDS + 60 - past)
        bench = Bench(self.twin)
        try:
            yield bench
        finally:
            clear_away(bench)

    def _let_retries_end(self) -> None:
        queue = self.twin.functions.queue
        self.twin.until(lambda: not queue.open, 30, "the end of every invocation", 10)

    def _since(
        self, began: float, namespace: str, metric: str, dimensions: Mapping[str, str]
    ) -> int:
        """The sum of what a metric counted: what alarms and people who look can see."""
        shown = self.twin.client("cloudwatch").get_metric_statistics(
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=datetime.fromtimestamp(began, UTC),
            EndTime=datetime.fromtimestamp(self.twin.clock.now() + 60, UTC),
            Period=60,
            Statistics=["Sum"],
        )
        return sum(int(point["Sum"]) for point in shown["Datapoints"])

    def _faults(self) -> Counter[str]:
        lost = Counter(fault.partition(":")[0] for fault in faults_of(self.twin))
        del lost["denied"]  # what a play looks for is no fault of it
        return lost + Counter({name: self.twin.queue_depth(name) for name in QUEUES})


def _rest_of(acts: Played) -> object:
    """What a scene answers, or that it waited in vain."""
    try:
        return _whole(acts)
    except TimeoutError:
        return "waited in vain"


def _whole(acts: Played) -> object:
    try:
        next(acts)
    except StopIteration as end:
        return end.value
    raise ValueError("a scene yields once")
