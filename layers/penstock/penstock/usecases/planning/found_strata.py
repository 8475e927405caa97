"""The strata of custom signals whose values the policy does not list."""

from dataclasses import dataclass

from penstock.domain.errors import Denied, Refused, RefusedByAws
from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.kinds.series import Divided, Fleet
from penstock.domain.planning.known import Completed
from penstock.domain.planning.strata import LIST_THEM, left_open, with_strata
from penstock.domain.policy.policy import Policy
from penstock.ports.evidence import Strata


@dataclass(frozen=True)
class FoundStrata:
    """Asks CloudWatch once for each such signal."""

    strata: Strata

    def __call__(self, policy: Policy, live: LiveSetup) -> Completed:
        """The policy with all values, and notes about those that were found.

        Raises:
            Refused: CloudWatch refuses to list them, or there are too many.
            Unavailable: CloudWatch did not answer. A release does not go on without its strata:
                requests that are published by them are counted by nothing else.
        """
        fleet = Fleet(policy.endpoint, live.config["EndpointConfigName"], live.variant)
        asked = left_open(policy, fleet)
        return with_strata(policy, {name: self._values(name, asked[name]) for name in asked})

    def _values(self, name: str, divided: Divided) -> tuple[str, ...]:
        try:
            return self.strata.values(divided)
        except (Denied, Refused, RefusedByAws) as error:
            unknown = f"judge.signals: the strata of {name} are unknown"
            raise Refused(f"{unknown}: {error}; {LIST_THEM}") from error
