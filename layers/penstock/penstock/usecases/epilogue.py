"""After the end is written: alarms away, the word out, and what the execution answers."""

from dataclasses import dataclass

from penstock.domain.announcements import (
    Announcement,
    ReleasePromoted,
    ReleaseRolledBack,
    ReleaseSuperseded,
    RollbackDone,
    Tidy,
)
from penstock.domain.endings import EndingName
from penstock.domain.gate import Gate
from penstock.domain.run import Run
from penstock.ports import Alarms, Announcer, Ledger
from penstock.usecases.ending import Endings


@dataclass(frozen=True)
class Epilogue:
    """Said at least once: a task that dies after the end was written says it again."""

    ledger: Ledger
    alarms: Alarms
    announcer: Announcer
    endings: Endings

    def tell(self, run: Run, gate: Gate) -> Run:
        """The release in hand has ended as `run.outcome`; `gate` is as it was just before."""
        if run.plan:
            self.alarms.remove(run.plan.own_alarms)
        reason = run.why.reason if run.why else "every stage was passed"
        tidy: Tidy = "pending" if run.outcome == "tidy_pending" else "done"
        self.announcer.announce(_announcement(run, gate, reason, tidy))
        if run.dead and run.asked.action == "release":
            return run.then("claim", dead=False, plan=None, why=None, outcome=None, waiting=None)
        return run.end(
            _name(run),
            reason,
            live_model_package_arn=_live(run, gate),
            previous_model_package_arn=_previous(run, gate),
            tidy=tidy,
        )

    def again(self, run: Run) -> Run:
        """The endpoint is not ours any more: we ended it before and died, or somebody took over."""
        record = self.ledger.record(run.the_endpoint, run.release or "")
        if record is None or record.ended_at is None:
            return self.endings.lost(run)
        return self.tell(run, self.ledger.gate(run.the_endpoint))


def _name(run: Run) -> EndingName:
    if run.outcome == "promoted":
        return "promoted"
    if run.asked.action != "release":
        return "restored"
    return "superseded" if run.why and run.why.kind == "newer" else "rolled_back"


def _live(run: Run, gate: Gate) -> str | None:
    """Who serves after the end."""
    if run.outcome == "promoted":
        return run.package
    return gate.previous.package if gate.previous else None


def _previous(run: Run, gate: Gate) -> str | None:
    """Who was replaced: the package before a promotion, the one that a rollback took away."""
    if run.outcome == "promoted":
        return gate.previous.package if gate.previous else None
    if run.asked.action == "rollback" and not run.dead:
        return gate.serving
    return run.package


def _announcement(run: Run, gate: Gate, reason: str, tidy: Tidy) -> Announcement:
    about = run.about(reason)
    live, previous = _live(run, gate), _previous(run, gate)
    match _name(run):
        case "promoted":
            return ReleasePromoted(**about, previous_model_package_arn=previous)
        case "restored":
            return RollbackDone(
                **about, live_model_package_arn=live, previous_model_package_arn=previous, tidy=tidy
            )
        case "superseded":
            return ReleaseSuperseded(
                **about,
                newer_model_package_arn=gate.wanted,
                live_model_package_arn=live,
                tidy=tidy,
            )
        case _:
            return ReleaseRolledBack(**about, live_model_package_arn=live, tidy=tidy)
