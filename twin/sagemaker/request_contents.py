"""The contents of synthetic requests and answers, for data capture."""

from collections.abc import Callable
from dataclasses import dataclass

from twin.core.hooks import NotSupportedByTwin
from twin.sagemaker.capture import Capture, Exchange, Message
from twin.sagemaker.containers import Fleet
from twin.sagemaker.serving_models import names_of
from twin.sagemaker.synthetic import Answered

Text = Callable[[int], str]
"""Returns a text by the number of its request. An endpoint's first request has number 0."""


def _no_id(_number: int) -> str | None:
    return None


@dataclass(frozen=True)
class Asked:
    """What callers of an endpoint send. Without an `inference_id` they send none."""

    body: Text
    content_type: str = "text/csv"
    inference_id: Callable[[int], str | None] = _no_id


@dataclass(frozen=True)
class Said:
    """What a model answers."""

    body: Text
    content_type: str = "text/csv"


class Contents:
    """Hands the contents of synthetic requests to data capture, and keeps none of them.

    Endpoints for which no test says what callers send are not captured.
    """

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self._asked: dict[str, Asked] = {}
        self._said: dict[str, Said] = {}

    def ask(self, endpoint: str, asked: Asked) -> None:
        """Set what the callers of an endpoint send from now on."""
        self._asked[endpoint] = asked

    def answer(self, model: str, said: Said) -> None:
        """Set what a model answers from now on, by its name or its ModelDataUrl."""
        self._said[model] = said

    def wants(self, endpoint: str, fleet: Fleet) -> bool:
        """Return whether the contents of a fleet's requests are captured."""
        return endpoint in self._asked and self._capture.takes(fleet)

    def hear(self, answered: Answered) -> None:
        """Capture what a fleet answered."""
        asked, said = self._asked[answered.endpoint], self._of(answered.fleet)
        for number in (*answered.good, *answered.bad):
            failed = number in answered.bad
            exchange = Exchange(
                self._capture.ticket(
                    f"{answered.endpoint}/synthetic/{number}", is_copy=answered.variant.is_shadow
                ),
                Message(asked.content_type, asked.body(number).encode()),
                Message(said.content_type, b"" if failed else said.body(number).encode()),
                asked.inference_id(number),
                failed,
                answered.moment(number),
            )
            self._capture.take(answered.endpoint, answered.fleet, exchange)

    def _of(self, fleet: Fleet) -> Said:
        for name in names_of(fleet.model):
            if name in self._said:
                return self._said[name]
        raise NotSupportedByTwin(f"captured answers of {fleet.model.name}, which a test has to set")
