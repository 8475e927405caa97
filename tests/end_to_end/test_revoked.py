"""A package that serves and is rejected, on the deployed stack."""

import pytest

from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import PROMOTED, RESTORED, ending, row

GOES_BACK = {"rollout": {"on_revocation": "roll_back"}}


def second(bench: Bench, **policy: object) -> tuple[str, str]:
    """Two versions are released; what served before, and what serves."""
    before = bench.live(**policy)
    package = bench.register()
    assert row(bench.released(package)) == PROMOTED
    return before, package


def attention(bench: Bench) -> list[str]:
    return [said["reason"] for said in bench.events("Attention Needed")]


def test_people_are_told_once_and_it_keeps_serving(bench: Bench) -> None:
    _, package = second(bench)
    bench.decide(package, "Rejected")
    said = bench.until_event("Attention Needed", 5)
    assert said["model_package_arn"] == package
    assert said["reason"].endswith("it keeps serving")
    bench.sweep()
    bench.sweep()
    assert len(attention(bench)) == 1
    assert sum("Attention Needed" in subject for subject, _ in bench.mail()) == 1
    assert bench.serving == [package]


def test_it_goes_back_at_once(bench: Bench) -> None:
    before, package = second(bench, **GOES_BACK)
    bench.decide(package, "Rejected")
    bench.until_event("Rollback Done", 10)
    bench.pass_minutes(2)
    rollback = bench.executions()[-1]
    assert rollback.input["revoked"] == package
    assert row(rollback) == RESTORED
    assert ending(rollback)["previous_model_package_arn"] == package
    assert (bench.serving, attention(bench)) == ([before], [])
    bench.sweep()
    assert len(bench.events("Rollback Done")) == 1


@pytest.mark.parametrize("copies", [0, 3])
def test_a_lost_event_and_one_that_comes_three_times_start_one_rollback(
    bench: Bench, copies: int
) -> None:
    before, package = second(bench, **GOES_BACK)
    weather = bench.twin.events.weather
    if copies:
        weather.duplicate("aws.sagemaker", copies=copies, where=bench.concerns)
    else:
        weather.drop("aws.sagemaker", where=bench.concerns)
    bench.decide(package, "Rejected")
    bench.until_event("Rollback Done", 45)
    bench.pass_minutes(20)
    assert bench.serving == [before]
    assert len(bench.events("Rollback Done")) == 1
    assert len([e for e in bench.executions() if e.input.get("revoked")]) == 1
