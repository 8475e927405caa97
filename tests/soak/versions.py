"""What some versions do: what and when they answer, how often they fail, what users buy then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from zlib import crc32

from penstock.domain.golden.golden_file import GoldenRequest
from penstock.domain.judging.goal.outcomes import GoalOutcomes
from penstock.domain.kinds.question import Question
from penstock.domain.kinds.series import Statistic
from penstock.domain.ledger import naming
from penstock.domain.moments import MINUTE_MS
from penstock.ports.golden import ModelAnswer
from tests.fakes.golden import FakeModels
from tests.fakes.minutes import Half
from tests.fakes.outcomes import NONE
from tests.fakes.traffic import FakeTraffic

MISSES, MISSES_LIVE, SLOW, FAILS, DIFFERS = "misses", "misses live", "slow", "fails", "differs"
WORSE, BETTER = "worse", "better"
TRAITS = {
    0: MISSES,
    1: MISSES_LIVE,
    2: SLOW,
    3: FAILS,
    7: FAILS,
    8: DIFFERS,
    9: WORSE,
    10: BETTER,
    11: BETTER,
}
"""Of twelve versions: those whose answers are wrong, or are once they serve, those that do not
answer in time, those with many errors, those that answer users otherwise than the others, and those
with which users buy less or more.
"""
MEANS = {WORSE: 0.02, BETTER: 0.5}
USUAL = 0.1
"""How much users buy."""
CALLERS = 10
"""Users a minute who name their requests, so that answers to them can be compared."""
ERRORS = {"errors": 0.5}


@cache
def trait(package: str) -> str | None:
    """What a version does that others do not: one of those above. The first ones are as usual."""
    number = package.rpartition("/")[2]
    if not number.isdecimal() or number == "1":
        return None
    return TRAITS.get(crc32(package.encode()) % 12)


def misses(package: str, *, live: bool) -> bool:
    """Whether its answers are other ones than people expect. `live`: once it serves."""
    return trait(package) in {MISSES, SLOW} or (live and trait(package) == MISSES_LIVE)


class Models(FakeModels):
    """Models whose answers are those of their versions."""

    def _ask(
        self, endpoint: str, variant: str, request: GoldenRequest, timeout_seconds: int
    ) -> ModelAnswer:
        package = self._package(endpoint, variant)
        if trait(package) == SLOW:
            self.late.add(package)
        answer = super()._ask(endpoint, variant, request, timeout_seconds)
        live = variant == "live" and naming.REHEARSAL not in endpoint
        return ModelAnswer(500, "broken") if misses(package, live=live) else answer


class Users(FakeTraffic):
    """Users who get the errors of the versions that answer them."""

    def __call__(self, question: Question, number: int, variant: str) -> Mapping[str, Half]:
        fails = trait(self.package(question.config, variant)) == FAILS
        self.rates = {variant: ERRORS} if fails else {}
        return super().__call__(question, number, variant)

    def package(self, config: str, variant: str) -> str:
        """The model package of a variant; empty where nobody knows."""
        request = self.cloud.configs.get(config, {})
        kinds = ("ProductionVariants", "ShadowProductionVariants")
        variants = [each for kind in kinds for each in request.get(kind, ())]
        model = next((v["ModelName"] for v in variants if v["VariantName"] == variant), "")
        container = self.cloud.models.get(model, {}).get("PrimaryContainer", {})
        return str(container.get("ModelPackageName", ""))


@dataclass
class Answers:
    """What is captured of the answers to users, as FakeCaptures asks for it."""

    users: Users

    def __call__(
        self, endpoint: str, variant: str, minute: int
    ) -> Sequence[tuple[str | None, str]]:
        fleet = self.users.cloud.ran(endpoint, minute * MINUTE_MS)
        if fleet is None or endpoint in self.users.quiet:
            return ()
        if variant not in fleet.weights and variant not in fleet.shadows:
            return ()
        text = "1" if trait(self.users.package(fleet.config, variant)) == DIFFERS else "0"
        return [(f"{minute}-{caller}", text) for caller in range(CALLERS)]


@dataclass
class Shop:
    """What the requests of users lead to, as FakeOutcomes asks for it."""

    users: Users

    def __call__(self, series: Statistic, number: int) -> GoalOutcomes | None:
        named = dict(series.dimensions)
        endpoint, variant = named["Endpoint"], named["Variant"]
        fleet = self.users.cloud.ran(endpoint, number * MINUTE_MS)
        if fleet is None or endpoint in self.users.quiet or not fleet.weights.get(variant):
            return NONE
        share = fleet.weights[variant] / sum(fleet.weights.values())
        requests = self.users.per_minute * share
        mean = MEANS.get(trait(self.users.package(fleet.config, variant)) or "", USUAL)
        return GoalOutcomes(requests, requests * mean, 0.0, 1.0)
