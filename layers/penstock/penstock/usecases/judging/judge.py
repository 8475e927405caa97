"""Judge: one look at a watched share, and what follows from it."""

from dataclasses import dataclass

from penstock.domain.errors import Damaged
from penstock.domain.execution.announcements import AttentionNeeded, ReleaseJudged
from penstock.domain.execution.progress import Judged, Phase, RollbackCause
from penstock.domain.execution.run import Run
from penstock.domain.judging import judgement
from penstock.domain.judging.judgement import Observation, Rules, Verdict
from penstock.domain.kinds.endpoint import BEYOND_UPDATES, EndpointView
from penstock.domain.kinds.series import Fleet
from penstock.domain.ledger.gate import Gate
from penstock.domain.planning.onward import moved, passed
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.stage import Sides, Stage
from penstock.ports.clock import Clock
from penstock.ports.evidence import Alarms, Metrics
from penstock.ports.ledger import Ledger, Plans
from penstock.ports.people import Announcer
from penstock.ports.serving import Endpoints
from penstock.usecases.judging.collect_evidence import Collected, CollectEvidence
from penstock.usecases.judging.deploying import Deploying
from penstock.usecases.judging.opinions import Opinions
from penstock.usecases.judging.under_freeze import UnderFreeze
from penstock.usecases.telling.outcomes import Outcomes


@dataclass(frozen=True)
class JudgeStage:
    """Judges one look. Its answer is advice: the next acquire decides again (R9, R13)."""

    ledger: Ledger
    plans: Plans
    alarms: Alarms
    metrics: Metrics
    collect: CollectEvidence
    opinions: Opinions
    freeze: UnderFreeze
    deploying: Deploying
    endpoints: Endpoints
    announcer: Announcer
    outcomes: Outcomes
    clock: Clock

    def __call__(self, run: Run) -> Run:
        """Look at gate, alarms and traffic, then watch on, go forward or roll back.

        Golden requests come between a stage that is passed and the next one.
        """
        gate = self.ledger.gate(run.the_key)
        if gate.owner != run.execution or gate.release != run.release:
            return self.outcomes.lost(run)
        if gate.halt:
            return run.back(RollbackCause.of(gate.halt))
        if not run.in_last_stage and gate.newer_wanted(run.approved_at):
            return run.back(
                RollbackCause(kind="newer", reason=f"{gate.wanted} was approved meanwhile")
            )
        if run.kept_back:
            return self.freeze.kept_back(run, gate)
        if run.stage and run.stage.beside:
            return self._beside(run)
        if run.phase is None:
            return self._inherited(run, gate)
        return self._decide(run, run.phase, gate)

    def _beside(self, run: Run) -> Run:
        """Pass a stage about another endpoint once its golden requests are asked."""
        return run.then("ask") if run.asks_golden("passed") else passed(run, self._plan(run))

    def _decide(self, run: Run, phase: Phase, gate: Gate) -> Run:
        """Judge only what is there.

        If the endpoint shows something else than the stage made, the look state handles it.
        """
        view = self.endpoints.look(run.the_endpoint)
        if run.the_stage.target and (view is None or _changed(run, view)):
            return run.then("look", waiting=None)
        run, phase = self.deploying.follow(run, phase, view)
        try:
            plan = self._plan(run)
        except Damaged:
            if run.in_last_stage:  # what was promoted and verified is not taken back for that
                return self._inherited(run, gate)
            raise
        run, compared = self.freeze.begin(run, phase), _compared(run)
        load = _load(compared, view) if compared and view and not run.deploying else 0.0
        collected = None
        if compared:
            collected = self.collect(run, plan, phase, load)
            run = run.but(comparison=collected.comparison)
        run, opinions = self.opinions(run, plan, phase, gate)
        observation = self._see(run, plan, phase, collected, load)._replace(opinions=opinions)
        run, verdict = self._verdict(run, phase, observation, gate.started_at)
        verdict = self.deploying.verdict(run, verdict, view, observation.finding)
        troubles = (collected.trouble if collected else None, run.trouble)
        trouble = "; ".join(filter(None, troubles)) or None
        return self._follow(run, plan, phase, observation, verdict).but(trouble=trouble)

    def _verdict(
        self, run: Run, phase: Phase, observation: Observation, alarms_after: int
    ) -> tuple[Run, Verdict]:
        """The verdict. A freeze is asked about unless it changes nothing: harm and alarms roll
        back, a promoted release is settled, and a deployment goes on by itself.
        """
        verdict = judgement.judge(self._rules(run), observation, alarms_after)
        if verdict.urgent or run.in_last_stage or run.deploying:
            return run, verdict
        run, held = self.freeze.look(run, phase)
        verdict = judgement.judge(self._rules(run), observation, alarms_after)
        return run, self.freeze.verdict(run, verdict, held)

    def _plan(self, run: Run) -> Plan:
        return self.plans.plan(run.the_key, run.release or "", run.the_plan.digest)

    def _inherited(self, run: Run, gate: Gate) -> Run:
        """End the window of a verified promotion whose watcher died, if no alarm fires."""
        states = self.alarms.states(gate.alarms)
        fired = sorted(n for n, s in states.items() if s.fires_since(gate.started_at))
        if fired:
            reason = f"the alarm {fired[0]} fired"
            return run.back(RollbackCause(kind="verdict", reason=reason, against=reason))
        return run.then("settle", outcome="promoted")

    def _rules(self, run: Run) -> Rules:
        """The stage's rules.

        The time that a person may take is one budget for the whole release.
        """
        return run.the_stage.judged_by.after_waiting(run.waited_ms).after_freeze(run.frozen_ms)

    def _see(
        self, run: Run, plan: Plan, phase: Phase, collected: Collected | None, load: float
    ) -> Observation:
        stage = run.the_stage
        return Observation(
            own=self.alarms.states(plan.own_alarms),
            others=self.alarms.states(plan.policy.alarms),
            expected=plan.expected(stage),
            requests=_judged_requests(collected) if collected else self._served(plan, stage, phase),
            since=collected.comparison.began if collected and stage.ramp else phase.since,
            now=self.clock.now(),
            load=load,
            load_ahead=_load_ahead(run, plan, load),
            assessment=collected.assessment if collected else None,
            finding=collected.finding if collected else None,
        )

    def _served(self, plan: Plan, stage: Stage, phase: Phase) -> int | None:
        """Requests of the serving variant after the promotion, where there is no live to compare
        with.
        """
        if not stage.judged_by.min_requests:
            return 0
        served = Fleet(plan.endpoint, stage.content.name, stage.watched.variant)
        return self.metrics.requests(plan.published.served(served), phase.since, self.clock.now())

    def _follow(
        self, run: Run, plan: Plan, phase: Phase, observation: Observation, verdict: Verdict
    ) -> Run:
        judged = _judged(run, observation, verdict)
        phase, judged = self._tell(run, phase, judged)
        run = run.but(judged=judged)
        match verdict.action:
            case "roll_back":
                against = verdict.reason if verdict.against else None
                why = RollbackCause(kind="verdict", reason=verdict.reason, against=against)
                return run.back(why)
            case "observe":
                return run.back(RollbackCause(kind="observed", reason=verdict.reason))
            case "advance" if run.asks_golden("passed"):
                return run.then("ask")
            case "advance" | "move":
                return _onward(run, plan, observation, verdict.percent, self._rules(run))
            case "ask" | "hold" | "frozen":
                return run.watch(phase, self.clock.now())

    def _tell(self, run: Run, phase: Phase, judged: Judged) -> tuple[Phase, Judged]:
        """Publish a new verdict, and once that somebody sends requests to the candidate directly.

        What could not be published is published with the next look.
        """
        about, verdict, asked = run.about(judged.reason), phase.verdict, phase.asked
        direct = judged.direct_requests and not (run.judged and run.judged.direct_requests)
        if judged.verdict != verdict or direct:
            said = judged.model_dump(exclude={"at", "reason"})
            news = ReleaseJudged(previous_verdict=verdict, **said, **about)
            if self.announcer.announce(news):
                verdict = judged.verdict
            elif direct:
                judged = judged.without_news()
        if judged.verdict == "ask" and not asked:
            advice = "send traffic, approve a newer package, or start a rollback"
            asked = self.announcer.announce(AttentionNeeded(advice=advice, **about))
        return phase.said(verdict, asked=asked), judged


def _changed(run: Run, view: EndpointView) -> bool:
    """Whether the endpoint failed, or shows another configuration or other shares.

    A deployment that is over is changed, too, and one that follows it is somebody else's.
    """
    if view.status in BEYOND_UPDATES:
        return True
    if run.deploying:
        return not view.passing or view.deploys_another(run.the_stage.content.name)
    return view.in_service and not view.content.same(run.the_stage.target)


def _compared(run: Run) -> Sides | None:
    """What is compared now. A new fleet without traffic is not."""
    if run.deploying and not (run.deployment and run.deployment.traffic_since):
        return None
    return run.the_stage.compared


def _load(compared: Sides, view: EndpointView) -> float:
    """The candidate's requests per instance, relative to live's when live carries all requests."""
    live, candidate = compared.live, compared.candidate
    instances = view.counts.get(live, 1) / max(1, view.counts.get(candidate, 1))
    return view.content.answered(candidate) * instances


def _load_ahead(run: Run, plan: Plan, load: float) -> float:
    """The same at the share of the next stage, where that is a larger one."""
    present = run.the_stage.percent
    if run.position + 1 == run.the_plan.stages or not load:
        return 0.0
    following = plan.stage(run.position + 1, run.ramp)
    raises = following.raises and following.percent > present
    return load * following.percent / present if raises else 0.0


def _onward(
    run: Run, plan: Plan, observation: Observation, percent: float | None, rules: Rules
) -> Run:
    """To another share, or to the next stage.

    Time spent waiting for a person is charged to the release's one wait budget.
    """
    over = observation.now - observation.since - rules.doubtful_until * 60_000
    onward = moved(run, plan, percent) if percent else passed(run, plan)
    left = run.comparison.leaves_share(observation.now) if run.comparison else None
    return onward.but(comparison=left, waited_ms=run.waited_ms + max(0, over))


def _judged_requests(collected: Collected) -> int | None:
    return round(collected.comparison.requests) if collected.whole else None


def _judged(run: Run, observation: Observation, verdict: Verdict) -> Judged:
    finding = observation.finding
    return Judged(
        at=observation.now,
        verdict=verdict.action,
        percent=run.the_stage.present_percent,
        reason=verdict.reason,
        log_e=finding.log_e if finding else None,
        threshold=finding.threshold if finding else None,
        signals=finding.signals if finding else (),
        direct_requests=finding.direct_requests if finding else None,
    )
