"""How much live varies by itself, in the hours before the release."""

from dataclasses import dataclass

from penstock.domain.errors import Unavailable
from penstock.domain.judging.noise_floor import LOOKED_BACK, NoiseFloor, noise_by_minutes
from penstock.domain.judging.parts import parts
from penstock.domain.judging.readings import READ_AFTER, counts
from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.planning.comparing import Values, metrics, question
from penstock.domain.policy.policy import Policy
from penstock.ports.clock import Clock
from penstock.ports.evidence import Source


@dataclass(frozen=True)
class LiveNoise:
    """Asks CloudWatch once."""

    source: Source
    clock: Clock

    def __call__(self, policy: Policy, live: LiveSetup, values_ms: Values) -> NoiseFloor | None:
        """None if nothing is known, or if it would change nothing."""
        judge = policy.judge
        known = [name for name, part in parts(metrics(judge, values_ms)).items() if part.bounded]
        given = None not in (judge.tolerance, judge.attempts)
        if given or not known or not policy.rollout.steps:
            return None
        end = self.clock.now() // 60_000 - READ_AFTER
        config = live.config["EndpointConfigName"]
        asked = question(policy, values_ms, config, live.variant, end - LOOKED_BACK, end)
        try:
            readings = self.source.read(asked) or ()
        except Unavailable:
            return None
        minutes = [counts(reading) for reading in readings]
        return noise_by_minutes([{name: each[name] for name in known} for each in minutes])
