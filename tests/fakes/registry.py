"""A model registry in memory, as AWS behaves: omitted fields stay, metadata merges by key."""

from collections.abc import Mapping

from penstock.domain.errors import Missing
from penstock.domain.ledger.lifecycle import LifeStage
from penstock.domain.reviewing.package import ApprovalStatus, Package
from penstock.ports.registry import ListedPackage
from tests.fakes.wire import Wire


class FakeRegistry:
    """Registry; `decisions` lists the ARNs that were written to.

    `broken`: what asking for a group's packages raises.
    """

    def __init__(self, *packages: Package, wire: Wire | None = None) -> None:
        self.wire = wire or Wire()
        self.packages = {package.arn: package for package in packages}
        self.decisions: list[str] = []
        self.staged: list[tuple[str, LifeStage]] = []
        self.broken: dict[str, Exception] = {}

    def put(self, package: Package) -> None:
        self.packages[package.arn] = package

    def set_approval(self, arn: str, approval: ApprovalStatus) -> Package:
        """Somebody decides about a package."""
        self.put(self._package(arn).model_copy(update={"approval": approval}))
        return self._package(arn)

    def package(self, arn: str) -> Package:
        return self.wire("registry.package", lambda: self._package(arn))

    def _package(self, arn: str) -> Package:
        if arn not in self.packages:
            raise Missing(f"ModelPackage {arn} does not exist")
        return self.packages[arn]

    def set_stage(self, arn: str, stage: LifeStage) -> None:
        self.wire("registry.set_stage", lambda: self._set_stage(arn, stage), writes=True)

    def _set_stage(self, arn: str, stage: LifeStage) -> None:
        self.packages[arn] = self._package(arn).model_copy(update={"life": stage})
        self.staged.append((arn, stage))

    def pending(self, group: str) -> list[ListedPackage]:
        waiting = [p for p in self.packages.values() if p.group == group and p.undecided]
        waiting.sort(key=lambda package: package.created_at)
        return [ListedPackage(package.arn, package.created_at) for package in waiting]

    def newest_approved(self, group: str) -> Package | None:
        if error := self.broken.get(group):
            raise error
        approved = [
            package
            for package in self.packages.values()
            if package.group == group
            and package.status == "Completed"
            and package.approval == "Approved"
        ]
        return max(approved, key=lambda package: package.version, default=None)

    def decide(
        self,
        arn: str,
        approval: ApprovalStatus | None,
        description: str,
        metadata: Mapping[str, str],
    ) -> None:
        before = self._package(arn)
        self.decisions.append(arn)
        self.packages[arn] = before.model_copy(
            update={
                "approval": approval or before.approval,
                "approval_description": description,
                "metadata": {**before.metadata, **metadata},
            }
        )
