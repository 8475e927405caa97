"""An account with several endpoints, its bus and its sweep, on one simulated clock."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, NamedTuple

from penstock.domain.errors import Unavailable
from penstock.domain.execution.endings import says_an_ending
from penstock.domain.home import Home
from penstock.domain.ledger.place import Key
from penstock.domain.reviewing.package import Container, ReportSource
from penstock.usecases.claiming.admission import Admission
from penstock.usecases.reviewing.review import Reviewer
from penstock.usecases.reviewing.review_sweep import DueReviews
from penstock.usecases.revoking import RevokeServing
from penstock.usecases.sweeping.aside import Aside, Thing
from penstock.usecases.sweeping.reconcile_group import ReconcileGroup
from penstock.usecases.sweeping.round_robin import RoundRobin
from penstock.usecases.sweeping.sweep import Sweep
from tests.fakes.alarms import FakeAlarms
from tests.fakes.cloud import FakeCloud
from tests.fakes.golden import FakeModels
from tests.fakes.ledger import FakeLedger
from tests.fakes.packages import approved_package
from tests.fakes.records import FakeRecords
from tests.fakes.reports import FakeReports
from tests.fakes.traffic import FakeTraffic
from tests.fakes.troubles import FakeTroubles
from tests.fakes.wire import Killed
from tests.soak.promises import Memory, Promises
from tests.soak.versions import Answers, Models, Shop, Users
from tests.soak.watched import (
    WatchedAlarms,
    WatchedAnnouncer,
    WatchedCloud,
    WatchedLedger,
)
from tests.worlds.machine import Execution
from tests.worlds.world import LIMITS, POLICY, WiredAnnouncer, World

LONG = "scoring-of-applications-in-all-countries-and-currencies"
"""Two endpoints whose models, cut to SageMaker's length, have one name when they are equal."""
ENDPOINTS = {"churn": "churn", "south": f"{LONG}-south", "north": f"{LONG}-north"}
"""Endpoint of each model package group."""
SCALED = ("churn", "north")
"""The groups whose endpoints scale by themselves."""
OWNER_SUSPENDED = "north"
"""Here its owner has suspended scale-in for good."""
QUIET = "north"
"""Nobody calls this group's endpoint: what a release there waits for does not come."""
REVIEWED = "south"
"""The group whose packages Penstock approves itself."""
BAR = {"metric": "auc", "at_least": 0.8}
SWEEP_SECONDS = 900
LATE_MINUTES = 10
"""How late outcomes are."""
GOLDEN_URI = "s3://models/golden.jsonl"
GOLDEN = b'{"body": "1,2", "expect": "1,2"}\n{"body": "3,4"}\n'

Kind = Literal["registered", "approved", "rejected", "alarm", "died"]


class Event(NamedTuple):
    """What AWS put on the bus: about whom, and when it happened (ms)."""

    kind: Kind
    about: str
    at: int


def policy(group: str, **changes: Mapping[str, Any]) -> dict[str, Any]:
    """The policy of a group, with sections changed."""
    approval = {"mode": "automatic", "bars": [BAR]} if group == REVIEWED else POLICY["approval"]
    whole = {
        **POLICY,
        "endpoint": ENDPOINTS[group],
        "approval": approval,
        "rollout": {"steps": [50], "step_minutes": 1, "hold_minutes": 0, "watch_minutes": 2},
        "judge": {
            "min_requests": 10,
            "warm_up_minutes": 1,
            "deadline_minutes": 10,
            "wait_hours": 1,
        },
        "alarms": [f"business-{group}"],
    }
    for section, values in changes.items():
        whole[section] = {**whole[section], **values}
    return whole


class Frozen(NamedTuple):
    """A freeze that people stored, since which call of the wire.

    `until` in ms, None: until it is deleted. `endpoint`: the only one that it is about.
    """

    since: int
    until: int | None = None
    endpoint: str | None = None

    def holds(self, endpoint: str, now: int) -> bool:
        """Whether it holds this endpoint back."""
        over = self.until is not None and now >= self.until
        return not over and self.endpoint in {None, endpoint}


@dataclass
class Bus:
    """Events that are still to be delivered, the oldest first."""

    waiting: list[Event] = field(default_factory=list)


class Account(World):
    """The world of the protocol's tests with more endpoints, and everything that is on schedule."""

    LEDGER: ClassVar[type[FakeLedger]] = WatchedLedger
    CLOUD: ClassVar[type[FakeCloud]] = WatchedCloud
    ALARMS: ClassVar[type[FakeAlarms]] = WatchedAlarms
    ANNOUNCER: ClassVar[type[WiredAnnouncer]] = WatchedAnnouncer
    MODELS: ClassVar[type[FakeModels]] = Models
    TRAFFIC: ClassVar[type[FakeTraffic]] = Users

    ledger: WatchedLedger
    cloud: WatchedCloud
    alarms: WatchedAlarms
    announcer: WatchedAnnouncer
    traffic: Users

    def __init__(self) -> None:
        self.reports, self.records = FakeReports(), FakeRecords()
        self.troubles = FakeTroubles()
        self.memory = Memory()
        super().__init__(quick=True)
        self.cloud.times.swap, self.cloud.times.create, self.cloud.times.launch = 240, 180, 120
        self.traffic.quiet = frozenset({ENDPOINTS[QUIET]})
        self.golden.files[GOLDEN_URI] = GOLDEN
        self.captures.always = Answers(self.traffic)
        self.outcomes.always, self.outcomes.delay = Shop(self.traffic), LATE_MINUTES
        self.frozen: Frozen | None = None
        self.bus = Bus()
        self.handed: list[Callable[[], str]] = []
        self.next_sweep = self.clock.now() + 1000 * SWEEP_SECONDS
        self.swept: list[str] = []
        self.versions = dict.fromkeys(ENDPOINTS, 0)
        for group in ENDPOINTS:
            self.alarms.put(f"business-{group}")
            self.policies.put(group, json.dumps(policy(group)))
        self._connect()

    # ---- packages --------------------------------------------------------------------------------

    @staticmethod
    def arn(group: str, version: int) -> str:
        return f"arn:aws:sagemaker:eu-west-1:123456789012:model-package/{group}/{version}"

    def publish(self, group: str, approval: Literal["Approved", "PendingManualApproval"]) -> str:
        """The next version of a group; its event is on the bus.

        Some have the artefact of the version before.
        """
        self.versions[group] += 1
        arn, now = self.arn(group, self.versions[group]), self.clock.now()
        made = self.versions[group] - (self.versions[group] % 3 == 0)
        artefact = f"s3://models/{group}/{made}.tar.gz"
        report = f"s3://models/{group}/{self.versions[group]}.json"
        self.reports.put(artefact, artefact.encode())
        auc = 0.7 if self.versions[group] % 4 == 0 else 0.9  # some miss the bar
        self.reports.put(report, json.dumps({"auc": auc}).encode())
        self.registry.put(
            approved_package(
                group,
                self.versions[group],
                now,
                approval=approval,
                containers=(Container(image="image:1", model_data_url=artefact),),
                reports={"model_quality": ReportSource(uri=report)},
            )
        )
        self.emit("approved" if approval == "Approved" else "registered", arn)
        return arn

    def decide(self, arn: str, approval: Literal["Approved", "Rejected"]) -> bool:
        """A person decides; AWS fires the event only for a change."""
        package = self.registry.packages.get(arn)
        if package is None or package.approval == approval:
            return False
        self.memory.decided = self.wire.moment
        self.registry.put(package.model_copy(update={"approval": approval}))
        self.emit("approved" if approval == "Approved" else "rejected", arn)
        return True

    def thaw(self) -> None:
        """Nothing is frozen any more."""
        self.freezes.remove()
        self.freezes.unseal()
        self.frozen = None

    # ---- the bus ---------------------------------------------------------------------------------

    def emit(self, kind: Kind, about: str) -> None:
        self.bus.waiting.append(Event(kind, about, self.clock.now()))

    def deliver(self, event: Event) -> None:
        """An event arrives at what its rule is for; an asynchronous function is tried again."""
        if event.kind == "approved":
            document = {"model_package_arn": event.about, "approved_at": event.at}
            self.start(f"approved-{len(self.all)}", action="release", **document)
            return
        for _ in range(3):
            with self.wire.instance(event.kind):
                try:
                    self._take(event)
                except (Killed, Unavailable):
                    continue
                break
        self._hand_over()

    def deliver_all(self) -> None:
        """Every event that waits arrives, in order."""
        while self.bus.waiting:
            self.deliver(self.bus.waiting.pop(0))

    def _take(self, event: Event) -> None:
        match event.kind:
            case "registered":
                self._review(event.about)
            case "rejected":
                now = self.clock.now()
                self.promises.halted(self._halting().revoked(event.about, now, event.at))
                RevokeServing(self.ledger, self)(event.about, event.at)
            case "alarm":
                self.promises.halted(self._halting().alarm(event.about, event.at))
            case "died":
                owned = [gate for gate in self.ledger.gates() if gate.owner == event.about]
                for gate in owned:
                    self._reconcile()(gate.key)

    def _review(self, arn: str) -> None:
        before = self.registry.packages.get(arn)
        self._reviewer().review(arn)
        after = self.registry.packages.get(arn)
        if before and after and before.approval != after.approval:
            self.emit("approved" if after.approval == "Approved" else "rejected", arn)

    # ---- time ------------------------------------------------------------------------------------

    def happen(self, until: int | None = None) -> bool:
        """The next thing that is due happens (not after `until`, ms); whether there was one."""
        living = [e for e in self.all if e.running and e.arn not in self.wire.busy]
        first = min(living, key=lambda e: e.due, default=None)
        sweeps = first is None or first.due >= self.next_sweep
        due = self.next_sweep if first is None or sweeps else first.due
        if until is not None and due > until:
            self.clock.advance_to(until)
            return False
        if sweeps or first is None:
            self.clock.advance_to(self.next_sweep)
            self.sweep()
        else:
            self.step(first)
        return True

    def step(self, execution: Execution) -> str:
        done = len(self.wire.writes)
        name = super().step(execution)
        if not execution.running:
            self._ended(execution)
        if len(self.wire.writes) > done:
            self.promises.still()
        return name

    def die(self, execution: Execution) -> None:
        super().die(execution)
        self._ended(execution)

    def _ended(self, execution: Execution) -> None:
        if execution.status != "SUCCEEDED":
            self.emit("died", execution.arn)
        if execution.status == "SUCCEEDED" or says_an_ending(json.dumps(execution.cause)):
            self.promises.ended(execution)

    def sweep(self) -> None:
        """The schedule: everything is handed over, and then reconciled one by one."""
        self.next_sweep = self.clock.now() + 1000 * SWEEP_SECONDS
        self.swept = []
        with self.wire.instance("sweep"), suppress(Killed, Unavailable):
            self._sweep()()
        self._hand_over()
        self.promises.still()

    def _hand_over(self) -> None:
        """Lambda invokes whoever was asked to reconcile."""
        while self.handed:
            with self.wire.instance("reconcile"), suppress(Killed, Unavailable):
                self.swept.append(self.handed.pop(0)())

    def place(self, key: Key) -> None:
        """Reconciling: a place is reconciled later, by an invocation of its own."""
        self.handed.append(lambda: self._reconcile()(key))

    def group(self, group: str) -> None:
        """Reconciling: a group is."""
        self.handed.append(lambda: self._reconcile_group(group))

    def ask(self, arn: str) -> None:
        """Reviewing: the review function is invoked asynchronously."""
        self.emit("registered", arn)

    def review(self, arn: str) -> None:
        """Reviewing: whoever asks waits for the answer."""
        self._reviewer().review(arn, asked=True)

    # ---- wiring ----------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.promises = Promises(self)
        for watched in (self.ledger, self.cloud, self.alarms, self.announcer):
            watched.promises = self.promises
        super()._connect()

    def _admission(self) -> Admission:
        return Admission(
            registry=self.registry,
            policies=self.policies,
            feeders=self.notes,
            reports=self.reports,
            reviews=self.reviews,
            live=self.ledger,
            limits=lambda: LIMITS,
            home=Home("123456789012", "eu-west-1"),
        )

    def _reviewer(self) -> Reviewer:
        return Reviewer(
            registry=self.registry,
            policies=self.policies,
            feeders=self.notes,
            reports=self.reports,
            records=self.records,
            reviews=self.reviews,
            live=self.ledger,
            limits=lambda: LIMITS,
            announcer=self.announcer,
            clock=self.clock,
            home=Home("123456789012", "eu-west-1"),
        )

    def _sweep(self) -> Sweep:
        return Sweep(
            ledger=self.ledger,
            policies=self.policies,
            feeders=self.notes,
            reconciling=self,
            round_robin=RoundRobin(self.notes, lambda: 900_000),
            only_one=self.notes,
            clock=self.clock,
            pause=lambda _: None,
            log=lambda _: None,
        )

    def _reconcile_group(self, group: str) -> str:
        """What cannot be handled is set aside, as the function does."""
        reconcile = ReconcileGroup(
            policies=self.policies,
            registry=self.registry,
            ledger=self.ledger,
            reviews=DueReviews(self.registry, self.policies, self.reviews, self.clock),
            reviewing=self,
            executions=self.executions,
            clock=self.clock,
        )
        aside = Aside(self.troubles, self.announcer, self.clock, lambda _: None)
        return aside(Thing(f"group {group}"), lambda: reconcile(group))
