"""What is wrong with some versions: their answers, when they answer, or how often they fail."""

from collections.abc import Mapping

from penstock.domain.golden.golden_file import GoldenRequest
from penstock.domain.kinds.question import Question
from penstock.domain.ledger import naming
from penstock.ports.golden import ModelAnswer
from tests.fakes.golden import FakeModels
from tests.fakes.minutes import Half
from tests.fakes.traffic import FakeTraffic

MISSES, MISSES_LIVE, SLOW = 3, 5, 6
"""Of seven versions in turn: the one whose answers are wrong, the one whose answers are once it
serves, and the one that does not answer in time.
"""
FAILS = 4
"""Of five in turn: the one with many errors."""
ERRORS = {"errors": 0.5}


def version(package: str) -> int:
    """The number of a package's version; 0 of anything else."""
    number = package.rpartition("/")[2]
    return int(number) if number.isdecimal() else 0


def misses(package: str, *, live: bool) -> bool:
    """Whether its answers are other ones than people expect. `live`: once it serves."""
    turn = version(package) % 7
    return turn in {MISSES, SLOW} or (live and turn == MISSES_LIVE)


class Models(FakeModels):
    """Models whose answers are those of their versions."""

    def _ask(
        self, endpoint: str, variant: str, request: GoldenRequest, timeout_seconds: int
    ) -> ModelAnswer:
        package = self._package(endpoint, variant)
        if version(package) % 7 == SLOW:
            self.late.add(package)
        answer = super()._ask(endpoint, variant, request, timeout_seconds)
        live = variant == "live" and naming.REHEARSAL not in endpoint
        return ModelAnswer(500, "broken") if misses(package, live=live) else answer


class Users(FakeTraffic):
    """Users who get the errors of the versions that answer them."""

    def __call__(self, question: Question, number: int, variant: str) -> Mapping[str, Half]:
        fails = version(self._package(question.config, variant)) % 5 == FAILS
        self.rates = {variant: ERRORS} if fails else {}
        return super().__call__(question, number, variant)

    def _package(self, config: str, variant: str) -> str:
        """The model package of a variant; empty where nobody knows."""
        request = self.cloud.configs.get(config, {})
        kinds = ("ProductionVariants", "ShadowProductionVariants")
        variants = [each for kind in kinds for each in request.get(kind, ())]
        model = next((v["ModelName"] for v in variants if v["VariantName"] == variant), "")
        container = self.cloud.models.get(model, {}).get("PrimaryContainer", {})
        return str(container.get("ModelPackageName", ""))
