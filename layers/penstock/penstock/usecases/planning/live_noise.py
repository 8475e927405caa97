"""How much live varies by itself, in the hours before the release."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from penstock.domain.errors import Denied, Refused, RefusedByAws, Unavailable
from penstock.domain.judging.counts import Counts
from penstock.domain.judging.noise_floor import (
    NOISE_MINUTES,
    NoiseFloor,
    noise_by_instances,
    noise_by_minutes,
)
from penstock.domain.judging.parts import parts
from penstock.domain.judging.readings import READ_AFTER, counts
from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.kinds.question import Compared, Question
from penstock.domain.kinds.series import Fleet, Published
from penstock.domain.kinds.table import released
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.planning.comparing import Values, compared, compared_instance, metrics
from penstock.domain.policy.policy import Policy
from penstock.ports.clock import Clock
from penstock.ports.evidence import Source, Strata

MOST_INSTANCES = 50
"""Of more than so many nothing is read one by one."""


@dataclass(frozen=True)
class LiveNoise:
    """Asks CloudWatch once; where live has enhanced metrics, first for its instances.

    Custom signals have no series by instance, so they count by minutes only.
    """

    source: Source
    strata: Strata
    clock: Clock

    def __call__(self, policy: Policy, live: LiveSetup, values_ms: Values) -> NoiseFloor | None:
        """None if it would change nothing."""
        judge, published = policy.judge, released(policy.serving.kind).published
        known = [name for name, part in parts(metrics(judge, values_ms)).items() if part.bounded]
        asks = judge.tolerance is None or (judge.attempts is None and live.enhanced)
        if not asks or not known or not policy.rollout.compares:
            return None
        fleet = Fleet(policy.endpoint, live.config["EndpointConfigName"], live.variant)

        def of_instance(instance: str) -> dict[str, Compared]:
            signals = compared_instance(judge, fleet, published, values_ms, instance)
            return {name: signals[name] for name in known if name in signals}

        instances = self._instances(published, fleet) if live.enhanced else ()
        found = self._by_instances(fleet, {each: of_instance(each) for each in instances})
        if found.spread is not None or judge.tolerance is not None:
            return found
        signals = compared(judge, fleet, published, values_ms)
        minutes = self._read(fleet, {name: signals[name] for name in known})
        if minutes is None:
            return found._replace(instances=0, heard=False)
        return noise_by_minutes(minutes)._replace(groups=found.groups)

    def _instances(self, published: Published, live: Fleet) -> tuple[str, ...]:
        """Those that CloudWatch lists; none if they cannot be listed now, or are too many."""
        divided = published.divided(live)
        try:
            found = self.strata.values(divided) if divided else ()
        except (Denied, Refused, RefusedByAws, Unavailable):
            return ()
        return found if len(found) <= MOST_INSTANCES else ()

    def _by_instances(self, live: Fleet, asked: Mapping[str, Mapping[str, Compared]]) -> NoiseFloor:
        """All are asked for at once, each by names of its own."""
        named = {
            f"{instance}/{name}": each
            for instance, signals in asked.items()
            for name, each in signals.items()
        }
        minutes = (self._read(live, named) or ()) if named else ()
        return noise_by_instances(
            [
                [{name: minute[f"{instance}/{name}"] for name in signals} for minute in minutes]
                for instance, signals in asked.items()
            ]
        )

    def _read(
        self, live: Fleet, signals: Mapping[str, Compared]
    ) -> Sequence[Mapping[str, Counts]] | None:
        end = self.clock.now() // 60_000 - READ_AFTER
        asked = Question(*live, CANDIDATE, signals, end - NOISE_MINUTES, end)
        try:
            readings = self.source.read(asked)
        except Unavailable:
            return None
        return None if readings is None else [counts(reading) for reading in readings]
