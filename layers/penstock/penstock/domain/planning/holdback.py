"""What a holdback needs and costs: two fleets, of which the candidate's carries nearly all."""

import math
from collections.abc import Iterator

from penstock.domain.errors import Refused
from penstock.domain.judging.judgement import OVERLOAD
from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.policy.policy import Policy


def check_holdback(policy: Policy, floor: int, candidates: int) -> None:
    """Check that the candidate's instances carry what is not held back, if anything is.

    Raises:
        Refused: `serving.candidate_instance_count` is too small for it.
    """
    held = policy.rollout.holdback_percent
    share = 1 - held / 100
    least = math.ceil(round(floor * share / OVERLOAD, 6))
    if held and candidates < least:
        raise Refused(
            f"serving.candidate_instance_count is {candidates}, but with a holdback the candidate "
            f"carries {100 * share:g} % of the requests: beside {floor} instances it needs {least}"
        )


def holdback_notes(
    policy: Policy, live: LiveSetup | None, floor: int, candidates: int
) -> Iterator[str]:
    """Notes about a release with a holdback, one sentence each. None without one."""
    held, minutes = policy.rollout.holdback_percent, policy.rollout.holdback_minutes
    if not held:
        return
    if live is None:
        yield "the first release has no holdback: there is no previous model"
        return
    hours = candidates * minutes / 60
    yield (
        f"the holdback keeps {held:g} % of the requests on {live.variant} for {minutes} minutes: "
        f"both fleets run ({live.variant} {floor}, candidate {candidates} instances), "
        f"{round(hours, 1):,g} instance hours more than a promotion at once"
    )
    if live.scaled:
        yield (
            f"{live.variant} keeps its instances during the holdback and the candidate's "
            f"{candidates} do not scale: set serving.candidate_instance_count for the busiest hour"
        )
    if policy.rollout.on_newer == "supersede":
        yield (
            "a newer approval during the holdback rolls this release back (on_newer: supersede); "
            "with on_newer: queue it waits"
        )
