"""Values of a dimension: the fake and the adapter on the twin's CloudWatch keep one contract."""

from collections.abc import Iterator
from typing import Any, Protocol

import boto3
import pytest
from botocore.stub import Stubber

from penstock.adapters.strata import CloudWatchStrata
from penstock.domain.errors import Denied, Refused, Unavailable
from penstock.domain.kinds.series import Divided
from penstock.ports.evidence import Strata
from tests.fakes.strata import FakeStrata
from tests.worlds import cloudwatch_bench
from twin.cloudwatch import metrics

LIVE = (("EndpointName", "churn"), ("VariantName", "live"))
ROUTES = Divided("Shop", "Failed", LIVE, "Route")
WIDE = tuple((f"d{number}", "x") for number in range(12))
KEYS: Any = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


class World(Protocol):
    strata: Strata

    def publish(self, namespace: str, metric: str, **dimensions: str) -> None:
        """A series that is listed from now on."""

    def wait_four_hours(self) -> None:
        """Nothing is published meanwhile."""


class FakeWorld:
    def __init__(self) -> None:
        self.fake = FakeStrata()
        self.strata: Strata = self.fake

    def publish(self, namespace: str, metric: str, **dimensions: str) -> None:
        self.fake.listed.add((namespace, metric, frozenset(dimensions.items())))

    def wait_four_hours(self) -> None:
        self.fake.quiet |= self.fake.listed


class TwinWorld:
    def __init__(self, bench: cloudwatch_bench.Bench) -> None:
        self.strata: Strata = CloudWatchStrata(bench.client)
        self._bench = bench

    def publish(self, namespace: str, metric: str, **dimensions: str) -> None:
        at = self._bench.clock.now()
        metrics.record(namespace, metric, dimensions, {1.0: 1}, at, "None")
        self._bench.clock.run_to(at + 20 * 60)

    def wait_four_hours(self) -> None:
        self._bench.clock.run_to(self._bench.clock.now() + 4 * 3600)


@pytest.fixture(params=["fake", "twin"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    with cloudwatch_bench.bench() as bench:
        yield TwinWorld(bench)


def test_the_values_of_one_dimension_are_sorted(world: World) -> None:
    for route in ("/search", "/pay"):
        world.publish("Shop", "Failed", **dict(LIVE), Route=route)
    assert world.strata.values(ROUTES) == ("/pay", "/search")


def test_only_active_ones_are_those_with_data_in_the_last_three_hours(world: World) -> None:
    """The instances of a fleet that is gone are listed for two weeks."""
    world.publish("Shop", "Failed", **dict(LIVE), Route="/old")
    world.wait_four_hours()
    world.publish("Shop", "Failed", **dict(LIVE), Route="/new")
    assert world.strata.values(ROUTES._replace(active=True)) == ("/new",)
    assert world.strata.values(ROUTES) == ("/new", "/old")


def test_without_such_series_there_are_none(world: World) -> None:
    world.publish("Shop", "Failed", **dict(LIVE))
    assert world.strata.values(ROUTES) == ()


@pytest.mark.parametrize(
    ("namespace", "metric", "dimensions"),
    [
        pytest.param("Shop", "Failed", dict(LIVE) | {"Client": "app"}, id="one-dimension-more"),
        pytest.param("Shop", "Failed", {"VariantName": "live"}, id="one-dimension-less"),
        pytest.param("Shop", "Failed", dict(LIVE) | {"VariantName": "old"}, id="another-variant"),
        pytest.param("Shop", "Served", dict(LIVE), id="another-metric"),
        pytest.param("Store", "Failed", dict(LIVE), id="another-namespace"),
    ],
)
def test_series_that_are_not_exactly_these_do_not_count(
    world: World, namespace: str, metric: str, dimensions: dict[str, str]
) -> None:
    world.publish("Shop", "Failed", **dict(LIVE), Route="/pay")
    world.publish(namespace, metric, **dimensions, Route="/other")
    assert world.strata.values(ROUTES) == ("/pay",)


def test_a_metric_may_have_more_dimensions_than_can_be_asked_for(world: World) -> None:
    """ListMetrics takes ten."""
    world.publish("Shop", "Failed", **dict(WIDE), Route="/pay")
    world.publish("Shop", "Failed", **dict(WIDE) | {"d11": "y"}, Route="/other")
    assert world.strata.values(Divided("Shop", "Failed", WIDE, "Route")) == ("/pay",)


def test_all_pages_are_read(world: World) -> None:
    for number in range(501):
        world.publish("Shop", "Failed", **dict(LIVE), Route=f"/{number}")
    assert len(world.strata.values(ROUTES)) == 501


def test_a_list_without_an_end_is_refused_with_its_length() -> None:
    client: Any = boto3.client("cloudwatch", "eu-west-1", **KEYS)
    with Stubber(client) as stubber:
        for number in range(10):
            stubber.add_response("list_metrics", {"Metrics": [], "NextToken": str(number)})
        with pytest.raises(Refused, match="over 5,000 series of Failed with the dimension Route"):
            CloudWatchStrata(client).values(ROUTES)


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [("AccessDenied", 403, Denied), ("Throttling", 400, Unavailable)],
)
def test_a_call_that_fails_is_no_list(code: str, status: int, error: type[Exception]) -> None:
    client: Any = boto3.client("cloudwatch", "eu-west-1", **KEYS)
    with Stubber(client) as stubber:
        stubber.add_client_error("list_metrics", code, http_status_code=status)
        with pytest.raises(error):
            CloudWatchStrata(client).values(ROUTES)
