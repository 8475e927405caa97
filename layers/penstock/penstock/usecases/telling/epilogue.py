"""After the end is written: publish it, and end the execution."""

from dataclasses import dataclass

from penstock.domain.execution.announcements import (
    Announcement,
    PackageQuarantined,
    ReleaseObserved,
    ReleasePromoted,
    ReleaseRolledBack,
    ReleaseSuperseded,
    RollbackDone,
    Tidy,
)
from penstock.domain.execution.endings import EndingName
from penstock.domain.execution.run import Run
from penstock.domain.ledger.gate import Gate
from penstock.domain.ledger.people import answers_of
from penstock.domain.ledger.record import ReleaseRecord
from penstock.ports.ledger import Ledger
from penstock.ports.people import Announcer
from penstock.usecases.telling.answers import seen
from penstock.usecases.telling.outcomes import Outcomes
from penstock.usecases.telling.quarantine import quarantine_of


@dataclass(frozen=True)
class Epilogue:
    """Publishes an ending at least once. A task that dies after the write publishes it again.

    If publishing fails, the ending stays in the ledger's outbox and the sweep publishes it.
    """

    ledger: Ledger
    announcer: Announcer
    outcomes: Outcomes

    def tell(self, run: Run, gate: Gate) -> Run:
        """Publish the end of the release in hand, `run.outcome`. `gate` is as it was just
        before.
        """
        reason = run.why.reason if run.why else run.proven_by or "every stage passed"
        tidy: Tidy = "pending" if run.outcome == "tidy_pending" else "done"
        said = (_announcement(run, gate, reason, tidy), *self._quarantine(run))
        if all(self.announcer.announce(each) for each in said):
            self.outcomes.outbox.told(run.the_key, run.release)
        if run.dead and not _answers(run):
            return run.anew()
        return run.end(
            _name(run),
            reason,
            live_model_package_arn=_live(run, gate),
            previous_model_package_arn=_previous(run, gate),
            tidy=tidy,
        )

    def _quarantine(self, run: Run) -> tuple[PackageQuarantined, ...]:
        """A release that had already ended has published it."""
        if run.outcome == "promoted" or _ended_before(run):
            return ()
        return quarantine_of(run.the_endpoint, self.ledger.record(run.the_key, run.release or ""))

    def again(self, run: Run) -> Run:
        """This execution no longer holds the endpoint: an earlier try ended the release, or
        somebody took over.
        """
        record = self.ledger.record(run.the_key, run.release or "")
        gate = self.ledger.gate(run.the_key)
        if record is None or not record.ended or not _as_recorded(run, record, gate):
            return self.outcomes.lost(run)
        return self.tell(run, gate)


def _ended_before(run: Run) -> bool:
    return run.why is not None and run.why.of_an_ended_release


def _answers(run: Run) -> bool:
    """Whether this execution was requested to end another execution's release."""
    requested = run.asked.action == "rollback"
    return run.asked.action == "recover" or (requested and not _ended_before(run))


def _as_recorded(run: Run, record: ReleaseRecord, gate: Gate) -> bool:
    """Whether the recorded ending is the one that this execution was to write."""
    if _ended_before(run):
        return gate.at_rest
    name = _name(run)
    back = {"rolled_back", "observed", "superseded"}
    return record.state in (back if name == "restored" else {name})


def _name(run: Run) -> EndingName:
    if run.outcome == "promoted":
        return "promoted"
    if run.asked.action != "release" or _ended_before(run):
        return "restored"
    return run.why.goes_back_as if run.why else "rolled_back"


def _live(run: Run, gate: Gate) -> str | None:
    """The package that serves after the end."""
    if run.outcome == "promoted":
        return run.package
    return gate.previous.package if gate.previous else None


def _previous(run: Run, gate: Gate) -> str | None:
    """The package that was replaced, by a promotion or by a rollback."""
    before = gate.previous.package if gate.previous else None
    if run.outcome == "promoted":
        return before
    goes_back_to_it = (run.package or None) == before  # the release in hand is a rollback itself
    return gate.serving if goes_back_to_it else run.package


def _announcement(run: Run, gate: Gate, reason: str, tidy: Tidy) -> Announcement:
    about, answers = run.about(reason), seen(answers_of(gate.people, run.release))
    live, previous = _live(run, gate), _previous(run, gate)
    if run.why and run.why.finding and run.outcome != "promoted":
        return ReleaseObserved(**about, answers=answers, live_model_package_arn=live, tidy=tidy)
    match _name(run):
        case "promoted":
            return ReleasePromoted(**about, answers=answers, previous_model_package_arn=previous)
        case "restored":
            return RollbackDone(
                **about, live_model_package_arn=live, previous_model_package_arn=previous, tidy=tidy
            )
        case "superseded":
            return ReleaseSuperseded(
                **about,
                answers=answers,
                newer_model_package_arn=gate.wanted,
                live_model_package_arn=live,
                tidy=tidy,
            )
        case _:
            return ReleaseRolledBack(
                **about, answers=answers, live_model_package_arn=live, tidy=tidy
            )
