"""Judge: one look at a watched share, and what follows from it."""

from dataclasses import dataclass

from penstock.domain import judgement
from penstock.domain.announcements import AttentionNeeded, ReleaseJudged
from penstock.domain.blueprint import CANDIDATE
from penstock.domain.gate import Gate
from penstock.domain.judgement import Rules, Sight, Verdict
from penstock.domain.progress import Phase, Why
from penstock.domain.run import Run
from penstock.ports import Alarms, Announcer, Clock, Endpoints, Ledger, Metrics
from penstock.usecases.ending import Endings


@dataclass(frozen=True)
class Judge:
    """Its answer is advice: the next acquire decides again (R9, R13)."""

    ledger: Ledger
    alarms: Alarms
    metrics: Metrics
    endpoints: Endpoints
    announcer: Announcer
    endings: Endings
    clock: Clock

    def __call__(self, run: Run) -> Run:
        """Look at gate, alarms and traffic; watch on, go forward or roll back."""
        gate = self.ledger.gate(run.the_endpoint)
        if gate.owner != run.execution or gate.release != run.release:
            return self.endings.lost(run)
        if gate.halt:
            return run.back(Why(kind="halt", reason=gate.halt.reason))
        if run.stage.act != "promote" and gate.newer_wanted(run.approved_at):
            return run.back(Why(kind="newer", reason=f"{gate.wanted} was approved meanwhile"))
        if run.phase is None:
            return self._inherited(run, gate)
        verdict = judgement.judge(self._rules(run), self._see(run, run.phase), gate.started_at)
        return self._follow(run, run.phase, verdict)

    def _inherited(self, run: Run, gate: Gate) -> Run:
        """A verified promotion whose watcher died ends its window early, if no alarm speaks."""
        states = self.alarms.states(gate.alarms)
        fired = sorted(n for n, s in states.items() if s.fires_since(gate.started_at))
        if fired:
            return run.back(Why(kind="verdict", reason=f"the alarm {fired[0]} fired"))
        return run.then("settle", outcome="promoted")

    def _rules(self, run: Run) -> Rules:
        """The stage's rules; the wait for a person is one budget for the whole release."""
        rules = run.stage.rules
        left = max(0, rules.wait_minutes - run.waited_ms // 60_000)
        return rules.model_copy(update={"wait_minutes": left})

    def _see(self, run: Run, phase: Phase) -> Sight:
        plan, stage, now = run.the_plan, run.stage, self.clock.now()
        promoted = stage.act == "promote"
        return Sight(
            own=self.alarms.states(plan.own_alarms),
            others=self.alarms.states(plan.policy.alarms),
            expected=plan.expected(stage),
            requests=self.metrics.requests(
                plan.endpoint,
                plan.live_variant if promoted else CANDIDATE,
                plan.target(stage).config,
                phase.since,
                now,
            )
            if stage.rules.min_requests
            else 0,
            since=phase.since,
            now=now,
            load=0.0 if promoted else self._load(run),
        )

    def _load(self, run: Run) -> float:
        """Requests per instance of the candidate over what live's instances carry without it."""
        view = self.endpoints.look(run.the_endpoint)
        if view is None:
            return 0.0
        live = view.counts.get(run.the_plan.live_variant, 1)
        return view.content.share(CANDIDATE) * live / max(1, view.counts.get(CANDIDATE, 1))

    def _follow(self, run: Run, phase: Phase, verdict: Verdict) -> Run:
        self._tell(run, phase, verdict)
        match verdict.action:
            case "roll_back":
                return run.back(Why(kind="verdict", reason=verdict.reason))
            case "advance":
                over = self.clock.now() - phase.since - run.stage.rules.doubtful_until * 60_000
                return run.forward().model_copy(update={"waited_ms": run.waited_ms + max(0, over)})
            case "ask" | "hold":
                asked = phase.asked or verdict.action == "ask"
                told = phase.model_copy(update={"asked": asked, "verdict": verdict.action})
                return run.watch(told, self.clock.now())

    def _tell(self, run: Run, phase: Phase, verdict: Verdict) -> None:
        about = run.about(verdict.reason)
        if verdict.action != phase.verdict:
            self.announcer.announce(
                ReleaseJudged(
                    verdict=verdict.action,
                    previous_verdict=phase.verdict,
                    percent=run.stage.percent,
                    **about,
                )
            )
        if verdict.action == "ask" and not phase.asked:
            advice = "send traffic, approve a newer package, or start a rollback"
            self.announcer.announce(AttentionNeeded(advice=advice, **about))
