"""Live's latency of the hour before the release, which the candidate is compared with."""

from dataclasses import dataclass

from penstock.domain.judging.quantiles import QUANTILES, known_quantiles
from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.kinds.series import Fleet
from penstock.domain.kinds.table import released
from penstock.domain.planning.comparing import by_quantiles
from penstock.domain.policy.policy import Policy
from penstock.ports.clock import Clock
from penstock.ports.evidence import Hours

_HOUR_MS = 3_600_000


@dataclass(frozen=True)
class LiveQuantiles:
    """Asks CloudWatch once."""

    hours: Hours
    clock: Clock

    def __call__(self, policy: Policy, live: LiveSetup) -> dict[str, float]:
        """The values in ms by the names of their metrics. Empty if too little is known.

        Percentiles cannot be added up, and CloudWatch has them of whole clock hours. Of this hour
        and the one before, the one with more answers counts.

        Raises:
            Unavailable: CloudWatch did not answer. A release does not go on without its latency.
        """
        published = released(policy.serving.kind).published
        if published.answers is None or not by_quantiles(policy):
            return {}
        fleet = Fleet(policy.endpoint, live.config["EndpointConfigName"], live.variant)
        answers = published.statistic(published.answers, fleet)
        asked = {
            name: answers._replace(statistic=f"p{quantile.percent:g}")
            for name, quantile in QUANTILES.items()
        }
        hour = self.clock.now() // _HOUR_MS
        found = self.hours.read((answers, *asked.values()), hour - 1, hour + 1)
        if not found[answers]:
            return {}
        busiest, count = max(found[answers].items(), key=lambda each: each[1])
        values = {name: found[each].get(busiest, 0.0) / 1000 for name, each in asked.items()}
        return known_quantiles(count, values)
