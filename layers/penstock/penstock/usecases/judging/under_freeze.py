"""What a freeze changes for a running release: it keeps its share, and its deadlines wait."""

from dataclasses import dataclass

from penstock.domain.execution.progress import Frozen, Phase, WaitProgress
from penstock.domain.execution.run import Run
from penstock.domain.judging.judgement import Verdict
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.ledger.gate import Gate
from penstock.domain.planning.onward import returned
from penstock.domain.policy.freeze import HeldBack
from penstock.ports.clock import Clock
from penstock.ports.ledger import Plans
from penstock.ports.serving import Endpoints
from penstock.usecases.freezing import Freezing


@dataclass(frozen=True)
class UnderFreeze:
    """Asks for the freeze at each look, and counts how long it held."""

    freezing: Freezing
    endpoints: Endpoints
    plans: Plans
    clock: Clock

    def begin(self, run: Run, phase: Phase) -> Run:
        """The release at the beginning of a look: the time since a frozen one counts as frozen."""
        return self._counted(run, phase) if run.frozen else run

    def look(self, run: Run, phase: Phase) -> tuple[Run, HeldBack | None]:
        """The release with what it knows of the freeze, and what holds it back now.

        The time between two looks counts as frozen if a freeze held at either of them.
        """
        held = self.freezing.of_run(run)
        if held and not run.frozen:
            run = self._counted(run, phase)
        return self._seen(run, held), held

    def verdict(self, run: Run, verdict: Verdict, held: HeldBack | None) -> Verdict:
        """The verdict, as far as it may be followed."""
        return verdict.frozen(held.reason, run.the_stage.percent) if held else verdict

    def kept_back(self, run: Run, gate: Gate) -> Run:
        """A release whose next call was kept back, and so was not made, or perhaps was.

        Before its first call, and while the endpoint changes, there is nothing to judge, so it
        waits. Otherwise it returns to the share that is served, and is judged there. If the
        endpoint does not show what the call was to find, an instance that died may have made it:
        the act finds out inside the lock.
        """
        held, now = self.freezing.of_run(run), self.clock.now()
        if held is None:
            return run.then(run.the_stage.act, frozen=None)
        view = self.endpoints.look(run.the_endpoint)
        changes = view is not None and view.passing
        if not (changes or _as_before(run, gate, view)):
            asked = WaitProgress(what="answer", since=now, spent=run.troubled_ms)
            return run.then(run.the_stage.act, frozen=None, waiting=asked)
        run = self._seen(run, held)
        if changes or run.the_stage.begins:
            return run.watch(Phase(since=now), now).but(phase=None)
        return self._returned(run, now)

    def _counted(self, run: Run, phase: Phase) -> Run:
        last = max(phase.since, run.judged.at if run.judged else 0)
        return run.but(frozen_ms=run.frozen_ms + self.clock.now() - last)

    def _returned(self, run: Run, now: int) -> Run:
        """The watch of the share begins again, and so does its deadline."""
        plan = self.plans.plan(run.the_key, run.release or "", run.the_plan.digest)
        frozen = run.frozen and run.frozen.at_share()
        back = returned(run, plan).but(frozen=frozen, frozen_ms=0)
        if back.the_stage.ramp and back.comparison:
            back = back.but(frozen_ms=now - back.comparison.began)
        return back.watch(Phase(since=now), now)

    def _seen(self, run: Run, held: HeldBack | None) -> Run:
        """Remember the freeze, and notify people once of one that cannot be read."""
        if held is None:
            return run.but(frozen=None)
        frozen = run.frozen or Frozen(since=self.clock.now())
        told = held.error is not None and (frozen.told or self.freezing.tell(run, held))
        return run.but(frozen=frozen.seen(held.until, told=told))


def _as_before(run: Run, gate: Gate, view: EndpointView | None) -> bool:
    """Whether the endpoint shows what the call of the stage in hand expects to find."""
    if view is None:
        return run.the_plan.first
    found = run.the_stage.found
    before = (found,) if found else (gate.previous, gate.content)
    return view.in_service and any(view.content.same(content) for content in before if content)
