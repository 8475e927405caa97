"""What is wrong with some versions: their answers, when they answer, or how often they fail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from zlib import crc32

from penstock.domain.golden.golden_file import GoldenRequest
from penstock.domain.kinds.question import Question
from penstock.domain.ledger import naming
from penstock.domain.moments import MINUTE_MS
from penstock.ports.golden import ModelAnswer
from tests.fakes.golden import FakeModels
from tests.fakes.minutes import Half
from tests.fakes.traffic import FakeTraffic

MISSES, MISSES_LIVE, SLOW, FAILS, DIFFERS = "misses", "misses live", "slow", "fails", "differs"
FAULTS = {0: MISSES, 1: MISSES_LIVE, 2: SLOW, 3: FAILS, 7: FAILS, 8: DIFFERS}
"""Of twelve versions: those whose answers are wrong, or are once they serve, those that do not
answer in time, those with many errors, and those that answer users otherwise than the others.
"""
CALLERS = 10
"""Users a minute who name their requests, so that answers to them can be compared."""
ERRORS = {"errors": 0.5}


@cache
def wrong(package: str) -> str | None:
    """What is wrong with a version: one of those above. The first ones are good."""
    number = package.rpartition("/")[2]
    if not number.isdecimal() or number == "1":
        return None
    return FAULTS.get(crc32(package.encode()) % 12)


def misses(package: str, *, live: bool) -> bool:
    """Whether its answers are other ones than people expect. `live`: once it serves."""
    return wrong(package) in {MISSES, SLOW} or (live and wrong(package) == MISSES_LIVE)


class Models(FakeModels):
    """Models whose answers are those of their versions."""

    def _ask(
        self, endpoint: str, variant: str, request: GoldenRequest, timeout_seconds: int
    ) -> ModelAnswer:
        package = self._package(endpoint, variant)
        if wrong(package) == SLOW:
            self.late.add(package)
        answer = super()._ask(endpoint, variant, request, timeout_seconds)
        live = variant == "live" and naming.REHEARSAL not in endpoint
        return ModelAnswer(500, "broken") if misses(package, live=live) else answer


class Users(FakeTraffic):
    """Users who get the errors of the versions that answer them."""

    def __call__(self, question: Question, number: int, variant: str) -> Mapping[str, Half]:
        fails = wrong(self.package(question.config, variant)) == FAILS
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
        text = "1" if wrong(self.users.package(fleet.config, variant)) == DIFFERS else "0"
        return [(f"{minute}-{caller}", text) for caller in range(CALLERS)]
