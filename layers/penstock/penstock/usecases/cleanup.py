"""What a release leaves behind, deleted by name while its lock is held (R14, R20b, R22)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from penstock.domain.blueprint import CANDIDATE
from penstock.domain.content import Content
from penstock.domain.gate import Gate
from penstock.domain.run import Run
from penstock.ports import Endpoints, Ledger, ReleaseRecord, Serving

DEFAULT_KEPT = 5


class Rubbish(NamedTuple):
    """Configurations deleted now, and those that the next Settle deletes."""

    now: tuple[str, ...]
    later: tuple[str, ...]


@dataclass(frozen=True)
class Cleanup:
    """Deletes nothing that serves, is pending, or may be needed to go back to."""

    ledger: Ledger
    endpoints: Endpoints
    serving: Serving

    def remove(self, run: Run, gate: Gate, shown: Content | None) -> Rubbish:
        """Delete what this end of the release leaves over; `shown` is the look just taken."""
        records = self.ledger.records(gate.endpoint)
        kept = self._kept(run, gate, shown, records)
        doomed = tuple(dict.fromkeys(self._doomed(run, gate, records)))
        later = _replaced(run, gate)
        wanted = [name for name in doomed if name not in kept and name not in later]
        in_use = self.endpoints.in_use() if wanted else frozenset()
        now = tuple(name for name in wanted if name not in in_use)
        stay = kept | in_use | set(later)
        models = self._models(now, stay) | self._unused_model(run, stay)
        self.serving.retire(now, tuple(sorted(models)))
        return Rubbish(now, later)

    def _kept(
        self, run: Run, gate: Gate, shown: Content | None, records: list[ReleaseRecord]
    ) -> set[str]:
        """Configurations that stay: known-good releases, and everything the gate speaks of."""
        spoken = [gate.content, gate.previous, gate.target, shown]
        good = (r.content for r in _known_good(records)[: _keep(run)])
        return {content.config for content in (*spoken, *good) if content}

    def _doomed(self, run: Run, gate: Gate, records: list[ReleaseRecord]) -> Iterator[str]:
        yield from gate.leftovers
        if run.plan:
            if staging := run.plan.blueprint.staging_name:
                yield staging
            if run.outcome != "promoted":
                yield run.plan.blueprint.final_name
        if run.outcome == "promoted":
            keep = _keep(run) - 1  # the release that settles now is one of them
            yield from (r.content.config for r in _known_good(records)[keep:] if r.content)

    def _models(self, configs: Iterable[str], stay: Iterable[str]) -> set[str]:
        named = {model for config in configs for model in self.endpoints.models_of(config)}
        return named - self._held(stay) if named else set()

    def _unused_model(self, run: Run, stay: Iterable[str]) -> set[str]:
        """A release that failed before its first configuration leaves a model no one names."""
        if run.outcome == "promoted" or run.plan is None:
            return set()
        return {run.plan.blueprint.model_name} - self._held(stay)

    def _held(self, stay: Iterable[str]) -> set[str]:
        return {model for config in stay for model in self.endpoints.models_of(config)}


def _known_good(records: list[ReleaseRecord]) -> list[ReleaseRecord]:
    return [r for r in records if r.state == "promoted" and r.content]


def _keep(run: Run) -> int:
    return run.plan.policy.rollout.keep_releases if run.plan else DEFAULT_KEPT


def _replaced(run: Run, gate: Gate) -> tuple[str, ...]:
    """A restored configuration that is `content` goes one settle after it is replaced (R22)."""
    if run.outcome == "tidy_pending" or gate.content is None:
        return ()
    return (gate.content.config,) if gate.content.shape(CANDIDATE) == "restored" else ()
