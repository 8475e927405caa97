"""What a release leaves behind, deleted by name while its lock is held (R14, R20b, R22)."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from penstock.domain import checks, naming
from penstock.domain.blueprint import CANDIDATE
from penstock.domain.content import Content
from penstock.domain.errors import Denied, PenstockError, Unanswered
from penstock.domain.gate import Gate
from penstock.domain.protocol import Rubbish
from penstock.domain.run import Run
from penstock.ports import Alarms, Endpoints, Ledger, ReleaseRecord, Serving

AT_ONCE = 5
"""Ended releases cleaned up by one Settle: its lock is short, and more than one is rare."""


class Remains(NamedTuple):
    """What one release made and may have left: configurations, and its model."""

    release: str
    configs: tuple[str, ...]
    model: str | None


@dataclass(frozen=True)
class Cleanup:
    """Deletes nothing that serves, is pending, or may be needed to go back to."""

    ledger: Ledger
    endpoints: Endpoints
    serving: Serving
    alarms: Alarms

    def remove(self, run: Run, gate: Gate, shown: Content | None) -> Rubbish:
        """Delete what ended releases leave over; `shown` is the look just taken.

        What cannot be deleted now stays a leftover: no end waits for a deletion.

        Raises:
            Unanswered: a deletion may still take effect, so the lock must not be given back.
        """
        with suppress(Denied):
            self.alarms.remove(checks.every_name(gate.endpoint))
        if run.why and run.why.kind == "stray":
            return Rubbish(gate.leftovers)  # the release in hand ended before, as promoted
        records = self.ledger.records(gate.endpoint)
        remains = list(_remains(run, records))
        replaced = _replaced(gate, shown)
        stays = self._kept(run, gate, shown, records) | set(replaced)
        named = [*gate.leftovers, *(config for one in remains for config in one.configs)]
        gone = self._retire(gate.endpoint, named, remains, stays)
        left = [c for c in dict.fromkeys((*named, *replaced)) if c not in gone]
        later = tuple(c for c in left if shown is None or c != shown.config)
        retired = (one.release for one in remains if set(one.configs) <= gone)
        return Rubbish(later, tuple(release for release in retired if release))

    def _kept(
        self, run: Run, gate: Gate, shown: Content | None, records: list[ReleaseRecord]
    ) -> set[str]:
        """Configurations that stay: known-good releases, and everything the gate speaks of."""
        spoken = [gate.content, gate.previous, gate.target, shown]
        good = (r.content for r in _known_good(run, records))
        return {content.config for content in (*spoken, *good) if content}

    def _retire(
        self, endpoint: str, named: list[str], remains: list[Remains], stays: set[str]
    ) -> set[str]:
        """Delete by name what does not stay and is not in use; answers what is gone."""
        doomed = [name for name in dict.fromkeys(named) if name not in stays]
        try:
            if doomed:
                stays = stays | self._spoken_elsewhere(endpoint)
                doomed = [name for name in doomed if name not in stays]
            in_use = self.endpoints.in_use() if doomed else frozenset()
            now = [name for name in doomed if name not in in_use]
            left = {*stays, *doomed, *in_use} - set(now)
            self.serving.retire(tuple(now), self._models(remains, left))
        except Unanswered:
            raise
        except PenstockError:
            return set()
        return set(now)

    def _spoken_elsewhere(self, endpoint: str) -> set[str]:
        """What the ledger of any endpoint speaks of: one may have adopted another's.

        Where long names are cut to the same, models are shared too: what the last release over
        there made may not be deleted yet.
        """
        gates = [self.ledger.gate(seen.endpoint) for seen in self.ledger.gates()]
        spoken = (content for g in gates for content in (g.content, g.previous, g.target))
        alike = (g for g in gates if g.endpoint != endpoint and naming.alike(g.endpoint, endpoint))
        made = (_made(g.endpoint, g.release) for g in alike if g.release)
        return {content.config for content in spoken if content}.union(*made)

    def _models(self, remains: list[Remains], left: set[str]) -> tuple[str, ...]:
        """Models of ours that no configuration names any more, of ours or in use by anybody."""
        models = {one.model for one in remains if one.model}
        if not models:
            return ()
        held = {model for config in left for model in self.endpoints.models_of(config)}
        return tuple(sorted(models - held))


def _remains(run: Run, records: list[ReleaseRecord]) -> Iterator[Remains]:
    """Of this release, and of those that ended before and still have something left."""
    if run.plan:
        staging, final = run.plan.blueprint.staging_name, run.plan.blueprint.final_name
        if run.outcome != "promoted":
            yield Remains(run.plan.release, _names(staging, final), run.plan.blueprint.model_name)
        elif staging:
            yield Remains("", (staging,), None)
    good = {record.release for record in _known_good(run, records)}
    others = [r for r in records if r.ended and not r.retired and r.plan]
    over = [r for r in others if r.release not in {*good, run.release}]
    yield from (_of(record) for record in over[-AT_ONCE:])


def _of(record: ReleaseRecord) -> Remains:
    drawn = record.plan.blueprint if record.plan else None
    names = _names(drawn.staging_name, drawn.final_name) if drawn else ()
    return Remains(record.release, names, record.model)


def _made(endpoint: str, release: str) -> set[str]:
    """The configurations that a release may have made."""
    return {naming.staging_config(endpoint, release), naming.final_config(endpoint, release)}


def _names(*configs: str | None) -> tuple[str, ...]:
    return tuple(config for config in configs if config)


def _known_good(run: Run, records: Iterable[ReleaseRecord]) -> list[ReleaseRecord]:
    """The releases to keep; one that settles as promoted counts, and makes others too many."""
    others = [r for r in records if r.known_good and r.release != run.release]
    if run.outcome != "promoted" or run.plan is None:
        return others
    return others[: run.plan.policy.rollout.keep_releases - 1]


def _replaced(gate: Gate, shown: Content | None) -> tuple[str, ...]:
    """A restored configuration that is `content` goes one settle after it is replaced (R22)."""
    if gate.content is None or gate.content.shape(CANDIDATE) != "restored":
        return ()
    same = shown is not None and shown.config == gate.content.config
    return () if same else (gate.content.config,)
