"""The composition root: the only reader of the environment and maker of clients."""

import os
import time
from collections.abc import Callable
from functools import cache, cached_property
from typing import Any

import boto3
from botocore.config import Config

from penstock.adapters.alarms import CloudWatchAlarms
from penstock.adapters.announcer import BusAnnouncer
from penstock.adapters.archive import S3Archive
from penstock.adapters.endpoints import SageMakerEndpoints
from penstock.adapters.evidence.cloudwatch import CloudWatchMinutes
from penstock.adapters.executions import ReviewFunction, StepFunctions
from penstock.adapters.ledger import DynamoLedger
from penstock.adapters.metrics import CloudWatchMetrics
from penstock.adapters.policies import ParameterPolicies
from penstock.adapters.records import S3Records
from penstock.adapters.registry import SageMakerRegistry
from penstock.adapters.reports import S3Reports
from penstock.adapters.scaling import AutoScaling
from penstock.adapters.serving.realtime import RealtimeServing
from penstock.adapters.sightings import DynamoSightings
from penstock.adapters.stack_settings import StackSettings
from penstock.adapters.sweep_notes import DynamoSweepNotes
from penstock.adapters.troubles import DynamoTroubles
from penstock.domain.execution.run import Next
from penstock.domain.reviewing.review import ReviewOutcome
from penstock.environment import Environment, read_environment
from penstock.package_event import PackageChanged, reviewing
from penstock.ports import TimeLeft
from penstock.review_ports import Reviewing
from penstock.rounds import Rounds
from penstock.stops import Stops
from penstock.usecases.claiming.admission import Admission
from penstock.usecases.claiming.claim import Claim
from penstock.usecases.claiming.resolve import Resolve
from penstock.usecases.claiming.told_claim import ToldClaim
from penstock.usecases.halt import HaltRelease
from penstock.usecases.judging.hearing import Hearing
from penstock.usecases.judging.judge import Judge
from penstock.usecases.judging.watch import Watch
from penstock.usecases.moving.act import Act
from penstock.usecases.moving.advance import Advance
from penstock.usecases.moving.look import Look
from penstock.usecases.moving.roll_back import RollBack
from penstock.usecases.patient import Patient, Task, timeless
from penstock.usecases.planning.plan import PlanRelease
from penstock.usecases.planning.recent_demand import RecentDemand
from penstock.usecases.reviewing.review import Reviewer
from penstock.usecases.reviewing.review_sweep import DueReviews
from penstock.usecases.settling.cleanup import Cleanup
from penstock.usecases.settling.resume import Resume
from penstock.usecases.settling.settle import Settle
from penstock.usecases.settling.survey import Survey
from penstock.usecases.sweeping.aside import Aside
from penstock.usecases.sweeping.reconcile import Reconcile
from penstock.usecases.sweeping.sweep import Sweep
from penstock.usecases.sweeping.turns import Turns
from penstock.usecases.telling.ending import Endings
from penstock.usecases.telling.epilogue import Epilogue
from penstock.usecases.telling.teller import Teller

ACTING = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 1})
"""For calls inside a lock: no retries and short waits, so that none outlives its lock (A1)."""
ASKING = Config(
    connect_timeout=3, read_timeout=6, retries={"mode": "standard", "total_max_attempts": 5}
)
"""For everything else: five tries and their pauses are over before a function's 60 seconds are,
also where a service hangs; what then has no answer is asked again by the next task.
"""
HURRYING = Config(
    connect_timeout=2, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 4}
)
"""For the look inside the lock before going back: it must not wait behind others' throttled calls.
It may be made again, as it changes nothing, and is over in half of the function's 60 seconds."""
WAITING = Config(connect_timeout=5, read_timeout=40, retries={"total_max_attempts": 1})
"""For a function's answer; a state machine's own retries ask again."""
SETTLING = Config(connect_timeout=2, read_timeout=2, retries={"total_max_attempts": 2})
"""For the settings: trouble with them costs who needs them seconds at most, and then it waits."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """Milliseconds since 1970."""
        return time.time_ns() // 1_000_000


class World:
    """One function's adapters, each made when it is first asked for and kept while it is warm."""

    def __init__(self) -> None:
        self._session = boto3.session.Session()
        self._clock = SystemClock()
        self._client = cache(self._made)

    def begin(self) -> None:
        """Begin an invocation: who needs the stack's settings reads them again."""
        self._settings.forget()

    def log_level(self) -> str | None:
        """What the settings say, if this invocation has read them."""
        return self._settings.known.log_level if self._settings.known else None

    @cached_property
    def _environment(self) -> Environment:
        return read_environment(os.environ)

    @cached_property
    def _settings(self) -> StackSettings:
        return StackSettings(self._client("ssm", SETTLING), self._environment.settings_parameter)

    def _made(self, service: str, config: Config = ASKING) -> Any:
        make: Any = self._session.client  # its stub knows names as literals only
        return make(service, config=config)

    @cached_property
    def _ledger(self) -> DynamoLedger:
        return DynamoLedger(self._client("dynamodb"), self._environment.ledger_table, time.sleep)

    @cached_property
    def _endpoints(self) -> SageMakerEndpoints:
        return SageMakerEndpoints(self._client("sagemaker", ACTING))

    @cached_property
    def _seen(self) -> SageMakerEndpoints:
        """For who only looks: outside a lock a call may be made again."""
        return SageMakerEndpoints(self._client("sagemaker"))

    @cached_property
    def _serving(self) -> RealtimeServing:
        return RealtimeServing(self._client("sagemaker", ACTING))

    @cached_property
    def _scaling(self) -> AutoScaling:
        return AutoScaling(self._client("application-autoscaling", ACTING))

    @cached_property
    def _alarms(self) -> CloudWatchAlarms:
        return CloudWatchAlarms(self._client("cloudwatch"))

    @cached_property
    def _alarms_inside(self) -> CloudWatchAlarms:
        """Inside a lock: a throttled call is tried again once the lock is given back."""
        return CloudWatchAlarms(self._client("cloudwatch", ACTING))

    @cached_property
    def _minutes(self) -> CloudWatchMinutes:
        return CloudWatchMinutes(self._client("cloudwatch"))

    @cached_property
    def _announcer(self) -> BusAnnouncer:
        topic = self._environment.topic_arn
        return BusAnnouncer(self._client("events"), self._client("sns"), topic)

    @cached_property
    def _executions(self) -> StepFunctions:
        return StepFunctions(self._client("stepfunctions"), self._environment.state_machine_arn)

    @cached_property
    def _registry(self) -> SageMakerRegistry:
        return SageMakerRegistry(self._client("sagemaker"))

    @cached_property
    def _policies(self) -> ParameterPolicies:
        return ParameterPolicies(self._client("ssm"), self._settings.policy_path)

    @cached_property
    def _reports(self) -> S3Reports:
        return S3Reports(self._client("s3"))

    @cached_property
    def _teller(self) -> Teller:
        return Teller(self._announcer)

    @cached_property
    def _endings(self) -> Endings:
        return Endings(self._ledger, self._teller, self._clock)

    def _act(self) -> Act:
        return Act(self._ledger, self._endpoints, self._clock)

    def _first(self) -> Advance:
        """Stage, or promote: either may be the first act of a release."""
        act = self._act()
        return Advance(act, self._serving, self._alarms_inside, self._scaling, self._endings)

    def _admission(self, reviewing: Reviewing | None = None) -> Admission:
        return Admission(
            registry=self._registry,
            policies=self._policies,
            feeders=self._notes,
            reports=self._reports,
            reviews=self._ledger,
            live=self._ledger,
            limits=self._settings.limits,
            home=self._environment.home,
            reviewing=reviewing,
        )

    def _reviewer(self) -> Reviewer:
        return Reviewer(
            registry=self._registry,
            policies=self._policies,
            feeders=self._notes,
            reports=self._reports,
            records=S3Records(self._client("s3"), self._environment.evidence_bucket),
            reviews=self._ledger,
            live=self._ledger,
            limits=self._settings.limits,
            announcer=self._announcer,
            clock=self._clock,
            home=self._environment.home,
        )

    def review(self) -> Callable[[PackageChanged], ReviewOutcome]:
        """For review_package."""
        return reviewing(self._reviewer().review, self._environment.home)

    def resolve(self) -> Resolve:
        """For resolve_request."""
        function = ReviewFunction(
            self._client("lambda", WAITING), self._environment.review_function
        )
        return Resolve(self._admission(function), self._teller, self._ledger)

    def _patient(self, here: Next, task: Task) -> Patient:
        return Patient(here, task, self._ledger, self._teller, self._clock)

    def claim(self) -> ToldClaim:
        """For claim_endpoint."""
        claim = Claim(self._ledger, self._executions, self._alarms, self._seen, self._clock)
        return ToldClaim(self._patient("claim", timeless(claim)), self._teller)

    def plan(self) -> Patient:
        """For plan_release."""
        plan = PlanRelease(
            admission=self._admission(),
            ledger=self._ledger,
            endpoints=self._seen,
            alarms=self._alarms,
            scaling=self._scaling,
            recent=RecentDemand(self._minutes, self._clock),
            announcer=self._teller,
            endings=self._endings,
            clock=self._clock,
        )
        return self._patient("plan", timeless(plan))

    def stage(self) -> Patient:
        """For stage_candidate."""
        return self._patient("stage", self._first())

    def shift(self) -> Patient:
        """For shift_traffic."""
        shift = Advance(self._act(), self._serving, None, None, self._endings)
        return self._patient("shift", shift)

    def promote(self) -> Patient:
        """For promote_candidate."""
        return self._patient("promote", self._first())

    def look(self) -> Patient:
        """For look_at_endpoint."""
        look = Look(self._ledger, self._seen, self._teller, self._endings, self._clock)
        return self._patient("look", timeless(look))

    def watch(self) -> Watch:
        """For watch_canary."""
        return Watch(self._ledger, self._clock)

    def judge(self) -> Patient:
        """For judge_canary."""
        judge = Judge(
            ledger=self._ledger,
            alarms=self._alarms,
            metrics=CloudWatchMetrics(self._client("cloudwatch")),
            hearing=self._hearing(),
            endpoints=self._seen,
            announcer=self._teller,
            endings=self._endings,
            clock=self._clock,
        )
        return self._patient("judge", timeless(judge))

    def _hearing(self) -> Hearing:
        archive = S3Archive(self._client("s3"), self._environment.evidence_bucket)
        return Hearing(self._minutes, archive, self._clock)

    def roll_back(self) -> Patient:
        """For roll_back."""
        act = Act(
            self._ledger, SageMakerEndpoints(self._client("sagemaker", HURRYING)), self._clock
        )
        back = RollBack(act, self._serving, self._teller, self._endings)
        return self._patient("roll_back", back)

    def settle(self) -> Patient:
        """For settle_release."""
        settle = Settle(
            ledger=self._ledger,
            endpoints=self._endpoints,
            cleanup=Cleanup(self._ledger, self._survey(), self._serving, self._alarms_inside),
            endings=self._endings,
            epilogue=Epilogue(self._ledger, self._teller, self._endings),
            resume=Resume(self._scaling, self._teller, self._ledger),
            clock=self._clock,
        )
        return self._patient("settle", settle)

    def _survey(self) -> Survey:
        """Of all calls those of a clean-up are the least urgent: the first throttle ends it."""
        account = SageMakerEndpoints(self._client("sagemaker", ACTING))
        client, table = self._client("dynamodb"), self._environment.ledger_table
        return Survey(account, DynamoSightings(client, table, self._ledger, self._clock))

    def _halt(self) -> HaltRelease:
        return HaltRelease(self._ledger, self._executions)

    def stops(self) -> Stops:
        """For halt_release."""
        return Stops(self._halt(), self._clock, self._environment.home)

    def rounds(
        self,
        count_untold: Callable[[], None],
        count_stuck: Callable[[], None],
        log: Callable[[str], None],
        time_left: TimeLeft,
    ) -> Rounds:
        """For reconcile."""
        turns = Turns(self._notes, time_left)
        aside = Aside(
            DynamoTroubles(self._client("dynamodb"), self._environment.ledger_table),
            self._announcer,
            self._clock,
            log,
        )
        reconcile = Reconcile(
            ledger=self._ledger,
            endpoints=self._seen,
            executions=self._executions,
            alarms=self._alarms,
            registry=self._registry,
            halting=self._halt(),
            announcer=self._teller,
            clock=self._clock,
            count_stuck=count_stuck,
        )
        sweep = self._sweep(aside, turns)
        telling = lambda endpoint: self._teller.added(reconcile(endpoint))  # noqa: E731
        return Rounds(self._ledger, self._executions, count_untold, telling, sweep, aside, turns)

    @cached_property
    def _notes(self) -> DynamoSweepNotes:
        return DynamoSweepNotes(self._client("dynamodb"), self._environment.ledger_table)

    def _sweep(self, aside: Aside, turns: Turns) -> Sweep:
        return Sweep(
            policies=self._policies,
            registry=self._registry,
            ledger=self._ledger,
            reviews=DueReviews(self._registry, self._policies, self._ledger, self._clock),
            reviewing=ReviewFunction(self._client("lambda"), self._environment.review_function),
            executions=self._executions,
            clock=self._clock,
            aside=aside,
            feeders=self._notes,
            turns=turns,
        )
