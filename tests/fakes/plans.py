"""The plans of releases, in memory."""

from dataclasses import dataclass, field

from penstock.adapters.plans import read_plan
from penstock.domain.ledger.place import Key, place_of
from penstock.domain.planning.plan import Plan
from tests.fakes.wire import Wire


@dataclass
class FakePlans:
    """Plans, by stored key; `before` are documents that records of the version before carry."""

    wire: Wire = field(default_factory=Wire)
    kept: dict[tuple[str, str], str] = field(default_factory=dict)
    before: dict[tuple[str, str], object] = field(default_factory=dict)
    _read: dict[str, Plan] = field(default_factory=dict)

    def keep(self, key: Key, plan: Plan) -> None:
        self.wire("plans.keep", lambda: self._keep(key, plan), writes=True)

    def _keep(self, key: Key, plan: Plan) -> None:
        self.kept[place_of(key).stored, plan.digest] = plan.text

    def plan(self, key: Key, release: str, digest: str | None) -> Plan:
        return self.wire("plans.plan", lambda: self.peek(key, release, digest))

    def peek(self, key: Key, release: str, digest: str | None) -> Plan:
        """The plan, read by the test itself."""
        kept = (
            self.before.get((place_of(key).stored, release))
            if digest is None
            else self.kept.get((place_of(key).stored, digest))
        )
        if not isinstance(kept, str):
            return read_plan(kept, f"the plan of {release}", digest)
        if kept not in self._read:
            self._read[kept] = read_plan(kept, f"the plan of {release}", digest)
        return self._read[kept]
