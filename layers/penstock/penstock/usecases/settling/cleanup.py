"""Garbage collection: delete a release's leftovers by name while the lock is held (R14, R20b, R22).

The account is surveyed before the lock is acquired. Inside the lock nothing is scanned.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from penstock.domain.errors import Denied, PenstockError, RefusedByAws, Unanswered
from penstock.domain.execution.run import Run
from penstock.domain.ledger import naming
from penstock.domain.ledger.content import Content
from penstock.domain.ledger.gate import Gate
from penstock.domain.ledger.record import ReleaseRecord
from penstock.domain.planning import checks
from penstock.domain.protocol import CleanupResult
from penstock.domain.usage import Usage
from penstock.ports.clock import TimeLeft
from penstock.ports.evidence import Alarms
from penstock.ports.ledger import Ledger
from penstock.ports.serving import Retiring
from penstock.usecases.settling.survey import Survey

AT_ONCE = 5
"""Ended releases cleaned up by one Settle: its lock is short, and more than one is rare."""
MOST_CONFIGS = 12
"""Configurations that one Settle deletes: each is a call inside the lock."""
CLOCKS_MS = 60_000
"""Largest difference between our clock and SageMaker's, in ms."""


class Created(NamedTuple):
    """Resources that one release may have left: configurations and its model."""

    release: str
    configs: tuple[str, ...]
    model: str | None


class Found(NamedTuple):
    """What was read before the lock: the endpoint's releases, and who uses what.

    The records stay as they are until then, because only the holder writes them. `elsewhere` are
    models that releases of endpoints with the same shortened name left.
    """

    records: Sequence[ReleaseRecord] = ()
    usage: Usage = Usage()
    elsewhere: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Cleanup:
    """Deletes leftovers, but nothing that serves, is pending, or may be needed to go back to."""

    ledger: Ledger
    survey: Survey
    retiring: Retiring
    alarms: Alarms

    def look_around(self, run: Run, gate: Gate, time_left: TimeLeft) -> Found:
        """Before the lock: find what may be deleted, and who uses it."""
        records = self.ledger.records(gate.key)
        stays = self._kept(run, gate, None, records)
        doomed = [name for name in _named(run, gate, records) if name not in stays]
        if not doomed:
            return Found(records)
        models = [one.model for one in _created(run, records) if one.model]
        born = [_born(name, records) for name in doomed]
        oldest = min((*born, *(_model_born(model, records) for model in models)))
        configs = {*stays, *doomed} if models else set[str]()
        usage = self.survey(gate.endpoint, configs, oldest, time_left)
        return Found(records, usage, self._elsewhere(usage.alike))

    def _elsewhere(self, alike: Iterable[Gate]) -> frozenset[str]:
        """Models that releases of endpoints with the same shortened name may need."""
        others = (self.ledger.records(gate.key) for gate in alike)
        return frozenset(r.model for r in chain(*others) if r.model and not r.retired)

    def remove(self, run: Run, gate: Gate, shown: Content | None, found: Found) -> CleanupResult:
        """Delete leftovers of ended releases. `shown` is the look just taken.

        A failed deletion leaves a leftover, because no ending waits for a deletion.

        Raises:
            Unanswered: A deletion may still take effect, so the lock must not be released.
        """
        with suppress(Denied, RefusedByAws):
            self.alarms.remove(checks.every_name(gate.endpoint))
        if run.why and run.why.kind == "stray":
            return CleanupResult(gate.leftovers)  # the release in hand ended before, as promoted
        created = list(_created(run, found.records))
        replaced = _replaced(gate, shown)
        named = [*_named(run, gate, found.records), *replaced]
        stays = self._kept(run, gate, shown, found.records) | {*replaced, *found.usage.spoken}
        gone, settled = self._retire(named, created, stays, found)
        left = [config for config in dict.fromkeys(named) if config not in gone]
        later = tuple(c for c in left if shown is None or c != shown.name)
        retired = (r.release for r in created if {*r.configs, *_model_of(r)} <= gone | settled)
        return CleanupResult(later, tuple(release for release in retired if release))

    def _kept(
        self, run: Run, gate: Gate, shown: Content | None, records: Sequence[ReleaseRecord]
    ) -> set[str]:
        """Configurations that stay: those of known-good releases and everything that the gate
        names.

        A person's rollback that found a pending TIDY made the shown configuration a leftover with
        its claim. It was `content` until this Settle, and is deleted by the next one (R22).
        """
        spoken = [gate.content, gate.previous, gate.target, shown]
        good = (r.content for r in _known_good(run, records))
        claimed = run.planned is None and run.why is not None and run.why.kind == "rollback"
        fresh = gate.leftovers if claimed else ()
        return {content.name for content in (*spoken, *good) if content} | set(fresh)

    def _retire(
        self, named: list[str], created: list[Created], stays: set[str], found: Found
    ) -> tuple[set[str], set[str]]:
        """Delete by name what does not stay and nobody uses.

        Returns:
            The configurations that are gone, and the models that are gone or that others keep.
        """
        doomed = [name for name in dict.fromkeys(named) if name not in stays]
        free = [c for c in doomed if found.usage.spares(c, _born(c, found.records))]
        now = free[:MOST_CONFIGS]
        left = {*stays, *doomed} - set(now)
        try:
            models, settled = self._models(created, left, found)
            self.retiring.retire(tuple(now), models)
        except Unanswered:
            raise
        except PenstockError:
            return set(), set()
        return set(now), settled

    def _models(
        self, created: list[Created], left: set[str], found: Found
    ) -> tuple[tuple[str, ...], set[str]]:
        """Models that no configuration names any more, and models whose fate is decided either
        way.
        """
        models = {one.model for one in created if one.model}
        known, alike = found.usage.models, found.usage.alike
        if not models or known is None or not left - found.usage.spoken <= set(known):
            return (), set()
        if any(not now.at_rest or now != seen for seen, now in self._again(alike)):
            return (), set()  # over there a release may be making them this very moment
        held = {model for config in known if config in left for model in known[config]}
        held |= found.elsewhere
        born = {m: 0 if alike else _model_born(m, found.records) for m in models}
        free = {m for m in models - held if found.usage.spares(m, born[m])}
        return tuple(sorted(free)), free | (models & (held | found.usage.used))

    def _again(self, alike: Iterable[Gate]) -> Iterator[tuple[Gate, Gate]]:
        """Gates of endpoints with the same shortened name, as they were seen and as they are
        now.
        """
        return ((seen, self.ledger.gate(seen.key)) for seen in alike)


def _named(run: Run, gate: Gate, records: Sequence[ReleaseRecord]) -> list[str]:
    """Configurations of ended releases, and of the one that ends."""
    made = (config for one in _created(run, records) for config in one.configs)
    return list(dict.fromkeys([*gate.leftovers, *made]))


def _created(run: Run, records: Sequence[ReleaseRecord]) -> Iterator[Created]:
    """Resources of this release, and of earlier releases that left some."""
    if run.planned:
        passing = run.planned.passing
        if run.outcome != "promoted":
            yield Created(run.release or "", run.planned.configs, run.planned.model)
        elif passing:
            yield Created("", passing, None)
    good = {record.release for record in _known_good(run, records)}
    others = [r for r in records if r.ended and not r.retired and r.planned]
    over = [r for r in others if r.release not in {*good, run.release}]
    yield from (_of(record) for record in over[-AT_ONCE:])


def _of(record: ReleaseRecord) -> Created:
    names = record.planned.configs if record.planned else ()
    return Created(record.release, names, record.model)


def _model_of(created: Created) -> tuple[str, ...]:
    return (created.model,) if created.model else ()


def _born(config: str, records: Iterable[ReleaseRecord]) -> int:
    """Earliest time at which a configuration can have existed, in ms. 0: unknown."""
    of = naming.maker_of(config)
    return next((r.started_at - CLOCKS_MS for r in records if r.release == of), 0)


def _model_born(model: str, records: Iterable[ReleaseRecord]) -> int:
    """Earliest time at which a model can have existed, in ms: the first release with the same
    request created it.
    """
    return min((r.started_at - CLOCKS_MS for r in records if r.model == model), default=0)


def _known_good(run: Run, records: Iterable[ReleaseRecord]) -> list[ReleaseRecord]:
    """The known-good releases to keep. A release that settles as promoted counts as one of them."""
    others = [r for r in records if r.known_good and r.release != run.release]
    if run.outcome != "promoted" or run.planned is None:
        return others
    return others[: run.planned.keep_releases - 1]


def _replaced(gate: Gate, shown: Content | None) -> tuple[str, ...]:
    """A restored configuration in `content` is deleted one settle after it is replaced (R22)."""
    if gate.content is None or gate.content.shape != "restored":
        return ()
    same = shown is not None and shown.name == gate.content.name
    return () if same else (gate.content.name,)
