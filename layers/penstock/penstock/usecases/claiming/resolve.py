"""Resolve: what is requested, whether it is possible, and which release it is. Nothing changes."""

from dataclasses import dataclass
from typing import Any

from penstock.domain.errors import Foreign, Missing, Refused, Waiting
from penstock.domain.execution.announcements import ReleaseRefused
from penstock.domain.execution.request import UNKNOWN, Request, parse_request
from penstock.domain.execution.run import Run
from penstock.domain.ledger import naming
from penstock.domain.ledger.place import Place
from penstock.domain.protocol import Approval
from penstock.ports.ledger import Ledger
from penstock.usecases.claiming.admission import Admission, Admitted
from penstock.usecases.claiming.quarantine import quarantined
from penstock.usecases.settling.known import is_known
from penstock.usecases.telling.teller import Teller

LONGEST_REFUSAL = 1000
"""Most characters of a reason or name from the input. An event may have 256 KB in all."""


@dataclass(frozen=True)
class Resolve:
    """The first state. It refuses everything that can be refused before a claim."""

    admission: Admission
    teller: Teller
    ledger: Ledger

    def __call__(self, document: object, execution: str, started_at: int) -> Run:
        """Begin an execution from its input.

        Args:
            document: The input, as somebody gave it.
            execution: ARN of the execution.
            started_at: When it started, in ms. It is the approval time of a manual start.
        """
        run = Run(execution=execution, started_at=started_at, next="claim")
        try:
            request = parse_request(document)
            run = run.but(request=request)
            return self._resolve(run, request)
        except Refused as refused:
            return self.teller.noted(self._refuse(run, document, str(refused)[:LONGEST_REFUSAL]))

    def _resolve(self, run: Run, request: Request) -> Run:
        if request.action != "release":
            own = Approval(naming.release_id(run.execution, run.started_at), None, run.started_at)
            return self._begin(run, request.place, own)
        try:
            admitted = self.admission(request)
        except Missing as error:
            reason = f"the model package group has no policy: {error}"
            if request.automatic:
                return run.end("nothing_to_do", reason)
            raise Refused(reason) from error
        except (Waiting, Foreign) as early:
            if request.automatic:
                return run.end("nothing_to_do", str(early))
            raise
        arn = admitted.package.arn
        approved_at = self._approved_at(request, admitted, run.started_at)
        if approved_at is None:
            reason = (
                "the event does not say when the package was approved, and the ledger already "
                "knows the package"
            )
            return run.end("nothing_to_do", reason)
        own = Approval(naming.release_id(arn, approved_at), arn, approved_at)
        kept = quarantined(self.ledger, request, admitted)
        if kept and not request.automatic:
            raise Refused(kept)
        begun = self._begin(run, admitted.policy.place, own)
        return begun.but(
            queues=admitted.policy.rollout.on_newer == "queue", quarantined=kept is not None
        )

    def _approved_at(self, request: Request, admitted: Admitted, now: int) -> int | None:
        """When the package was approved, in ms. None if nobody can say that it was approved
        again.

        An event without a readable time counts as the first sight of the package, like a find of
        the sweep. The registry's time of the last change is no earlier than the approval.
        """
        if request.approved_at != UNKNOWN:
            return request.approved_at or now
        gate = self.ledger.gate(admitted.policy.place.key)
        if is_known(self.ledger, gate, admitted.package.arn):
            return None
        return admitted.package.last_modified

    def _begin(self, run: Run, place: Place, own: Approval) -> Run:
        dry = run.request is not None and run.request.dry_run
        return run.then(
            "plan" if dry else "claim",
            endpoint=place.name,
            key=place.key,
            own=own,
            release=own.release,
            package=own.package,
            approved_at=own.approved_at,
        )

    def _refuse(self, run: Run, document: object, reason: str) -> Run:
        given: dict[str, Any] = document if isinstance(document, dict) else {}
        self.teller.announce(
            ReleaseRefused(
                reason=reason,
                endpoint=_told(given.get("endpoint")),
                model_package_arn=_told(given.get("model_package_arn")),
            )
        )
        return run.end("refused", reason)


def _told(given: object) -> str | None:
    """A name from the input, made fit for an event: valid Unicode of limited length."""
    text = given if isinstance(given, str) else ""
    return text.encode(errors="replace").decode()[:LONGEST_REFUSAL] or None
