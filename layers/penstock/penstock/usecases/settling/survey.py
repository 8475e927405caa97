"""A survey of the account before anything is deleted: who uses what. No lock is held meanwhile.

The survey is limited. What it does not reach stays for a later one. Endpoints that it reached are
remembered until they are modified.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from penstock.domain.errors import PenstockError
from penstock.domain.ledger import naming
from penstock.domain.ledger.gate import Gate
from penstock.domain.usage import NEVER, Usage, Use
from penstock.ports.clock import TimeLeft
from penstock.ports.ledger import Sightings
from penstock.ports.serving import Account, ListedEndpoint

MOST_CALLS = 100
"""Most calls of one survey, without the list itself: about ten seconds."""
ENDS_WITH_MS = 42_000
"""A survey ends when the instance has only so much time left (ms), which an act needs."""


class _Exhausted(Exception):
    """The survey has made its calls, or its time is over."""


@dataclass
class _Budget:
    time_left: TimeLeft
    calls: int = 0

    def spend(self) -> None:
        self.calls += 1
        if self.calls > MOST_CALLS or self.time_left() < ENDS_WITH_MS:
            raise _Exhausted


@dataclass
class _Seen:
    """What was found so far, and what is new to the ledger. `recent` are endpoints."""

    used: set[str] = field(default_factory=set)
    recent: set[str] = field(default_factory=set)
    since: int = NEVER
    lost: bool = False
    fresh: dict[str, Use] = field(default_factory=dict)


@dataclass(frozen=True)
class Survey:
    """Surveys the most recently modified endpoints first."""

    account: Account
    sightings: Sightings

    def __call__(
        self, endpoint: str, configs: Collection[str], oldest: int, time_left: TimeLeft
    ) -> Usage:
        """Who uses what was made at or after `oldest` (ms), and which models `configs` name.

        The gates are read last: whoever leaves a configuration behind has noted it by then.
        Without `configs` models do not matter. Where an endpoint runs a configuration that was
        deleted, no model is known to be free. Nothing is proved by a survey that fails.
        """
        budget = _Budget(time_left)
        try:
            seen = self._endpoints(endpoint, oldest, budget)
            others = [g for g in self.sightings.whole_gates() if g.endpoint != endpoint]
            alike = tuple(g for g in others if naming.alike(g.endpoint, endpoint))
            strange = set(_strange(g for g in others if g.endpoint.casefold() in seen.recent))
            strange = {*strange, *_made(alike)} - seen.used
            known = configs and not seen.lost
            models = self._models({*configs, *strange}, budget) if known else None
        except PenstockError:
            return Usage()
        spoken = frozenset({*_spoken(others), *_made(alike)})
        return Usage(frozenset(seen.used), seen.since, spoken, models, alike)

    def _endpoints(self, endpoint: str, oldest: int, budget: _Budget) -> _Seen:
        """Describe the endpoints that are changing, then the others, until a call fails or the
        limit is reached.
        """
        known, seen = self.sightings.seen(), _Seen()
        listed = self.account.listed()
        if any(naming.alike(each.name, endpoint) for each in listed if each.name != endpoint):
            oldest = 0  # nobody knows when a model was made that another one's release made, too
        with suppress(_Exhausted, PenstockError):
            for each in sorted(listed, key=lambda one: (one.settled, -one.modified)):
                if each.settled and each.modified < oldest:
                    break
                self._look(each, known.get(each.name), seen, budget)
            seen.since = oldest
        self.sightings.saw(seen.fresh)
        return seen

    def _look(
        self, listed: ListedEndpoint, known: Use | None, seen: _Seen, budget: _Budget
    ) -> None:
        if known is None or known.modified != listed.modified or not listed.settled:
            known = self._use(listed, budget)
            if listed.settled:
                seen.fresh[listed.name] = known
        seen.used.update(known.configs, known.models)
        seen.lost = seen.lost or known.lost
        seen.recent.add(listed.name.casefold())
        if listed.settled:
            seen.since = listed.modified + 1  # another one may have been modified with it

    def _use(self, listed: ListedEndpoint, budget: _Budget) -> Use:
        budget.spend()
        configs = self.account.configs_of(listed.name)
        named = [self._models_of(each, budget) for each in sorted(configs)]
        return Use(
            modified=listed.modified,
            configs=tuple(sorted(configs)),
            models=tuple(sorted(frozenset[str]().union(*(m for m in named if m)))),
            lost=None in named,
        )

    def _models(self, configs: Iterable[str], budget: _Budget) -> dict[str, frozenset[str]] | None:
        try:
            return {c: self._models_of(c, budget) or frozenset() for c in sorted(configs)}
        except _Exhausted:
            return None

    def _models_of(self, config: str, budget: _Budget) -> frozenset[str] | None:
        budget.spend()
        return self.account.models_of(config)


def _spoken(gates: Iterable[Gate]) -> Iterator[str]:
    """What other endpoints run, or go back to: one may have adopted another's configuration."""
    for gate in gates:
        yield from (c.name for c in (gate.content, gate.previous, gate.target) if c)


def _strange(gates: Iterable[Gate]) -> Iterator[str]:
    """What these endpoints run or go back to that is not of their own releases' making.

    Their own name models of theirs, and those on the way what serves there now: neither can name
    a model that another endpoint's release made, unless that endpoint uses it anyway. Nor can what
    an endpoint had before the model was made; so only endpoints that were modified since matter.
    """
    for gate in gates:
        for config in _spoken((gate,)):
            final = naming.release_of(gate.endpoint, config)
            if not final and not naming.is_on_the_way(gate.endpoint, config):
                yield config


def _made(gates: Iterable[Gate]) -> Iterator[str]:
    """The configurations that the last releases of these endpoints may have made."""
    for gate in gates:
        if gate.release:
            yield from naming.on_the_way(gate.endpoint, gate.release)
            yield naming.final_config(gate.endpoint, gate.release)
        yield from (rehearsal.endpoint for rehearsal in gate.rehearsals)
