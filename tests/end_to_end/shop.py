"""Clients of an endpoint that publish a custom metric: 1 for each failed request, 0 for a good one.

They name the route of the request in a dimension, beside the endpoint and the variant.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from tests.end_to_end.bench import Bench
from twin.cloudwatch import metrics

CHECKOUT: dict[str, Any] = {"name": "checkout", "namespace": "Shop", "metric": "Failed"}
BY_ROUTE = CHECKOUT | {"by": "Route"}
ROUTES = ("/pay", "/search", "/basket", "/account")


@dataclass
class Shop:
    """Every route is asked for equally often, and a tenth of the candidate's requests to the routes
    of `broken` fail.
    """

    bench: Bench
    broken: Collection[str] = ()
    requests_per_minute: float = 1200.0

    def open(self) -> None:
        """Requests come from the next minute on."""
        clock = self.bench.twin.clock
        minute = clock.now() // 60 + 1
        clock.call_at(60 * minute, lambda: self._publish(60 * minute), "the shop")

    def _publish(self, at: float) -> None:
        endpoint = self.bench.twin.endpoints.find(self.bench.endpoint)
        if endpoint and endpoint.serves:
            for variant, share in self.bench.shares.items():
                self._record(variant, round(self.requests_per_minute * share / len(ROUTES)), at)
        self.open()

    def _record(self, variant: str, requests: int, at: float) -> None:
        for route in ROUTES:
            bad = requests // 10 if variant == "candidate" and route in self.broken else 0
            where = {
                "EndpointName": self.bench.endpoint,
                "VariantName": variant,
                "Route": route,
            }
            metrics.record("Shop", "Failed", where, {1.0: bad, 0.0: requests - bad}, at, "None")
