"""Business outcomes: what an application publishes of its requests, and when."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from statistics import fmean
from typing import Any

import pytest

from tests.twin.small_bench import START, small
from tests.twin.traffic_bench import invoke, serve
from tests.worlds.sagemaker_bench import DIGEST, IMAGE, ROLE, Bench, bench, variant
from twin.clock.clocks import DiscreteClock
from twin.cloud import Twin
from twin.cloudwatch import embedded_metrics
from twin.core import service_metrics
from twin.sagemaker.outcomes import Goal, Outcome, Outcomes, Via
from twin.sagemaker.synthetic import Behaviour

DIMENSIONS = {"Endpoint": "{endpoint}", "Variant": "{variant}"}
BUSY = 600
VIAS: tuple[Via, ...] = ("statistics", "values", "embedded")


@pytest.fixture
def aws() -> Iterator[Bench]:
    with bench() as made:
        yield made


class Shop:
    """An application with its outcomes, and everything that it published."""

    def __init__(self, aws: Bench, via: Via = "statistics", delay_minutes: float = 0) -> None:
        self.data: list[Mapping[str, Any]] = []
        self.lines: list[str] = []
        self.outcomes = Outcomes(
            aws.clock,
            Goal("Shop", "Converted", DIMENSIONS, delay_minutes, via),
            put=lambda **asked: self.data.extend(asked["MetricData"]),
            log=lambda text: self.lines.extend(text.splitlines()),
        )
        aws.sagemaker.synthetic.listeners.append(self.outcomes)

    def sums(self, of: str) -> tuple[float, float]:
        """The samples and the sum of a variant, of statistic sets."""
        dimensions = [{"Name": "Endpoint", "Value": "churn"}, {"Name": "Variant", "Value": of}]
        found = [d["StatisticValues"] for d in self.data if d["Dimensions"] == dimensions]
        return sum(f["SampleCount"] for f in found), sum(f["Sum"] for f in found)


def served(aws: Bench, minutes: int = 5) -> None:
    """The variants `live` and `candidate` serve the models `one` and `two` for some minutes."""
    aws.store_artefact()
    aws.sagemaker.images.register(IMAGE, [], DIGEST)
    for name in ("one", "two"):
        aws.model(name)
    variants = [variant("live"), variant("candidate", ModelName="two")]
    aws.client.create_endpoint_config(EndpointConfigName="c", ProductionVariants=variants)
    aws.client.create_endpoint(EndpointName="churn", EndpointConfigName="c")
    aws.clock.advance(180)
    run(aws, minutes)


def run(aws: Bench, minutes: int) -> None:
    aws.sagemaker.synthetic.drive("churn", requests_per_minute=BUSY)
    aws.clock.advance(minutes * 60)
    aws.sagemaker.synthetic.drive("churn", requests_per_minute=0)
    aws.clock.advance(60)


def test_each_variant_has_the_rate_of_its_model(aws: Bench) -> None:
    shop = Shop(aws)
    shop.outcomes.earn("one", Outcome(0.2))
    shop.outcomes.earn("two", Outcome(0.4))
    served(aws, minutes=10)
    (asked, live), (others, candidate) = shop.sums("live"), shop.sums("candidate")
    assert asked + others == pytest.approx(10 * BUSY, abs=300)
    assert live / asked == pytest.approx(0.2, abs=0.03)
    assert candidate / others == pytest.approx(0.4, abs=0.03)


def test_outcomes_come_late_with_the_time_of_their_requests(aws: Bench) -> None:
    shop = Shop(aws, delay_minutes=30)
    shop.outcomes.earn("one", Outcome(0.5))
    served(aws, minutes=2)
    aws.clock.advance(25 * 60)
    assert shop.data == []
    aws.clock.advance(10 * 60)
    times = sorted({datum["Timestamp"] for datum in shop.data})
    assert all(time.second == 0 for time in times)
    now = datetime.fromtimestamp(aws.clock.now(), UTC)
    assert 35 * 60 < (now - times[-1]).total_seconds() <= (now - times[0]).total_seconds() < 40 * 60
    assert {tuple(each["Value"] for each in datum["Dimensions"]) for datum in shop.data} == {
        ("churn", "live")
    }


def test_the_delay_begins_when_the_minute_of_the_requests_is_over(aws: Bench) -> None:
    shop = Shop(aws, delay_minutes=10)
    aws.clock.advance(60 - aws.clock.now() % 60)
    shop.outcomes.add("churn", "live", 1.0, aws.clock.now() + 5)
    aws.clock.advance(11 * 60 - 1)
    assert shop.data == []
    aws.clock.advance(1)
    assert len(shop.data) == 1


def test_failures_and_shadows_have_no_outcome(aws: Bench) -> None:
    shop = Shop(aws)
    for name in ("one", "two"):
        shop.outcomes.earn(name, Outcome(1.0))
    aws.shadowed()
    aws.sagemaker.synthetic.behave("one", Behaviour(error_rate=0.25, silence_rate=0.25))
    run(aws, 5)
    samples, _ = shop.sums("live")
    assert samples == pytest.approx(5 * BUSY / 2, rel=0.1)
    assert shop.sums("candidate") == (0, 0)


def chance() -> random.Random:
    return random.Random(1)  # noqa: S311  # repeatable, not secret


def test_a_value_stays_within_its_bounds_and_has_its_mean() -> None:
    source = chance()
    drawn = [Outcome(30, bounds=(0, 500)).draw(source, 0.0) for _ in range(20_000)]
    assert 0 <= min(drawn) <= max(drawn) <= 500
    assert fmean(drawn) == pytest.approx(30, rel=0.05)
    assert all(value == round(value, 2) for value in drawn)


@pytest.mark.parametrize("bound", [-2.0, 7.0])
def test_a_mean_at_a_bound_is_always_the_bound(bound: float) -> None:
    outcome = Outcome(bound, bounds=(-2.0, 7.0))
    assert {outcome.draw(chance(), at) for at in range(9)} == {bound}


def test_the_mean_moves_with_the_hour_and_not_beyond_its_bounds() -> None:
    outcome, hour = Outcome(0.4, swing=0.5, peak_hour=20), 3600
    assert outcome.mean_at(20 * hour) == pytest.approx(0.6)
    assert outcome.mean_at(8 * hour) == pytest.approx(0.2)
    assert outcome.mean_at(2 * hour) == pytest.approx(0.4)
    assert fmean(outcome.mean_at(at * hour) for at in range(24)) == pytest.approx(0.4)
    assert Outcome(0.9, swing=0.5).mean_at(20 * hour) == 1.0


def test_many_values_are_published_in_parts_that_aws_takes(aws: Bench) -> None:
    shop = Shop(aws, via="values")
    for number in range(400):
        shop.outcomes.add("churn", "live", number / 100, aws.clock.now())
    aws.clock.advance(60)
    assert [len(datum["Values"]) for datum in shop.data] == [150, 150, 100]
    logged = Shop(aws, via="embedded")
    for number in range(250):
        logged.outcomes.add("churn", "live", number % 2, aws.clock.now())
    aws.clock.advance(60)
    assert [len(list(embedded_metrics.points(line))) for line in logged.lines] == [100, 100, 50]


def test_real_callers_add_the_outcomes_of_their_requests(aws: Bench) -> None:
    serve(aws, {}, live=1.0, candidate=1.0)
    shop = Shop(aws, delay_minutes=10)
    asked = Counter(invoke(aws)["InvokedProductionVariant"] for _ in range(20))
    for variant_name, requests in asked.items():
        for number in range(requests):
            shop.outcomes.add("churn", variant_name, float(number == 0), aws.clock.now())
    aws.clock.advance(11 * 60)
    for variant_name, requests in asked.items():
        assert shop.sums(variant_name) == (requests, 1)


def in_twin(twin: Twin) -> float:
    """Put `churn` into the twin's service. Return when it serves."""
    sagemaker = twin.client("sagemaker")
    twin.images.register(IMAGE, [], DIGEST)
    sagemaker.create_model(
        ModelName="one", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE}
    )
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant("live")])
    sagemaker.create_endpoint(EndpointName="churn", EndpointConfigName="c")
    twin.until(lambda: twin.endpoints.get("churn").serves, 10, "the endpoint")
    return twin.clock.now()


@pytest.mark.parametrize("via", VIAS)
def test_every_way_of_publishing_gives_the_same_statistics(via: Via) -> None:
    with small(DiscreteClock(START)) as twin:
        outcomes = Outcomes(
            twin.clock,
            Goal("Shop", "Spent", DIMENSIONS, 5, via),
            put=twin.client("cloudwatch").put_metric_data,
            log=service_metrics.of_log,
        )
        outcomes.earn("one", Outcome(40, bounds=(0, 100)))
        twin.synthetic.listeners.append(outcomes)
        began = in_twin(twin)
        twin.synthetic.drive("churn", 300)
        twin.clock.sleep(180)
        twin.synthetic.drive("churn", 0)
        twin.clock.sleep(900)
        found = twin.client("cloudwatch").get_metric_statistics(
            Namespace="Shop",
            MetricName="Spent",
            Dimensions=[
                {"Name": "Endpoint", "Value": "churn"},
                {"Name": "Variant", "Value": "live"},
            ],
            StartTime=datetime.fromtimestamp(began - 120, UTC),
            EndTime=datetime.fromtimestamp(began + 360, UTC),
            Period=60,
            Statistics=["SampleCount", "Sum", "Minimum", "Maximum"],
        )["Datapoints"]
    samples = sum(point["SampleCount"] for point in found)
    assert samples == pytest.approx(900, abs=60)
    assert sum(point["Sum"] for point in found) / samples == pytest.approx(40, abs=4)
    assert min(point["Minimum"] for point in found) >= 0
    assert max(point["Maximum"] for point in found) <= 100
