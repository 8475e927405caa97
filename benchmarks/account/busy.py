"""An account with many endpoints and several releases at once, on fakes."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from benchmarks.account.meter import LIVES, Meter
from penstock.domain.ledger.gate import GateWrite
from penstock.domain.ledger.place import Key
from penstock.domain.reviewing.package import Package
from penstock.ports.ledger import Feeder
from penstock.ports.registry import ListedPackage
from penstock.usecases.reviewing.review_sweep import DueReviews
from penstock.usecases.sweeping.reconcile_group import ReconcileGroup
from penstock.usecases.sweeping.round_robin import RoundRobin
from penstock.usecases.sweeping.sweep import Sweep
from tests.fakes.packages import approved_package
from tests.fakes.policies import FakePolicies
from tests.fakes.registry import FakeRegistry
from tests.fakes.reviewing import FakeReviewing
from tests.fakes.wire import Wire
from tests.worlds.machine import Execution, states
from tests.worlds.world import POLICY, World

TASK_SECONDS = 0.4
"""The time of a task beside its calls: state transitions, and occasional cold starts."""
INVOKE_SECONDS = 0.03
"""The time until Lambda has accepted an event."""
SWEEP_LIVES = 900
DAY = 86_400


class WiredPolicies(FakePolicies):
    """Counts the reading of all policies as a call."""

    def endpoints(self) -> dict[str, Feeder]:
        read = super().endpoints
        return self.wire("policies.endpoints", read)


class WiredRegistry(FakeRegistry):
    """Counts listings as calls."""

    def pending(self, group: str) -> list[ListedPackage]:
        listed = super().pending
        return self.wire("registry.listed", lambda: listed(group))

    def newest_approved(self, group: str) -> Package | None:
        listed = super().newest_approved
        return self.wire("registry.listed", lambda: listed(group))


class Busy(World):
    """A world whose calls take time and can be throttled.

    `others` are the endpoints of other people. Each group in `released` has an endpoint that
    serves already. `ended` has the second in which each execution ended. `settles` has the seconds
    of each settle, and of its lock. `killed` counts the tasks that exceeded their time limit.
    """

    def __init__(self, others: int, released: int, **rollout: Any) -> None:
        super().__init__(quick=True)
        self.policies = WiredPolicies(Wire())
        self.registry = WiredRegistry(wire=self.wire)
        self.groups = [f"group-{n:03}" for n in range(released)]
        for group in self.groups:
            changed = {**POLICY, "endpoint": group, "alarms": []}
            changed["rollout"] = {**POLICY["rollout"], **rollout}
            self.policies.put(group, json.dumps(changed))
            self.cloud.serve(group, f"{group}-found")
        for n in range(others):
            self.cloud.serve(f"theirs-{n:03}", f"their-config-{n:03}")
        self.notes.keep_feeders(self.policies.endpoints())
        self.policies.wire = self.wire
        self.clock.advance(DAY)
        self.ended: dict[str, float] = {}
        self.settles: list[tuple[float, float]] = []
        self.killed = 0
        self.meter = Meter(self.clock, self.wire, self.ledger)
        self.meter.pages = {
            "cloud.listed": lambda: -(-len(self.cloud.endpoints) // 100),
            "policies.endpoints": lambda: -(-len(self.groups) // 10),
        }
        self._connect()

    @property
    def time_left(self) -> int:
        """The milliseconds that the current task has left."""
        return max(0, round(1000 * (LIVES - self.meter.elapsed)))

    @time_left.setter
    def time_left(self, _: int) -> None:
        """Ignore the base class, which assigns a constant."""

    def approve(self, group: str, version: int) -> Execution:
        """Approve a package, which starts an execution."""
        now = self.clock.now()
        package = approved_package(group, version, now)
        self.registry.put(package)
        document = {"action": "release", "model_package_arn": package.arn, "approved_at": now}
        return self.start(f"{group}-{version}", **document, adopt=version == 1)

    def step(self, execution: Execution) -> str:
        """Run a task, which takes the time of its calls. Other tasks run meanwhile."""
        self.clock.advance_to(execution.due)
        task = states()[execution.state]["Type"] == "Task"
        self.meter.elapsed, self.meter.held = TASK_SECONDS if task else 0.0, 0.0
        name = super().step(execution)
        took = round(1000 * self.meter.elapsed)
        execution.due = max(execution.due, self.clock.now() + took)
        self.killed += self.meter.elapsed > LIVES
        if name == "Settle the release":
            self.settles.append((self.meter.elapsed - TASK_SECONDS, self.meter.held))
        if not execution.running:
            self.ended[execution.arn] = self.meter.now
        self.meter.elapsed = 0.0
        return name

    def endings(self) -> Counter[str]:
        """Count the executions by outcome."""
        return Counter(str(execution.ending) for execution in self.all)

    def sweep(self) -> tuple[float, int]:
        """Sweep all gates and groups. Return the seconds, and how many were not handed over.

        Each one handed over is reconciled at once, by an invocation whose time does not count.
        """
        self.meter.elapsed = 0.0
        with self.wire.instance("sweep"):
            swept = self._sweep()()
        left = len(self.ledger.endpoints) + len(self.groups) - sum(swept)
        took, self.meter.elapsed = self.meter.elapsed, 0.0
        return took, left

    def _sweep(self) -> Sweep:
        return Sweep(
            ledger=self.ledger,
            policies=self.policies,
            feeders=self.notes,
            reconciling=self,
            round_robin=RoundRobin(
                self.notes, lambda: round(1000 * (SWEEP_LIVES - self.meter.elapsed))
            ),
            only_one=self.notes,
            clock=self.clock,
            pause=self._pass,
            log=lambda _: None,
        )

    def _pass(self, seconds: float) -> None:
        self.meter.elapsed += seconds

    def place(self, key: Key) -> None:
        """Reconcile a place in a separate invocation."""
        self._invoke(lambda: self._reconcile()(key))

    def group(self, group: str) -> None:
        """Reconcile a group in a separate invocation."""
        reconcile = ReconcileGroup(
            policies=self.policies,
            registry=self.registry,
            ledger=self.ledger,
            reviews=DueReviews(self.registry, self.policies, self.reviews, self.clock),
            reviewing=FakeReviewing(lambda _: None),
            executions=self.executions,
            clock=self.clock,
        )
        self._invoke(lambda: reconcile(group))

    def _invoke(self, reconcile: Callable[[], str]) -> None:
        """Invoke asynchronously: the sweep waits for Lambda's answer, not for the invocation."""
        self.meter.elapsed += INVOKE_SECONDS
        handed_over = self.meter.elapsed
        reconcile()
        self.meter.elapsed = handed_over

    def know(self, endpoint: str) -> None:
        """Give the endpoint a gate that is at rest."""
        view = self.cloud.shown(endpoint)
        content = view.content if view else None
        self.ledger.write(endpoint, GateWrite(conditions=(), assign={"content": content}))
