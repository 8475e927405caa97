"""Penstock with one rule of the protocol left out, by composition: a history has to find each.

The use cases are the real ones; the ledger, SageMaker, alarms or executions they are given lack a
rule: a condition is not checked, an attribute is not shown to one task, a call is another one.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from penstock.domain.execution.announcements import Announcement, ApprovalNeeded
from penstock.domain.judging.judgement import AlarmState
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.ledger.gate import AnyOf, Condition, Declined, Gate, GateWrite
from penstock.domain.ledger.people import Answer
from penstock.domain.ledger.record import ReleaseRecord
from penstock.usecases.freezing import Freezing
from tests.fakes.executions import FakeExecutions
from tests.fakes.freezes import FakeFreezes
from tests.fakes.golden import FakeModels
from tests.soak.account import Account
from tests.soak.watched import WatchedAlarms, WatchedAnnouncer, WatchedCloud, WatchedLedger

Rewrite = Callable[[GateWrite, Gate], GateWrite]


def about(condition: Condition) -> set[str]:
    """The attributes that a condition tests."""
    tests = condition.predicates if isinstance(condition, AnyOf) else (condition,)
    return {test.attribute for test in tests}


def untested(write: GateWrite, *attributes: str) -> GateWrite:
    """The write without its conditions on these attributes."""
    kept = (c for c in write.conditions if not about(c) & set(attributes))
    return replace(write, conditions=tuple(kept))


class LaxLedger(WatchedLedger):
    """`rewrite` changes what is written, `shows` what a task is shown of a gate."""

    def rewrite(self, write: GateWrite, gate: Gate) -> GateWrite:
        """What is written instead."""
        return write

    def shows(self, gate: Gate, task: str) -> Gate:
        """What the task that runs (its instance's name) is shown."""
        return gate

    def gate(self, endpoint: str) -> Gate:
        return self.shows(super().gate(endpoint), self.wire.current.name)

    def _write(self, endpoint: str, write: GateWrite) -> Gate:
        try:
            return super()._write(endpoint, self.rewrite(write, self.peek(endpoint)))
        except Declined as declined:
            raise Declined(self.shows(declined.gate, self.wire.current.name)) from declined


def acquires(write: GateWrite) -> bool:
    """Whether it takes the lock."""
    return "lock" in write.assign


class NoOwn(LaxLedger):
    def shows(self, gate: Gate, task: str) -> Gate:
        own = gate.owner and task == f"{gate.owner} Claim the endpoint"
        return gate.model_copy(update={"owner": f"{gate.owner}?"}) if own else gate


class NoLatest(LaxLedger):
    def shows(self, gate: Gate, task: str) -> Gate:
        return gate.model_copy(update={"latest": None})

    def rewrite(self, write: GateWrite, gate: Gate) -> GateWrite:
        return untested(write, "latest")


class NoWanted(LaxLedger):
    def rewrite(self, write: GateWrite, gate: Gate) -> GateWrite:
        return replace(write, assign={}) if set(write.assign) == {"wanted", "wanted_at"} else write


class NoOwnerInAcquire(LaxLedger):
    def rewrite(self, write: GateWrite, gate: Gate) -> GateWrite:
        return untested(write, "owner", "release") if acquires(write) else write


class NoLock(LaxLedger):
    def rewrite(self, write: GateWrite, gate: Gate) -> GateWrite:
        return untested(write, "lock") if not write.remove else write


class NoStep(LaxLedger):
    def rewrite(self, write: GateWrite, gate: Gate) -> GateWrite:
        return untested(write, "step") if acquires(write) else write


class NoHaltInAcquire(LaxLedger):
    def rewrite(self, write: GateWrite, gate: Gate) -> GateWrite:
        return untested(write, "halt", "wanted_at") if acquires(write) else write


class NoHaltAtTheEnd(LaxLedger):
    def rewrite(self, write: GateWrite, gate: Gate) -> GateWrite:
        final = "content" in write.assign or write.assign.get("step") == 90
        return untested(write, "halt") if final else write


class LateAlarms(LaxLedger):
    def shows(self, gate: Gate, task: str) -> Gate:
        return gate.model_copy(update={"started_at": 0}) if task == "alarm" else gate


class OnlyTheToken(LaxLedger):
    def rewrite(self, write: GateWrite, gate: Gate) -> GateWrite:
        return replace(write, assign_once={}) if write.assign_once else write


class AnyPrevious(LaxLedger):
    def rewrite(self, write: GateWrite, gate: Gate) -> GateWrite:
        claims = write.assign.get("step") == 0 and gate.content
        return (
            replace(write, assign={**write.assign, "previous": gate.content}) if claims else write
        )


class Deaf(WatchedAlarms):
    """Tasks whose name ends like this read no alarms."""

    task: ClassVar[str]
    whose: ClassVar[str] = ""

    def states(self, names: tuple[str, ...]) -> Mapping[str, AlarmState]:
        task = self.wire.current.name
        return {} if task.endswith(self.task) and self.whose in task else super().states(names)


class DeafJudge(Deaf):
    task = "Judge what is seen"


class DeafClaim(Deaf):
    task = "Claim the endpoint"


class DeafRecovery(Deaf):
    task, whose = "Judge what is seen", "recover-"


class BlindStage(WatchedCloud):
    """Staging sees what it expects."""

    def look(self, endpoint: str) -> EndpointView | None:
        view = super().look(endpoint)
        expected = self.promises.account.ledger.peek(endpoint).previous
        blind = self.wire.current.name.endswith("Stage the candidate") and view and expected
        return view.model_copy(update={"content": expected}) if blind and view else view


class Trusting(WatchedCloud):
    """InService means that what was asked for is there."""

    def look(self, endpoint: str) -> EndpointView | None:
        view = super().look(endpoint)
        gate = self.promises.account.ledger.peek(endpoint)
        tried = gate.step == 100 and self._tried.get(endpoint) == gate.release
        if view and view.in_service and tried and gate.previous:
            return view.model_copy(update={"content": gate.previous})
        return view

    @property
    def _tried(self) -> dict[str, str | None]:
        found: dict[str, str | None] = self.__dict__.setdefault("tried", {})
        return found

    def weigh(self, endpoint: str, weights: Mapping[str, int]) -> None:
        super().weigh(endpoint, weights)
        gate = self.promises.account.ledger.peek(endpoint)
        if gate.step == 100:
            self._tried[endpoint] = gate.release


class LateDeletion(WatchedCloud):
    """Configurations are deleted some time after the lock was given back."""

    def delete_config(self, name: str) -> None:
        moment = self.clock.now() + 300_000
        self._under_way.append((moment, lambda _: self._forget(self.configs, name)))


class ConfigurationFirst(WatchedCloud):
    """Back to the configuration, whatever the candidate carries."""

    def weigh(self, endpoint: str, weights: Mapping[str, int]) -> None:
        gate = self.promises.account.ledger.peek(endpoint)
        if gate.step == 100 and gate.previous:
            self.update(endpoint, gate.previous.name)
        else:
            super().weigh(endpoint, weights)


class OneName(FakeExecutions):
    """Every recovery of an endpoint has the same name."""

    def start(self, name: str, document: Mapping[str, Any]) -> None:
        recovers = document["action"] == "recover"
        super().start(f"recover-{document['endpoint']}" if recovers else name, document)


class NoQuarantine(LaxLedger):
    def records(self, endpoint: str) -> list[ReleaseRecord]:
        plans = self.wire.current.name.endswith("Plan the release")
        return [
            record.model_copy(update={"quarantine": None}) if plans else record
            for record in super().records(endpoint)
        ]


class NoDebt(LaxLedger):
    """What is suspended is noted nowhere."""

    def rewrite(self, write: GateWrite, gate: Gate) -> GateWrite:
        kept = {name: value for name, value in write.assign.items() if name != "suspension"}
        return replace(write, assign=kept)


class Reminded(LaxLedger):
    """Every reading of a stuck rollback says that people were notified just now."""

    def shows(self, gate: Gate, task: str) -> Gate:
        if gate.stuck is None:
            return gate
        told = gate.stuck.model_copy(update={"told": self.now})
        return gate.model_copy(update={"stuck": told})

    @property
    def now(self) -> int:
        return self.promises.account.clock.now()


class Blurred(LaxLedger):
    """Also what a task is answered when it writes is only what it is shown."""

    def _write(self, endpoint: str, write: GateWrite) -> Gate:
        return self.shows(super()._write(endpoint, write), self.wire.current.name)


class Ghosts(Blurred):
    """Whoever judges sees approvals that nobody gave."""

    def shows(self, gate: Gate, task: str) -> Gate:
        people = gate.people
        if people is None or not people.told or not task.endswith("Judge what is seen"):
            return gate
        given = (Answer(gate=people.gate, approve=True, by=by, at=0) for by in ("nobody", "none"))
        asked = people.model_copy(update={"answers": (*people.answers, *given)})
        return gate.model_copy(update={"people": asked})


class Forgetful(Blurred):
    """Whoever ends a release sees no rehearsal endpoint."""

    def shows(self, gate: Gate, task: str) -> Gate:
        ends = task.endswith("Settle the release")
        return gate.model_copy(update={"rehearsals": ()}) if ends else gate


class Unnoticed(LaxLedger):
    """That what serves was rejected is noted nowhere."""

    def rewrite(self, write: GateWrite, gate: Gate) -> GateWrite:
        kept = {name: value for name, value in write.assign.items() if name != "revoked"}
        return replace(write, assign=kept)


class Stubborn(LaxLedger):
    """What was rejected serves on, whatever its policy says."""

    def rewrite(self, write: GateWrite, gate: Gate) -> GateWrite:
        noted = write.assign.get("revoked")
        if noted is None or not noted.goes_back:
            return write
        stays = noted.stays("its approval was revoked")
        return replace(write, assign={**write.assign, "revoked": stays, "untold": ("revoked",)})


class Unstaged(LaxLedger):
    """The end of a release owes no package a stage."""

    def rewrite(self, write: GateWrite, gate: Gate) -> GateWrite:
        ends = any(attributes.get("ended_at") for attributes in write.records.values())
        kept = {name: value for name, value in write.assign.items() if name != "stages"}
        return replace(write, assign=kept) if ends else write


class NoOutbox(LaxLedger):
    """What whoever dies has not told is told by nobody."""

    def rewrite(self, write: GateWrite, gate: Gate) -> GateWrite:
        kept = {name: value for name, value in write.assign.items() if name != "untold"}
        return replace(write, assign=kept)


class Unasked(WatchedAnnouncer):
    """Nobody hears that an approval is needed."""

    def announce(self, announcement: Announcement) -> bool:
        return isinstance(announcement, ApprovalNeeded) or super().announce(announcement)


class OwnAlarmsStay(WatchedAlarms):
    """The brake of a deployment is not deleted."""

    def remove(self, names: tuple[str, ...]) -> None:
        super().remove(tuple(name for name in names if not name.endswith("-brake")))


class Hasty(LaxLedger):
    """What was only observed is noted as what serves."""

    def rewrite(self, write: GateWrite, gate: Gate) -> GateWrite:
        if all(attributes.get("state") != "observed" for attributes in write.records.values()):
            return write
        removed = tuple(name for name in write.remove if name != "serving")
        return replace(write, assign={**write.assign, "serving": gate.package}, remove=removed)


class Swapped(WatchedCloud):
    """A shadow's model answers users."""

    def create_config(self, name: str, request: Mapping[str, Any]) -> bool:
        shadows = request.get("ShadowProductionVariants", ())
        model = {"ModelName": shadows[0]["ModelName"]} if shadows else {}
        serving = [{**variant, **model} for variant in request["ProductionVariants"]]
        return super().create_config(name, {**request, "ProductionVariants": serving})


class Mutant(Account):
    """An account with one rule left out."""


class R1(Mutant):
    LEDGER = NoOwn


class R2(Mutant):
    LEDGER = NoLatest


class R3(Mutant):
    ALARMS = DeafClaim


class R5(Mutant):
    LEDGER = NoWanted


class R6(Mutant):
    LEDGER = NoOwnerInAcquire


class R7(Mutant):
    LEDGER = NoLock


class R8(Mutant):
    LEDGER = NoStep


class R9(Mutant):
    LEDGER = NoHaltInAcquire


class R10(Mutant):
    CLOUD = BlindStage


class R11(Mutant):
    CLOUD = Trusting


class R12(Mutant):
    LEDGER = NoHaltAtTheEnd


class R13(Mutant):
    ALARMS = DeafJudge


class R14(Mutant):
    CLOUD = LateDeletion


class R15(Mutant):
    LEDGER = LateAlarms


class R16(Mutant):
    LEDGER = OnlyTheToken


class R18(Mutant):
    EXECUTIONS = OneName


class R19(Mutant):
    ALARMS = DeafRecovery


class R20(Mutant):
    LEDGER = AnyPrevious


class R21(Mutant):
    CLOUD = ConfigurationFirst


class Unquarantined(Mutant):
    LEDGER = NoQuarantine


class ScaleInNotNoted(Mutant):
    LEDGER = NoDebt


class StuckInSilence(Mutant):
    LEDGER = Reminded


class ApprovedByNobody(Mutant):
    LEDGER = Ghosts


class ApprovalNotAskedFor(Mutant):
    ANNOUNCER = Unasked


class GoldenRequestsPass(Mutant):
    """Whatever a model answers, it is what was expected."""

    MODELS = FakeModels


class FreezeUnread(Mutant):
    """Nobody sees a freeze."""

    def _freezing(self) -> Freezing:
        return Freezing(FakeFreezes(), self.teller, self.clock)


class RehearsalForgotten(Mutant):
    LEDGER = Forgetful


class RevocationUnnoticed(Mutant):
    LEDGER = Unnoticed


class RevocationIgnored(Mutant):
    LEDGER = Stubborn


class StagesForgotten(Mutant):
    LEDGER = Unstaged


class Untold(Mutant):
    LEDGER = NoOutbox


class BrakeLeft(Mutant):
    ALARMS = OwnAlarmsStay


class ObservedServes(Mutant):
    LEDGER = Hasty


class ShadowServes(Mutant):
    CLOUD = Swapped


MUTANTS: Mapping[str, type[Mutant]] = {kind.__name__: kind for kind in Mutant.__subclasses__()}
