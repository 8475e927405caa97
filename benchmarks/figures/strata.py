"""How soon a failure of one route is found, as a whole and by strata."""

import random
from collections.abc import Mapping
from functools import partial, reduce

from benchmarks.figures.tables import Cells, Table
from benchmarks.simulated import at_once, held, minutes_until_found, released, written
from penstock.domain.judging.counts import Counts, added
from penstock.domain.judging.parts import stratum
from penstock.domain.judging.simulated_release import Serve
from penstock.domain.planning.comparison_settings import settings_of
from penstock.domain.policy.judge import JudgeSection
from penstock.domain.policy.signals import CustomSignal
from penstock_cli.binomial import binomial

SEED = 390_101
SHARE, MOST = 0.25, 400
"""The candidate's share, and the minutes after which a release counts as not found."""
FAILING = 0.02
"""Of the candidate's requests of the first route, beside those that fail anyway."""
ROUTES = tuple(f"/{n}" for n in range(10))
TRAFFIC = (600, 6000)  # requests a minute
ANYWAY = (0.0, 0.001, 0.003, 0.005, 0.01)
MARGIN = 0.005
"""That of errors."""

_SIGNAL = CustomSignal(
    name="checkout", namespace="Shop", metric="Failed", margin=MARGIN, by="Route", values=ROUTES
)
WHOLE = (_SIGNAL.name,)
STRATA = tuple(stratum(_SIGNAL.name, "Route", route) for route in ROUTES)
SETTINGS = at_once(settings_of(JudgeSection(signals=(_SIGNAL,))))


def serving(requests: int, anyway: float, metrics: Cells, chance: random.Random) -> Serve:
    """Return a function that serves one release, its requests spread evenly over the routes."""

    def of_route(name: str, weight: float) -> Counts:
        candidate = binomial(requests // len(ROUTES), weight, chance)
        live = requests // len(ROUTES) - candidate
        rate = anyway + (FAILING if name == STRATA[0] else 0.0)
        return Counts(
            *(live, binomial(live, anyway, chance)), *(candidate, binomial(candidate, rate, chance))
        )

    def serve(weight: float) -> Mapping[str, Counts]:
        routes = {name: of_route(name, weight) for name in STRATA}
        shown = {_SIGNAL.name: reduce(added, routes.values()), **routes}
        return {name: shown[name] for name in metrics}

    return serve


def found(requests: int, anyway: float, metrics: Cells, releases: int) -> str:
    """Return the minutes until half of the releases are rolled back."""
    courses = released(
        metrics,
        SETTINGS,
        held(SHARE, MOST),
        partial(serving, requests, anyway, metrics),
        releases,
        f"{SEED} {requests} {anyway}",
    )
    return written(minutes_until_found(courses))


def row(anyway: float, releases: int) -> Cells:
    cells = [
        found(requests, anyway, metrics, releases)
        for requests in TRAFFIC
        for metrics in (WHOLE, (*WHOLE, *STRATA))
    ]
    return (f"{100 * anyway:g} %" if anyway else "never", *cells)


TABLE = Table(
    "Minutes until half of the releases are rolled back, by strata",
    (
        *("fails anyway", "600 requests a minute: as a whole", "with strata"),
        *("6,000: as a whole", "with strata"),
    ),
    [partial(row, anyway) for anyway in ANYWAY],
)
