"""Everything a release meets, in memory: the real use cases on fakes, and their executions."""

import copy
import json
import pickle
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, ClassVar

from penstock.domain.errors import PenstockError
from penstock.domain.execution.announcements import Announcement
from penstock.domain.execution.endings import says_an_ending
from penstock.domain.execution.run import Next, Run
from penstock.domain.home import Home
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.ledger.content import Content
from penstock.domain.ledger.gate import Gate
from penstock.domain.ledger.place import Key
from penstock.domain.ledger.record import ReleaseRecord
from penstock.domain.planning.plan import Plan
from penstock.domain.policy.allowed import Limits
from penstock.domain.reviewing.package import Container
from penstock.ports.clock import TimeLeft
from penstock.ports.serving import Serving
from penstock.usecases.claiming.admission import Admission
from penstock.usecases.claiming.claim import Claim
from penstock.usecases.claiming.resolve import Resolve
from penstock.usecases.claiming.told_claim import ToldClaim
from penstock.usecases.freezing import Freezing
from penstock.usecases.halt import HaltRelease
from penstock.usecases.judging.ask_goal import AskGoal
from penstock.usecases.judging.ask_golden import AskGolden
from penstock.usecases.judging.ask_people import AskPeople
from penstock.usecases.judging.collect_evidence import CollectEvidence
from penstock.usecases.judging.compare_answers import CompareAnswers
from penstock.usecases.judging.deploying import Deploying
from penstock.usecases.judging.judge import JudgeStage
from penstock.usecases.judging.opinions import Opinions
from penstock.usecases.judging.shadow_over import shadow_over
from penstock.usecases.judging.under_freeze import UnderFreeze
from penstock.usecases.judging.watch import WatchStage
from penstock.usecases.moving.act import Act
from penstock.usecases.moving.advance import Advance, Shift
from penstock.usecases.moving.look import LookAtEndpoint
from penstock.usecases.moving.roll_back import RollBack
from penstock.usecases.moving.swap import Swap
from penstock.usecases.package_stages import WriteStages
from penstock.usecases.patient import Patient, timeless
from penstock.usecases.planning.found_strata import FoundStrata
from penstock.usecases.planning.golden_requests import GoldenRequests
from penstock.usecases.planning.live_goal import LiveGoal
from penstock.usecases.planning.live_noise import LiveNoise
from penstock.usecases.planning.live_quantiles import LiveQuantiles
from penstock.usecases.planning.plan import PlanRelease
from penstock.usecases.planning.recent_demand import RecentDemand
from penstock.usecases.planning.what_is_known import WhatIsKnown
from penstock.usecases.revoking import RevokeServing
from penstock.usecases.settling.cleanup import Cleanup
from penstock.usecases.settling.dismiss import Dismiss
from penstock.usecases.settling.resume import Resume
from penstock.usecases.settling.settle import Settle
from penstock.usecases.settling.survey import Survey
from penstock.usecases.sweeping.reconcile import Reconcile
from penstock.usecases.telling.epilogue import Epilogue
from penstock.usecases.telling.outcomes import Outcomes
from penstock.usecases.telling.teller import Teller
from tests.fakes.alarms import FakeAlarms
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.archive import FakeArchive
from tests.fakes.brakes import FakeBrakes
from tests.fakes.captures import FakeCaptures
from tests.fakes.clock import FakeClock
from tests.fakes.cloud import FakeCloud
from tests.fakes.executions import FakeExecutions
from tests.fakes.freezes import FakeFreezes
from tests.fakes.golden import FakeGoldenFiles, FakeModels
from tests.fakes.hours import FakeHours
from tests.fakes.ledger import FakeLedger
from tests.fakes.live_metrics import FakeLiveMetrics
from tests.fakes.metrics import FakeMetrics
from tests.fakes.minutes import FakeMinutes
from tests.fakes.outcomes import FakeOutcomes
from tests.fakes.packages import approved_package, arn_of
from tests.fakes.plans import FakePlans
from tests.fakes.policies import FakePolicies
from tests.fakes.reconciling import FakeReconciling
from tests.fakes.registry import FakeRegistry
from tests.fakes.reports import FakeReports
from tests.fakes.reviews import FakeReviews
from tests.fakes.scaling import FakeScaling
from tests.fakes.strata import FakeStrata
from tests.fakes.sweep_notes import FakeSweepNotes
from tests.fakes.traffic import FakeTraffic
from tests.fakes.wire import Killed, Wire
from tests.worlds.machine import BROKEN, Document, Execution, Task
from tests.worlds.promises import inside_the_lock, outside_the_lock, rules

CHURN = "churn"
POLICY: Document = {
    "endpoint": CHURN,
    "approval": {"mode": "manual", "unreviewed": "accept"},
    "serving": {
        "execution_role_arn": "arn:aws:iam::123456789012:role/serving",
        "instance_type": "ml.m5.large",
        "instance_count": 2,
    },
    "rollout": {
        "steps": [10, 50],
        "step_minutes": 2,
        "hold_minutes": 0,
        "watch_minutes": 4,
        "prove": False,
    },
    "judge": {"min_requests": 10, "warm_up_minutes": 1, "deadline_minutes": 10, "wait_hours": 1},
    "alarms": ["business"],
}


ASKS_FOR_MS = 120_000
"""The time-out of the function that asks golden requests, in ms (template.yaml)."""
LIMITS = Limits(
    serving_roles=("*",),
    report_buckets=("*",),
    golden_buckets=("*",),
    capture_buckets=("*",),
    kms_keys=("*",),
)


class WiredAnnouncer(FakeAnnouncer):
    """Announcements are calls too: an instance may die before or after one.

    `rule` is asked before each: no instance tells anything while it holds a lock.
    """

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire
        self.rule: Callable[[Announcement], None] | None = None

    def announce(self, announcement: Announcement) -> bool:
        say = super().announce
        if self.rule:
            self.rule(announcement)
        return self._wire("announcer.announce", lambda: say(announcement))


class World:
    """An account with one endpoint's worth of everything; executions run by `step` and `run`.

    With `quick` documents do not go through JSON on their way between states. Those that have
    fakes of their own say so in the class: everything else is wired to the same ones.
    """

    LEDGER: ClassVar[type[FakeLedger]] = FakeLedger
    CLOUD: ClassVar[type[FakeCloud]] = FakeCloud
    ALARMS: ClassVar[type[FakeAlarms]] = FakeAlarms
    EXECUTIONS: ClassVar[type[FakeExecutions]] = FakeExecutions
    ANNOUNCER: ClassVar[type[WiredAnnouncer]] = WiredAnnouncer
    MODELS: ClassVar[type[FakeModels]] = FakeModels
    TRAFFIC: ClassVar[type[FakeTraffic]] = FakeTraffic

    def __init__(self, policy: Mapping[str, Any] = POLICY, *, quick: bool = False) -> None:
        self._quick = quick
        self.time_left = 60_000
        self.mortal = False
        """Whether an execution dies with the first of its tasks that is killed."""
        self.clock = FakeClock()
        self.wire = Wire()
        self.ledger = self.LEDGER(self.wire)
        self.plans = FakePlans(self.wire)
        self.cloud = self.CLOUD(self.clock, self.wire)
        self.alarms = self.ALARMS(self.clock, self.wire, calm=True)
        self.alarms.put("business")
        self.cloud.fires = self.alarms.fires
        self.brakes = FakeBrakes(self.alarms, self.wire)
        self.scaling = FakeScaling(self.wire)
        self.metrics = FakeMetrics(per_minute=100, wire=self.wire)
        self.verbs: Serving | None = None
        """Other verbs than those of the account in memory."""
        self.traffic = self.TRAFFIC(self.cloud)
        self.minutes = FakeMinutes(self.clock.now, always=self.traffic, wire=self.wire)
        self.hours = FakeHours(self.clock.now, wire=self.wire)
        self.outcomes = FakeOutcomes(self.clock.now, wire=self.wire)
        self.strata = FakeStrata(wire=self.wire)
        self.golden = FakeGoldenFiles(self.wire)
        self.captures = FakeCaptures(self.wire)
        self.models = self.MODELS(self.cloud, self.wire)
        self.archive = FakeArchive(wire=self.wire)
        self.executions = self.EXECUTIONS(self.wire)
        self.executions.on_start = self._started
        self.executions.on_wake = self._woken
        self.announcer = self.ANNOUNCER(self.wire)
        self.teller = Teller(self.announcer)
        self.registry = FakeRegistry(wire=self.wire)
        self.reconciling = FakeReconciling()
        self.reviews = FakeReviews(self.wire)
        self.policies = FakePolicies(self.wire)
        self.notes = FakeSweepNotes()
        self.freezes = FakeFreezes(self.wire)
        self.policies.put("churn", json.dumps(policy))
        self.images: dict[int, str] = {}
        """The digest of a version's image, where it is registered."""
        self.stuck: list[int] = []
        """When the metric of a stuck rollback was published (ms)."""
        self.all: list[Execution] = []
        self.tasks: Mapping[str, Task] = {}
        self._connect()

    # ---- what tests do ---------------------------------------------------------------------------

    def register(self, version: int) -> str:
        """An approved package; its ARN."""
        made = Container(image="image:1", image_digest=self.images.get(version))
        package = approved_package("churn", version, version, containers=(made,))
        self.registry.put(package)
        return package.arn

    def start(self, name: str, **document: Any) -> Execution:
        """Start an execution; it does nothing until it is stepped."""
        self.executions.begin(name, document)
        return self.all[-1]

    def release(self, version: int, name: str | None = None, **more: Any) -> Execution:
        """The approval of a version starts an execution; later versions were approved later."""
        arn = self.register(version)
        approved = self.approved_at(version)
        document = {"action": "release", "model_package_arn": arn, "approved_at": approved, **more}
        return self.start(name or f"e{version}-{len(self.all)}", **document)

    @staticmethod
    def approved_at(version: int) -> int:
        return 1_772_000_000_000 + version

    def promoted(self, version: int) -> Execution:
        """A release that went well, all the way."""
        execution = self.release(version)
        self.run(execution)
        assert execution.ending == "promoted", execution.cause
        return execution

    def step(self, execution: Execution) -> str:
        assert execution.running
        state = execution.step()
        if not execution.running:
            self.executions.alive.discard(execution.arn)
        if not execution.running and says_an_ending(json.dumps(execution.cause)):
            self.executions.said.add(execution.arn)
        return state

    def until(self, execution: Execution, state: str, count: int = 1) -> None:
        """Run one execution until it is about to enter `state` (for the `count`-th time)."""
        for _ in range(500):
            if execution.state == state and execution.token is None:
                count -= 1
                if count == 0:
                    return
            if not execution.running:
                raise AssertionError(f"it ended before {state}: {execution.cause}")
            self.step(execution)
        raise AssertionError(f"no {state} in 500 steps; it is in {execution.state}")

    def until_gate(self, execution: Execution, holds: Callable[[Gate], bool]) -> None:
        """Run one execution until the gate says so."""
        for _ in range(500):
            if holds(self.gate):
                return
            self.step(execution)
        raise AssertionError(f"the gate never said so: {self.gate}")

    def run(self, *executions: Execution, steps: int = 20_000) -> None:
        """Run these (all, if none is named) to their ends, whatever is due first."""
        for _ in range(steps):
            living = [e for e in executions or self.all if e.running]
            if not living:
                return
            self.step(min(living, key=lambda e: e.due))
        raise AssertionError(f"no end in {steps} steps: {[e.state for e in self.all if e.running]}")

    def die(self, execution: Execution) -> None:
        execution.die()
        self.executions.alive.discard(execution.arn)

    def reconcile(self) -> str:
        """One round of the reconciler, as after a death or in the sweep."""
        with self.wire.instance("reconcile"):
            try:
                return self._reconcile()(Key(CHURN))
            except Killed:
                return "died"
            except PenstockError as error:
                return f"failed: {error}"

    def settle_down(self, rounds: int = 60) -> list[str]:
        """Sweep every 15 minutes until nothing runs and nothing more is done."""
        said: list[str] = []
        for _ in range(rounds):
            self.run()
            said.append(self.reconcile())
            if any(e.running for e in self.all):
                if self.gate.rehearsals:  # one that is not shown yet is looked at again later
                    self.clock.advance(900)
                continue
            waits = self.gate.tidy == "pending" and not (self.gate.drift or self.gate.attention)
            waits = waits or "recovery started" in said[-1]  # it died at once
            if said[-1].startswith(("at rest", "blocked")) and not waits:
                return said
            self.clock.advance(900)
        raise AssertionError(f"no rest in {rounds} sweeps: {said[-5:]}")

    def alarm(self, name: str, *, event: bool = True) -> None:
        """An alarm goes to ALARM; its event may be lost."""
        self.alarms.put(name, "ALARM")
        if event:
            self.tell(name)

    def tell(self, name: str, at: int | None = None) -> list[str]:
        """The event of an alarm arrives; Lambda tries again what dies or fails, three times."""
        for _ in range(3):
            with self.wire.instance("halt"), suppress(Killed, PenstockError):
                return self._halting().alarm(name, at or self.clock.now())
        return []

    def revoked(self, package: str, at: int | None = None) -> list[str]:
        """The event of a revocation arrives, `at` (ms) is when it happened."""
        with self.wire.instance("halt"):
            halted = self._halting().revoked(package, self.clock.now(), at)
            RevokeServing(self.ledger, self.reconciling)(package, at)
        return halted

    def reject(self, version: int, *, event: bool = True) -> str:
        """Somebody rejects a version; the event may be lost. What follows is not run."""
        package = self.registry.set_approval(arn_of("churn", version), "Rejected")
        if event:
            self.revoked(package.arn, self.clock.now())
            self.reconcile_asked()
        return package.arn

    def reconcile_asked(self) -> None:
        """Lambda invokes whoever was asked to reconcile, once for each request."""
        asked, self.reconciling.asked = self.reconciling.asked, []
        for _ in asked:
            self.reconcile()

    def pause(self, execution: Execution) -> Callable[[], Document]:
        """A copy of the task in hand that runs when it is called: it lives, its answer is lost."""
        state, document = execution.state, execution.document

        def resume() -> Document:
            with self.wire.instance(f"{execution.arn} {state}, late"):
                return self.tasks[state](document)

        return resume

    def outlive(self, late: Callable[[], object]) -> None:
        """A late instance goes on, and nobody waits for its answer or its error."""
        try:
            late()
        except BROKEN:
            raise
        except (Killed, Exception):
            return

    def fork(self) -> "World":
        """This world once more, as it is now; what happens to one does not happen to the other."""
        self._disconnect()
        other = copy.deepcopy(self)
        for world in (self, other):
            world._connect()  # noqa: SLF001 - its own class
        return other

    def snapshot(self) -> Callable[[], "World"]:
        """Makes this world again, as it is now, as often as it is called; quicker than `fork`."""
        self._disconnect()
        kept = pickle.dumps(self, protocol=pickle.HIGHEST_PROTOCOL)
        self._connect()

        def again() -> World:
            world: World = pickle.loads(kept)  # noqa: S301 - our own bytes, of this process
            world._connect()
            return world

        return again

    # ---- what tests see --------------------------------------------------------------------------

    @property
    def gate(self) -> Gate:
        return self.ledger.peek(CHURN)

    @property
    def view(self) -> EndpointView:
        view = self.cloud.shown(CHURN)
        assert view is not None
        return view

    @property
    def content(self) -> Content:
        return self.view.content

    def record(self, execution: Execution) -> ReleaseRecord:
        """The record of the release that an execution was started for."""
        version = int(str(execution.input["model_package_arn"]).rsplit("/", 1)[1])
        return self.record_of(version)

    def record_of(self, version: int) -> ReleaseRecord:
        at = self.approved_at(version)
        found = [r for r in self.ledger.peek_records(CHURN) if r.approved_at == at]
        assert found, f"no record of version {version}"
        return found[0]

    def plan_of(self, version: int) -> Plan:
        """The plan of the release of a version."""
        record = self.record_of(version)
        assert record.planned, f"no plan of version {version}"
        return self.plans.peek(Key(CHURN), record.release, record.planned.digest)

    def serves(self, version: int) -> bool:
        """Whether the endpoint serves this version alone, verified in the ledger."""
        arn = f"arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/{version}"
        gate, view = self.gate, self.view
        config = self.cloud.configs[view.content.name]
        model = self.cloud.models[config["ProductionVariants"][0]["ModelName"]]
        same = view.content.same(gate.content) and len(view.content.weights) == 1
        return same and gate.serving == arn == model["PrimaryContainer"]["ModelPackageName"]

    # ---- wiring ----------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.cloud.rules = rules(self.ledger, self.cloud, self.clock, self.wire)
        self.announcer.rule = outside_the_lock(self.ledger, self.clock, self.wire)
        self.scaling.rules = [inside_the_lock(self.ledger, self.clock, self.wire)]
        self.tasks = self._tasks()
        for execution in self.all:
            execution.tasks = self.tasks

    def serve_by(self, serving: Serving) -> None:
        """Change the endpoint through these verbs from now on."""
        self.verbs = serving
        self._connect()

    def _disconnect(self) -> None:
        """Without what cannot be copied; `_connect` makes it again."""
        self.tasks = {}
        self.cloud.rules, self.scaling.rules, self.announcer.rule = [], [], None
        self.brakes.rules = []
        for execution in self.all:
            execution.tasks = {}

    def _started(self, arn: str, document: Mapping[str, Any]) -> None:
        now = self.clock.now()
        execution = Execution(
            arn, json.loads(json.dumps(document)), now, self.tasks, self.clock, self.wire, due=now
        )
        execution.mortal = self.mortal
        self.all.append(execution)

    def _woken(self, token: str) -> None:
        for execution in self.all:
            execution.wake(token)

    def _freezing(self) -> Freezing:
        return Freezing(self.freezes, self.teller, self.clock)

    def _halting(self) -> HaltRelease:
        return HaltRelease(self.ledger, self.executions)

    def _stages(self) -> WriteStages:
        return WriteStages(self.ledger, self.registry, self.teller)

    def _reconcile(self) -> Reconcile:
        return Reconcile(
            ledger=self.ledger,
            endpoints=self.cloud,
            executions=self.executions,
            alarms=self.alarms,
            registry=self.registry,
            policies=self.policies,
            halting=self._halting(),
            stages=self._stages(),
            freezing=self._freezing(),
            announcer=self.teller,
            clock=self.clock,
            count_stuck=self._count_stuck,
        )

    def _count_stuck(self) -> None:
        self.stuck.append(self.clock.now())

    @property
    def serving(self) -> Serving:
        return self.verbs or self.cloud

    def _tasks(self) -> Mapping[str, Task]:
        teller = self.teller
        outcomes = Outcomes(self.ledger, teller, self.clock)
        act = Act(self.ledger, self.cloud, self.clock)
        freezing = self._freezing()
        claim = Claim(
            ledger=self.ledger,
            executions=self.executions,
            alarms=self.alarms,
            endpoints=self.cloud,
            freezing=freezing,
            archive=self.archive,
            clock=self.clock,
        )
        resolve = Resolve(self._admission(), teller, self.ledger)
        watch = WatchStage(self.ledger, self.clock)
        look = LookAtEndpoint(self.ledger, self.cloud, self.alarms, teller, outcomes, self.clock)
        swap = Swap(self.serving, self.alarms, self.scaling, self.plans)
        first = Advance(act, swap, outcomes, freezing)
        shift = Advance(act, Shift(self.serving), outcomes, freezing)
        carried = _Carried if self._quick else _Written
        patient: dict[str, Patient] = {
            "Claim the endpoint": self._patient("claim", timeless(claim)),
            "Plan the release": self._patient("plan", timeless(self._plan(outcomes))),
            "Look at the endpoint": self._patient("look", timeless(look)),
            "Ask the golden requests": self._patient("ask", self._ask(outcomes)),
            "Judge what is seen": self._patient("judge", timeless(self._judge(outcomes))),
            "Stage the candidate": self._patient("stage", first),
            "Shift traffic": self._patient("shift", shift),
            "Promote the candidate": self._patient("promote", first),
            "Roll back": self._patient(
                "roll_back", RollBack(act, self.serving, self.brakes, teller, outcomes)
            ),
            "Settle the release": self._patient("settle", self._settle(outcomes)),
        }
        told = ToldClaim(patient["Claim the endpoint"], teller)
        tasks = {name: self._living(task) for name, task in patient.items()}
        asking = patient["Ask the golden requests"]
        tasks["Ask the golden requests"] = self._living(asking, ASKS_FOR_MS)
        tasks["Claim the endpoint"] = self._living(told)
        return {
            "Resolve the request": lambda d: carried.give(
                resolve(d["input"], d["execution"], d["started_at"])
            ),
            "Watch what is served": lambda d: _watched(watch, carried.take(d["run"]), d["token"]),
            **{name: _task(carried, task) for name, task in tasks.items()},
        }

    def _patient(self, here: Next, use_case: Callable[[Run, TimeLeft], Run]) -> Patient:
        return Patient(here, use_case, self.ledger, self.teller, self.clock)

    def _living(
        self, use_case: Callable[[Run, TimeLeft], Run], lasts_ms: int | None = None
    ) -> Callable[[Run], Run]:
        """A task with the time that a test gives it, or one that is killed after so long."""

        def task(run: Run) -> Run:
            ends = self.clock.now() + (lasts_ms or 0)
            after = use_case(run, lambda: ends - self.clock.now() if lasts_ms else self.time_left)
            if after.stuck:
                self._count_stuck()
            return after

        return task

    def _admission(self) -> Admission:
        return Admission(
            registry=self.registry,
            policies=self.policies,
            feeders=self.notes,
            reports=FakeReports(),
            reviews=self.reviews,
            live=FakeLiveMetrics(),
            limits=lambda: LIMITS,
            home=Home("123456789012", "eu-west-1"),
        )

    def _plan(self, outcomes: Outcomes) -> PlanRelease:
        return PlanRelease(
            admission=self._admission(),
            ledger=self.ledger,
            plans=self.plans,
            endpoints=self.cloud,
            alarms=self.alarms,
            scaling=self.scaling,
            known=WhatIsKnown(
                strata=FoundStrata(self.strata),
                quantiles=LiveQuantiles(self.hours, self.clock),
                recent=RecentDemand(self.minutes, self.clock),
                noise=LiveNoise(self.minutes, self.strata, self.clock),
                goal=LiveGoal(self.hours, self.clock),
            ),
            golden=GoldenRequests(self.golden),
            stages=self._stages(),
            announcer=self.teller,
            outcomes=outcomes,
            clock=self.clock,
        )

    def _ask(self, outcomes: Outcomes) -> AskGolden:
        return AskGolden(
            ledger=self.ledger,
            plans=self.plans,
            files=self.golden,
            models=self.models,
            announcer=self.teller,
            outcomes=outcomes,
            clock=self.clock,
        )

    def _judge(self, outcomes: Outcomes) -> JudgeStage:
        return JudgeStage(
            ledger=self.ledger,
            plans=self.plans,
            alarms=self.alarms,
            metrics=self.metrics,
            collect=CollectEvidence(self.minutes, self.archive, self.clock),
            opinions=Opinions(
                {
                    "gate": AskPeople(self.ledger, self.teller, self.clock),
                    "agreement": CompareAnswers(self.captures, self.archive, self.clock),
                    "over": shadow_over,
                    "goal": AskGoal(self.outcomes, self.archive, self.clock),
                }
            ),
            freeze=UnderFreeze(self._freezing(), self.cloud, self.plans, self.clock),
            deploying=Deploying(self.teller, self.clock),
            endpoints=self.cloud,
            announcer=self.teller,
            outcomes=outcomes,
            clock=self.clock,
        )

    def _settle(self, outcomes: Outcomes) -> Settle:
        return Settle(
            ledger=self.ledger,
            endpoints=self.cloud,
            cleanup=Cleanup(self.ledger, Survey(self.cloud, self.ledger), self.cloud, self.alarms),
            outcomes=outcomes,
            epilogue=Epilogue(self.ledger, self.teller, outcomes),
            resume=Resume(self.scaling, self.teller, self.ledger),
            stages=self._stages(),
            dismiss=Dismiss(self.cloud, self.serving, self.teller, self.ledger, self.clock),
            clock=self.clock,
        )


class _Written:
    """Documents as Step Functions carries them: JSON."""

    @staticmethod
    def give(run: Run) -> Document:
        document: Document = json.loads(run.model_dump_json(by_alias=True))
        return document

    @staticmethod
    def take(document: Document) -> Run:
        return Run.model_validate(document)


class _Carried:
    """The document itself beside what the state machine reads of it: saves most of the time."""

    @staticmethod
    def give(run: Run) -> Document:
        return {
            "run": run,
            "next": run.next,
            "wait_seconds": run.wait_seconds,
            "watch_seconds": run.watch_seconds,
            "ending": run.ending.model_dump() if run.ending else None,
            "failure": run.failure.model_dump() if run.failure else None,
            "error": run.error,
        }

    @staticmethod
    def take(document: Document) -> Run:
        run: Run = document["run"]
        return run.model_copy(update={"error": document.get("error")})


def _task(carried: type[_Written | _Carried], use_case: Callable[[Run], Run]) -> Task:
    return lambda document: carried.give(use_case(carried.take(document)))


def _watched(watch: WatchStage, run: Run, token: str) -> Document:
    watch(run, token)
    return {}
