"""Reconcile a model package group: registrations and approvals whose events never arrived."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from penstock.domain.errors import Damaged, Missing
from penstock.domain.ledger import naming
from penstock.domain.moments import DAY_MS
from penstock.domain.reviewing.package import Package
from penstock.ports.clock import Clock
from penstock.ports.executions import Executions, Reviewing
from penstock.ports.ledger import Ledger
from penstock.ports.registry import Policies, Registry, StoredPolicy
from penstock.usecases.settling.known import is_known
from penstock.usecases.sweeping.starter import start_again


class GroupReviews(Protocol):
    """Reviews of a group's packages that are due (DueReviews)."""

    def due(self, group: str) -> tuple[str, ...]:
        """ARNs of the packages whose review is due."""
        ...

    def chance(self, package: Package, stored: StoredPolicy) -> str | None:
        """A name for an approved package's next chance to be released. None if it has none."""
        ...


@dataclass(frozen=True)
class ReconcileGroup:
    """Handles one group per call: starts reviews and at most one release. Repeating it is safe."""

    policies: Policies
    registry: Registry
    ledger: Ledger
    reviews: GroupReviews
    reviewing: Reviewing
    executions: Executions
    clock: Clock

    def __call__(self, group: str) -> str:
        """Returns what was done, for the log. Empty if nothing was."""
        try:
            stored = self.policies.policy(group)
        except Missing:
            return ""  # deleted since it was listed
        due = self.reviews.due(group)
        for arn in due:
            self.reviewing.ask(arn)
        said = [f"{len(due)} reviews asked for"] if due else []
        return "; ".join([*said, *self._news(group, stored)])

    def _news(self, group: str, stored: StoredPolicy) -> Iterator[str]:
        newest = self.registry.newest_approved(group)
        try:
            if newest and self._is_news(newest, stored):
                yield from self._release(newest, stored)
        except Damaged as damaged:
            yield str(damaged)

    def _release(self, package: Package, stored: StoredPolicy) -> Iterator[str]:
        chance = self.reviews.chance(package, stored)
        if chance is None:
            return
        if package.incomplete:
            self.reviewing.ask(package.arn)
            yield f"version {package.version} waits to be completed"
            return
        self._start(package, stored, chance)
        yield f"release of version {package.version} started"

    def _is_news(self, package: Package, stored: StoredPolicy) -> bool:
        """Whether a package is new: unknown to the ledger, newer than the serving version, and
        registered after the policy.
        """
        gate = self.ledger.gate(stored.policy.place.key)
        if package.created_at <= stored.modified_at:
            return False
        if gate.serving and _passed(gate.serving, package):
            return False
        return not is_known(self.ledger, gate, package.arn)

    def _start(self, package: Package, stored: StoredPolicy, chance: str) -> None:
        """Start a release.

        The time of this find counts as the approval time, because the registry has none.

        A start that is refused before its claim leaves no trace in the ledger. The execution's name
        is therefore the same for a day, so that people are notified only once. An execution that
        died is started again.
        """
        now = self.clock.now()
        name = naming.release_id(f"{package.arn} {stored.version}{chance}", now // DAY_MS)
        document = {"action": "release", "model_package_arn": package.arn, "approved_at": now}
        start_again(self.executions, f"found-{name}", document)


def _passed(serving: str, package: Package) -> bool:
    """Whether this version of the group, or a later one, already serves."""
    serves = serving.rpartition("/")
    return serves[0] == package.arn.rpartition("/")[0] and int(serves[2]) >= package.version
