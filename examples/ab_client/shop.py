"""A shop whose page asks a model, and learns days later which visits ended with an order."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from examples.ab_client.outcomes import Goal, Outcome, Served

CONVERTED = Goal("Shop", "Converted")


class Unanswered(Exception):
    """The endpoint did not say which variant answered, so no outcome can be attributed."""


def recommend(runtime: Any, endpoint: str, body: str, at: datetime) -> tuple[str, Served]:
    """The model's answer, and what has to be kept with the visit.

    Never name a variant (`TargetVariant`): the test compares visits that routing has split.

    Args:
        runtime: A boto3 client of `sagemaker-runtime`.
        endpoint: Name of the endpoint.
        body: The request, as CSV.
        at: The time of the request, with its zone.
    """
    answer = runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=body)
    variant = answer.get("InvokedProductionVariant")
    if not variant:
        raise Unanswered(f"{endpoint} named no variant")
    return answer["Body"].read().decode(), Served(endpoint, variant, at)


@dataclass
class Visits:
    """Visits that have no outcome yet.

    A visit ends as an order (1), or without one after `gives_up` (0): both are published. That is
    what makes a rate, because what is published only for orders has no denominator. The policy's
    `delay_minutes` has to be at least `gives_up`, and the time until the next call of `settled`.
    """

    gives_up: timedelta
    waiting: dict[str, Served] = field(default_factory=dict)

    def began(self, visit: str, served: Served) -> None:
        """Remember who answered. A visit counts once, by the variant of its first answer."""
        self.waiting.setdefault(visit, served)

    def ordered(self, visit: str) -> Iterator[Outcome]:
        """The outcome of a visit that ended with an order; none if it had given up, or twice."""
        served = self.waiting.pop(visit, None)
        if served:
            yield Outcome(served, 1.0)

    def settled(self, now: datetime) -> Iterator[Outcome]:
        """The outcomes of the visits that are not waited for any longer."""
        late = [visit for visit, each in self.waiting.items() if now - each.at >= self.gives_up]
        for visit in late:
            yield Outcome(self.waiting.pop(visit), 0.0)


def publish(outcomes: Iterable[Outcome], now: datetime, log: Callable[[str], object]) -> None:
    """Write the lines to the application's log, such as `print` in a Lambda function."""
    for line in CONVERTED.lines(outcomes, now):
        log(line)
