"""What is known when a release is planned, and the policy that it completes."""

from typing import NamedTuple

from penstock.domain.golden.asking import Golden
from penstock.domain.judging.demand import Demand
from penstock.domain.judging.goal.outlook import LiveOutcomes
from penstock.domain.judging.noise_floor import NoiseFloor
from penstock.domain.planning.comparing import NO_VALUES, Values
from penstock.domain.policy.policy import Policy


class Known(NamedTuple):
    """What is known of live, and what the release asks.

    `demand`: its requests of the last hour; None: nobody asked, or none was seen. `values_ms`: the
    quantiles of its latency in ms, by the names of their metrics. `noise`: how much its rates vary
    by themselves; None: nobody asked, or nothing was seen. `golden`: the golden requests that were
    read; None: the release asks none. `outcomes`: what live's were like, where a goal asks for it.
    """

    demand: Demand | None = None
    values_ms: Values = NO_VALUES
    noise: NoiseFloor | None = None
    golden: Golden | None = None
    outcomes: LiveOutcomes | None = None


NOTHING_KNOWN = Known()


class Completed(NamedTuple):
    """A policy, and what was filled into it and why, one sentence each."""

    policy: Policy
    notes: tuple[str, ...] = ()
