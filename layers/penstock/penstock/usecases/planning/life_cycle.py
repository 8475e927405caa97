"""The stages that a plan keeps: those of the policy, and the stage that the package has."""

from penstock.domain.ledger.gate import Gate
from penstock.domain.ledger.lifecycle import LifeCycle, LifeStage
from penstock.usecases.claiming.admission import Admitted


def life_cycle(gate: Gate, release: str, admitted: Admitted) -> LifeCycle | None:
    """The stages of a release. None if the policy leaves them alone.

    Args:
        gate: The gate as it is now.
        release: Id of the release.
        admitted: Its policy and package, as they were just read.
    """
    names = admitted.policy.lifecycle
    if names is None:
        return None
    return LifeCycle(
        release=release,
        staging=names.staging,
        production=names.production,
        retired=names.retired,
        before=_before(gate, release, admitted),
    )


def _before(gate: Gate, release: str, admitted: Admitted) -> LifeStage | None:
    """The stage before the release. A plan that is made again has changed it already.

    A stage that an earlier release still owes the package counts as given.
    """
    if gate.life and gate.life.release == release:
        return gate.life.before
    owed = (due.to for due in gate.stages if due.package == admitted.package.arn)
    return next(owed, admitted.package.life)
