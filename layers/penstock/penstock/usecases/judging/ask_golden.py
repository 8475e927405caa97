"""Ask: does the candidate give the expected answers?"""

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.errors import Damaged, Denied, Missing, RefusedByAws, Unavailable
from penstock.domain.execution.announcements import GoldenRequestsMissed
from penstock.domain.execution.progress import RollbackCause
from penstock.domain.execution.run import Next, Run
from penstock.domain.golden.agreement import agrees
from penstock.domain.golden.asking import PAUSES, TRIES, Asking, Golden, Miss, missed
from penstock.domain.golden.golden_file import GoldenRequest, read_golden
from penstock.domain.ledger.gate import Declined
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.stage import GoldenMoment
from penstock.ports.clock import Clock, TimeLeft
from penstock.ports.golden import GoldenFiles, Models
from penstock.ports.ledger import Ledger, Plans
from penstock.ports.people import Announcer
from penstock.usecases.telling.outcomes import Outcomes

SPARE_MS = 10_000
"""Time (ms) that a task keeps for itself beside the longest answer."""
GOES_ON_WITH: Mapping[GoldenMoment, Next] = {"verified": "look", "passed": "judge"}
"""The state that sent the document here. It looks again, because time has passed."""


@dataclass(frozen=True)
class AskGolden:
    """Asks the stage's variant the golden requests, one after the other.

    Asking changes nothing, so a task that runs twice asks twice. A task ends when its time does,
    and the next one goes on where the document says.
    """

    ledger: Ledger
    plans: Plans
    files: GoldenFiles
    models: Models
    announcer: Announcer
    outcomes: Outcomes
    clock: Clock

    def __call__(self, run: Run, time_left: TimeLeft) -> Run:
        """Ask on, go back to the state that waits for this, or roll back.

        It renews the lease, because two hundred slow answers may take longer than a lease lasts.
        """
        try:
            writer = run.writer(self.clock.now())
            gate = self.ledger.write(run.the_key, protocol.keep_alive(writer))
        except Declined:
            return self.outcomes.lost(run)
        if gate.halt or (not run.in_last_stage and gate.newer_wanted(run.approved_at)):
            return run.back(self.outcomes.cause(run, "the release was stopped"))
        try:
            return self._ask(run, time_left)
        except Damaged as error:
            return _back(run, str(error))
        except Denied as error:
            said = f"the golden requests could not be asked for want of a permission: {error}"
            return _back(run, said)
        except (Missing, RefusedByAws) as error:
            return _back(run, f"SageMaker does not take the golden requests: {error}")

    def _ask(self, run: Run, time_left: TimeLeft) -> Run:
        plan = self.plans.plan(run.the_key, run.release or "", run.the_plan.digest)
        golden, moment = plan.golden, run.the_stage.golden
        if golden is None or moment is None:
            raise Damaged("the plan has no golden requests")
        requests = read_golden(self.files.kept(golden.sha256), golden.s3_uri)
        asking = run.asking or Asking()
        while asking.undecided(golden):
            if time_left() < 1000 * golden.timeout_seconds + SPARE_MS:
                return run.then("ask", asking=asking)
            asking = self._asked(run, golden, asking, *requests[asking.at])
            if asking.tries:
                return run.then("ask", PAUSES[asking.tries - 1], asking=asking)
        if asking.misses > golden.allowed:
            return self._too_few(run, plan, golden, asking)
        return run.then(GOES_ON_WITH[moment], asking=asking.ended())

    def _asked(
        self, run: Run, golden: Golden, asking: Asking, line: int, request: GoldenRequest
    ) -> Asking:
        """After one try. Where it got no answer, the same request is tried again later."""
        try:
            return asking.asked(self._missed(run, golden, line, request))
        except Unavailable as error:
            again = asking.again()
            if again.tries < TRIES:
                return again
            return asking.asked(missed(line, request, f"nothing in {TRIES} tries: {error}"))

    def _missed(self, run: Run, golden: Golden, line: int, request: GoldenRequest) -> Miss | None:
        stage = run.the_stage
        answer = self.models.ask(
            stage.about(run.the_endpoint), stage.watched.variant, request, golden.timeout_seconds
        )
        if not answer.good:
            return missed(line, request, f"status {answer.status}: {answer.text}")
        if request.expect is None or agrees(request.expect, answer.text, request.tolerance):
            return None
        return missed(line, request, answer.text)

    def _too_few(self, run: Run, plan: Plan, golden: Golden, asking: Asking) -> Run:
        reason = asking.reason(golden)
        if asking.first:
            self.announcer.announce(
                GoldenRequestsMissed(
                    release_id=run.release,
                    endpoint=plan.endpoint,
                    model_package_arn=run.package,
                    reason=reason,
                    requests=golden.requests,
                    needed=golden.needed,
                    misses=asking.misses,
                    first_request=asking.first.request,
                    expected=asking.first.expected,
                    answer=asking.first.answer,
                    sha256=golden.sha256,
                )
            )
        return _back(run, reason, against=reason)


def _back(run: Run, reason: str, against: str | None = None) -> Run:
    return run.back(RollbackCause(kind="golden", reason=reason, against=against))
