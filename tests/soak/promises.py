"""What must hold after every write, call, word and step of a history (protocol, section 8)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from penstock.domain.execution import announcements as words
from penstock.domain.judging.judgement import AlarmState
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.ledger.content import CANDIDATE, Content
from penstock.domain.ledger.gate import PROMOTE, ROLLBACK, WINDOW, Gate
from penstock.domain.ledger.quarantine import quarantining
from penstock.domain.ledger.record import ReleaseRecord
from penstock.domain.protocol import SILENCE_MS, goes_back
from tests.fakes.fleets import Fleet
from tests.soak.forward import (
    leaves_live,
    may_begin,
    may_go_forward,
    may_serve_on,
    may_stay,
    shadows_serve_nobody,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.soak.account import Account
    from tests.worlds.machine import Execution

GOES_WITH: "Mapping[str, frozenset[str | None]]" = {
    "promoted": frozenset({"promoted"}),
    "rolled_back": frozenset({"rolled_back"}),
    "observed": frozenset({"observed"}),
    "superseded": frozenset({"superseded", None}),
    "needs_a_person": frozenset({"needs_attention"}),
    "refused": frozenset({"refused", None}),
}
"""How an execution ended: what the record of its release may say (None: there is none)."""

HOUR_MS = 3_600_000
REMINDED = (0, *(hours * HOUR_MS for hours in (1, 6, *range(24, 24 * 30, 24))))
"""How long after the beginning of a stuck rollback people are notified."""
BEGINS_MS = 2 * HOUR_MS
"""Until it is known as stuck: whoever is about to find out may die, and its heir begins again."""
LATE_MS = HOUR_MS
"""A recovery may begin meanwhile, and a sweep may die: a word comes not later than that."""
DOUBLED = 4
"""Words that may be said twice: whoever said one died before the ledger knew."""


@dataclass
class Memory:
    """What the promises remember: readings of alarms, windows entered, halted releases (`doomed`).

    `rested`: by endpoint, when whoever brought it to rest had looked at it (moments of the wire).
    `lifted`: a person's claim lifted what blocked it, and no settle has verified it since.
    `harmed`: by endpoint, since when (ms) a candidate keeps its requests on a way back. `called`:
    by endpoint, when people heard that a way back does not work. `answered`: what people said of
    releases at their gates: release, gate, name and whether they approve. `decided`: at which
    call of the wire somebody last decided about a package, deleted one, or wrote a policy.
    """

    readings: dict[str, tuple[int, AlarmState | None]] = field(default_factory=dict)
    entered: dict[str, int] = field(default_factory=dict)
    doomed: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    rested: dict[str, int] = field(default_factory=dict)
    lifted: set[str] = field(default_factory=set)
    harmed: dict[str, int] = field(default_factory=dict)
    called: dict[str, list[int]] = field(default_factory=dict)
    answered: set[tuple[str, str, str, bool]] = field(default_factory=set)
    decided: int = 0


class Promises:
    """Raises AssertionError, the promise's name first, at the first thing that breaks one."""

    def __init__(self, account: "Account") -> None:
        self.account = account

    @property
    def _memory(self) -> Memory:
        return self.account.memory

    # ---- the ledger ------------------------------------------------------------------------------

    def written(self, before: Gate, after: Gate) -> None:
        """One write was accepted."""
        self._order(before, after)
        self._owner(before, after)
        self._forward(before, after)
        self._stops(before, after)
        self._contents(after)
        self._end(before, after)
        may_serve_on(self.account, before, after)
        if before.release != after.release or (before.stuck and not after.stuck):
            self._memory.harmed.pop(after.endpoint, None)

    def _order(self, before: Gate, after: Gate) -> None:
        """S4, S9: fences, steps and approvals only grow."""
        assert after.fence >= before.fence, f"S1: the fence falls: {after}"
        assert (after.latest or 0) >= (before.latest or 0), f"S4: latest falls: {after}"
        assert (after.wanted_at or 0) >= (before.wanted_at or 0), f"S9: wanted falls: {after}"
        if after.release == before.release and None not in (before.step, after.step):
            assert (after.step or 0) >= (before.step or 0), f"S4: the step falls: {after}"
        elif after.release != before.release and after.step == 0:
            older = (after.approved_at or 0) <= (before.latest or 0)
            assert not older, f"S4: an older approval claims after a newer one: {after}"

    def _owner(self, before: Gate, after: Gate) -> None:
        """S1: nobody takes an endpoint from an owner that lives, or a lock that is held."""
        now, current = self.account.clock.now(), self.account.wire.current
        if before.lock is not None and before.lock_until >= now and after.lock != before.lock:
            own = (current.endpoint, current.lock)
            assert own == (before.endpoint, before.lock), f"S1: another's lock ends: {current}"
        if before.owner and after.owner != before.owner:
            lives = before.owner in self.account.executions.alive and not _given_up(before, now)
            itself = current.name.startswith(f"{before.owner} ")
            in_window = before.step == WINDOW and after.release != before.release
            assert itself or in_window or not lives, f"S1: two owners: {before} -> {after}"

    def _forward(self, before: Gate, after: Gate) -> None:
        """S4: nothing goes forward after a halt, or past a newer approval."""
        acquired = after.lock is not None and after.lock != before.lock
        if not acquired or after.step is None or after.step > PROMOTE:
            return
        assert before.halt is None, f"S4: step {after.step} after a halt: {before.halt}"
        assert not before.newer_wanted(before.approved_at), f"S4: step {after.step}: newer wanted"
        self._quarantine(after)
        may_go_forward(self.account, after)

    def _quarantine(self, after: Gate) -> None:
        """What an alarm or a verdict rolled back does not go forward again by itself."""
        asked = next(each.input for each in self.account.all if each.arn == after.owner)
        own = self._record(after.endpoint, after.release)
        if own is None or "approved_at" not in asked:
            return
        others = [
            each
            for each in self.account.ledger.peek_records(after.endpoint)
            if each.release != own.release
        ]
        kept = quarantining(others, own.made_of)
        assert not kept, f"quarantine: {own.package} goes forward in spite of {kept[0].release}"

    def _stops(self, before: Gate, after: Gate) -> None:
        """S8: an alarm stops the release that it is about; and windows that are entered."""
        if after.step == WINDOW != before.step and after.release:
            self._memory.entered[after.release] = self.account.clock.now()
        if after.halt and not before.halt and after.halt.by == "alarm" and after.release:
            assert after.halt.at >= after.started_at, f"S8: a late alarm halts {after.release}"

    def _contents(self, after: Gate) -> None:
        """S2: what to go back to is stable; a restored content is always still to be put back."""
        if after.previous:
            assert after.previous.shape == "stable", f"S2: previous: {after.previous}"
        if after.content:
            restored = after.content.shape == "restored"
            assert restored == (after.tidy == "pending"), f"S2: tidy: {after}"
            assert after.content.shape != "staging", f"S2: content: {after}"
        if after.drift:
            known = self._memory.touched | self._memory.lifted
            assert after.endpoint in known, f"S2: drift of our own: {after.drift}"

    def _end(self, before: Gate, after: Gate) -> None:
        """S3 and the records: each is written with the gate, in one transaction."""
        record = self._record(after.endpoint, after.release)
        if after.owner:
            assert record, f"records: {after.release} is held without a record"
        if before.attention and not after.attention:
            self._memory.lifted.add(after.endpoint)
        if before.owner and after.owner is None:
            assert record is None or record.ended, f"records: {after.release} never ends"
            left = (after.lock, after.halt, after.step)
            assert left == (None, None, None), f"S2: no rest: {after}"
            if not self._refused_to_adopt(before.owner, record):
                self._memory.rested[after.endpoint] = self.account.wire.current.looked
            if self.account.wire.current.name.endswith("Settle the release"):
                self._memory.lifted.discard(after.endpoint)
        own = self._record(before.endpoint, before.release)
        self._promoted(before, own)
        if before.owner and own and own.state == "observed" and after.owner is None:
            leaves_live(before, after)

    def _promoted(self, before: Gate, record: ReleaseRecord | None) -> None:
        """S3: a halt, or an alarm that was there to be read, ends no release as promoted."""
        now = self.account.clock.now()
        if record is None or record.state != "promoted" or record.ended_at != now:
            return
        if before.owner is None or before.step != WINDOW:
            return
        may_stay(self.account, before.endpoint, record.release)
        assert before.halt is None, f"S3: promoted after a halt: {before.halt}"
        assert record.release not in self._memory.doomed, "S3: promoted after its alarm's event"
        for name in before.alarms:
            at, state = self._memory.readings.get(name, (0, None))
            entered = self._memory.entered.get(record.release, 0)
            assert at >= entered, f"S3: promoted, and nobody read {name} in the window"
            fired = state is not None and state.fires_since(before.started_at)
            assert not fired, f"S3: promoted although {name} was read as ALARM"

    def _refused_to_adopt(self, owner: str, record: ReleaseRecord | None) -> bool:
        """Told to accept what is there and refused for another reason, it accepted nothing.

        That the endpoint differs is for the next sweep to say.
        """
        asked = next(each.input for each in self.account.all if each.arn == owner)
        return bool(asked.get("adopt")) and record is not None and record.state == "refused"

    def _record(self, endpoint: str, release: str | None) -> ReleaseRecord | None:
        return self.account.ledger.peek_record(endpoint, release) if release else None

    # ---- SageMaker, alarms, words ----------------------------------------------------------------

    def begun(self, sent: Fleet, found: Fleet, asked: Fleet) -> None:
        """Promise 7: counts are retained or raised, unless it scaled after the call was `sent`."""
        for name, count in asked.counts.items():
            least = min(sent.counts.get(name, 0), found.counts.get(name, 0))
            assert count >= least, f"promise 7: {name} falls to {count}: {found}"
        may_begin(self.account, found, asked)
        shadows_serve_nobody(self.account, found, asked)

    def read(self, names: tuple[str, ...], found: "Mapping[str, AlarmState]") -> None:
        """Somebody read alarms."""
        for name in names:
            self._memory.readings[name] = (self.account.clock.now(), found.get(name))

    def told(self, said: words.Announcement) -> None:
        """Every word is what the ledger says."""
        record = self._record(said.endpoint, said.release_id) if said.endpoint else None
        state = record.state if record else None
        match said:
            case words.ReleasePromoted():
                assert state == "promoted", f"words: promoted, the record says {state}"
            case words.ReleaseRolledBack():
                assert state == "rolled_back", f"words: rolled back, the record says {state}"
            case words.ReleaseObserved():
                assert state == "observed", f"words: observed, the record says {state}"
            case words.ReleaseSuperseded():
                assert state in {"superseded", None}, f"words: superseded, not {state}"
            case words.ReleaseRefused():
                assert state in {"refused", None}, f"words: refused, the record says {state}"
            case words.RollbackDone():
                ended = record is not None and record.ended
                assert ended, f"words: restored, the record says {state}"
            case words.PackageQuarantined():
                kept = record is not None and record.ended and record.quarantined
                assert kept, f"words: quarantined, the record says {record}"
            case words.AttentionNeeded() if (
                said.endpoint and "after the rollback began" in said.reason
            ):
                moments = self._memory.called.setdefault(said.endpoint, [])
                moments.append(self.account.clock.now())
            case words.ReleaseStarted() | words.TrafficShifted() | words.ReleaseJudged():
                assert record, f"words: {said} without a record"

    def halted(self, releases: list[str]) -> None:
        """An alarm's or a revocation's event was answered: these releases must roll back."""
        self._memory.doomed |= set(releases)

    def ended(self, execution: "Execution") -> None:
        """An execution that ends holds nothing, and says what the record says.

        Where whoever goes on with what had ended before needs a person, that keeps how it ended: a
        recovery, or a release that took over from a dead one. One that hands a way back over leaves
        it to whoever comes next.
        """
        if self._handed_over(execution):
            return
        for name in self.account.ledger.endpoints:
            gate = self.account.ledger.peek(name)
            assert gate.owner != execution.arn, f"S6: {execution.arn} ended and holds {name}"
        ending, cause = execution.ending, execution.cause
        if ending and ending in GOES_WITH and cause["endpoint"]:
            record = self._record(str(cause["endpoint"]), cause["release_id"])
            state = record.state if record else None
            heir = execution.input["action"] == "recover" or execution.took_over
            if heir and ending == "needs_a_person":
                assert record, f"words: {execution.arn} ended without a record"
                assert record.ended, f"words: {execution.arn} ended, and {record} not"
                return
            assert state in GOES_WITH[ending], f"words: it ended {ending}, the record says {state}"

    def _handed_over(self, execution: "Execution") -> bool:
        """Whether it ended before its history was full, in the middle of a stuck rollback."""
        gates = [self.account.ledger.peek(name) for name in self.account.ledger.endpoints]
        held = [gate for gate in gates if gate.owner == execution.arn]
        lapsed = [g for g in held if g.lease_until < self.account.clock.now() and g.stuck]
        return execution.ending == "needs_a_person" and bool(held) and held == lapsed

    # ---- after every step ------------------------------------------------------------------------

    def still(self) -> None:
        """After every step: what serves exists, and what rests is as it was left."""
        self._exists()
        for name in self.account.ledger.endpoints:
            gate, view = self.account.ledger.peek(name), self.account.cloud.shown(name)
            self._rests(gate, view)
            self._scales(gate, view)
            self._heard(gate, view)

    def _exists(self) -> None:
        """S5, promise 6: configurations of every endpoint, anybody's, and the models they name."""
        cloud = self.account.cloud
        for config in cloud.used():
            assert config in cloud.configs, f"S5: {config} serves and is gone"
            gone = cloud.named(config) - set(cloud.models)
            assert not gone, f"S5: {config} serves and its models {gone} are gone"
        for name in self.account.ledger.endpoints:
            gate = self.account.ledger.peek(name)
            for content in (gate.content, gate.previous):
                self._usable(content)

    def _usable(self, content: Content | None) -> None:
        cloud = self.account.cloud
        if content is None:
            return
        assert content.name in cloud.configs, f"S5: {content.name} may be needed and is gone"
        gone = cloud.named(content.name) - set(cloud.models)
        assert not gone, f"S5: {content.name} may be needed, its models {gone} are gone"

    def _rests(self, gate: Gate, view: EndpointView | None) -> None:
        """S2, unless a person changed it since it was last looked at, or lifted what blocked it."""
        if not gate.at_rest or gate.drift or gate.attention or gate.content is None:
            return
        if gate.endpoint in self._memory.lifted:
            return
        edited = self.account.cloud.edited.get(gate.endpoint, -1)
        if edited > self._memory.rested.get(gate.endpoint, -1):
            return
        if view is None or not view.in_service:
            return
        tidied = gate.tidy == "pending" and view.content.same(gate.previous)
        as_left = view.content.same(gate.content) or tidied
        assert as_left, f"S2: {gate.endpoint} rests, shows {view.content}, ledger: {gate.content}"

    def _scales(self, gate: Gate, view: EndpointView | None) -> None:
        """Promise 7: live does not scale in while a candidate of ours takes requests.

        But for an endpoint that was blocked: it scaled in as its owner wants until a person's
        rollback came, and that only goes back.
        """
        target = self.account.scaling.targets.get((gate.endpoint, "live"))
        if target is None or view is None or gate.at_rest or not view.content.share(CANDIDATE):
            return
        if gate.endpoint not in self._memory.touched | self._memory.lifted:
            assert target.scale_in, f"promise 7: {gate.endpoint} may scale in: {view.content}"

    def _heard(self, gate: Gate, view: EndpointView | None) -> None:
        """Promise 10: while a candidate keeps requests that it has to lose, people hear of it.

        Of an endpoint that takes no change any more they heard already.
        """
        now = self.account.clock.now()
        goes_back = gate.step == ROLLBACK or bool(gate.attention)
        keeps = view is not None and view.content.share(CANDIDATE) > 0 and view.status != "Failed"
        if not goes_back or gate.drift or not keeps:
            self._memory.harmed.pop(gate.endpoint, None)
            return
        since = self._memory.harmed.setdefault(gate.endpoint, now)
        if now - since <= BEGINS_MS:
            return
        assert gate.stuck, f"promise 10: {gate.endpoint} is stuck, and the ledger does not know"
        assert gate.stuck.since <= since + BEGINS_MS, f"promise 10: since {since}: {gate.stuck}"
        self._reminded(gate.endpoint, gate.stuck.since, now)
        silent = now - max(self.account.stuck, default=0)
        assert silent <= LATE_MS, f"promise 10: the alarm on {gate.endpoint} is off for {silent} ms"

    def _reminded(self, endpoint: str, since: int, now: int) -> None:
        called = [at for at in self._memory.called.get(endpoint, []) if at >= since]
        due = [mark for mark in REMINDED[1:] if since + mark + LATE_MS < now]
        last = max(called, default=0)
        silence = f"promise 10: nobody hears since {last} of {endpoint}, stuck since {since}: {now}"
        assert not due or last >= since + due[-1], silence
        most = sum(since + mark <= now for mark in REMINDED) + DOUBLED
        assert len(called) <= most, f"promise 10: people hear of {endpoint} too often: {called}"


def _given_up(gate: Gate, now: int) -> bool:
    """Whether its owner was silent for so long that others may take it, although it runs.

    A sweep has seen it SILENCE_MS ago, unless it goes back already.
    """
    seen = gate.lapsed is not None and gate.lease_until < gate.lapsed < now - SILENCE_MS
    return gate.lease_until < now and (seen or goes_back(gate))
