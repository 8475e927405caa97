"""A part of the requests stays on the previous package, and harm that begins late goes back."""

from tests.end_to_end.alarms import rolled_back_calls
from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import PROMOTED, ROLLED_BACK, ending, row
from tests.end_to_end.stage import BUCKET
from twin.sagemaker.synthetic import Behaviour

SLIGHT = Behaviour(error_rate=0.04)
FORGIVING = {"margins": {"errors": 0.02}}
"""Alarms fire at ten times the margin only."""
HELD = {"holdback_percent": 10, "holdback_minutes": 60}


def test_a_good_package_is_promoted_when_it_is_over(bench: Bench) -> None:
    bench.live(rollout={**HELD, "holdback_minutes": 10})
    package = bench.register()
    assert row(bench.released(package)) == PROMOTED
    assert [said["to_percent"] for said in bench.events("Traffic Shifted")] == [100, 50, 90, 100]
    stages = bench.events("Release Started")[-1]["stages"]
    assert "holdback: 90 % of the requests for 10 minutes, 10 % stay on live" in stages
    assert bench.serving == [package]


def test_harm_that_begins_in_it_goes_back_by_weights(bench: Bench) -> None:
    before = bench.live(rollout=HELD, judge=FORGIVING)
    release = bench.started(bench.register())
    bench.until_share(90)
    bench.pass_minutes(5)
    bench.twin.synthetic.behave(f"s3://{BUCKET}/{bench.group}/2/model.tar.gz", SLIGHT)
    execution = bench.end(release)
    assert row(execution) == ROLLED_BACK
    assert "the candidate is worse than live" in ending(execution)["reason"]
    assert len(rolled_back_calls(bench)) == 1
    assert (bench.serving, bench.shares) == ([before], {"live": 1.0})
