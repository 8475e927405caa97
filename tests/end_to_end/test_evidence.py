"""Releases that the comparison of candidate and live decides."""

import re
from collections.abc import Callable
from typing import Any

from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import PROMOTED, ROLLED_BACK, row
from twin.sagemaker.synthetic import Behaviour

SLIGHT = Behaviour(error_rate=0.04)
FORGIVING = {"margins": {"errors": 0.02}}
"""Alarms fire at ten times the margin only."""
LONGER = {"step_minutes": 10}
ADAPTIVE = {"steps": "adaptive", "step_minutes": 2}
PROVABLE = {"margins": {"errors": 0.05}, "deadline_minutes": 120}


def transcript(bench: Bench) -> list[Any]:
    """The judged minutes of the newest release, as they are kept."""
    release = bench.records()[0].release
    bucket = bench.twin.outputs["EvidenceBucketName"]
    found = bench.evidence(f"s3://{bucket}/releases/{bench.endpoint}/{release}/minutes.json")
    minutes = found["minutes"]
    assert isinstance(minutes, list)
    return minutes


def alarmed(bench: Bench) -> bool:
    changes = [e["detail"] for e in bench.twin.events.published if e["source"] == "aws.cloudwatch"]
    mine = f"penstock-{bench.endpoint}-"
    return any(d["alarmName"].startswith(mine) and d["state"]["value"] == "ALARM" for d in changes)


def test_a_candidate_that_is_worse_is_rolled_back_before_any_alarm(bench: Bench) -> None:
    bench.live(rollout=LONGER, judge=FORGIVING)
    execution = bench.released(bench.register(behaviour=SLIGHT))
    assert row(execution) == ROLLED_BACK
    assert "the candidate is worse than live" in execution.cause["reason"]
    assert not alarmed(bench)
    judged = bench.events("Release Judged")[-1]
    assert judged["verdict"] == "roll_back"
    assert judged["log_e"] > judged["threshold"]
    assert judged["signals"][0]["candidate_bad"] > judged["signals"][0]["live_bad"]


def test_what_goes_wrong_on_both_rolls_nothing_back(bench: Bench) -> None:
    bench.policy({"rollout": LONGER, "judge": FORGIVING})
    bench.released(bench.register(behaviour=SLIGHT))
    bench.drive()
    execution = bench.released(bench.register(behaviour=SLIGHT))
    assert row(execution) == PROMOTED
    judged = bench.records()[0].judged
    assert judged is not None
    assert judged.signals[0].live_bad > 10
    assert judged.signals[0].candidate_bad > 10


def test_slow_answers_roll_back_before_any_alarm(bench: Bench) -> None:
    bench.live(rollout=LONGER, judge={"latency_objective_ms": 300})
    slow = Behaviour(slow_rate=0.1)
    execution = bench.released(bench.register(behaviour=slow))
    assert row(execution) == ROLLED_BACK
    assert "slow answers" in execution.cause["reason"]
    assert not alarmed(bench)


def test_slow_answers_roll_back_without_an_objective(bench: Bench) -> None:
    """Live has served long enough that its quantiles are known."""
    bench.live(rollout=LONGER)
    bench.pass_minutes(10)
    execution = bench.released(bench.register(behaviour=Behaviour(slow_rate=0.3)))
    assert row(execution) == ROLLED_BACK
    assert " quantile went from " in execution.cause["reason"]
    assert not alarmed(bench)


def test_an_equally_fast_candidate_is_promoted_without_an_objective(bench: Bench) -> None:
    bench.live(rollout=LONGER)
    bench.pass_minutes(10)
    execution = bench.released(bench.register())
    assert row(execution) == PROMOTED, execution.cause
    judged = bench.records()[0].judged
    assert judged is not None
    assert [seen.name for seen in judged.signals][:2] == ["errors", "latency@p50"]


def test_adaptive_steps_climb_and_promote_a_healthy_candidate(bench: Bench) -> None:
    bench.live(rollout=ADAPTIVE, judge=PROVABLE)
    bench.pass_minutes(10)
    execution = bench.released(bench.register())
    assert row(execution) == PROMOTED, execution.cause
    shares = [event["to_percent"] for event in bench.events("Traffic Shifted")]
    assert shares[-2:] == [50, 100]
    assert len(shares) > 4


def test_without_steps_in_the_policy_live_s_traffic_makes_them_adaptive(bench: Bench) -> None:
    bench.live(rollout={"steps": None, "step_minutes": 2, "hold_minutes": None}, judge=PROVABLE)
    bench.pass_minutes(10)
    execution = bench.released(bench.register())
    assert row(execution) == PROMOTED, execution.cause
    (note,) = [note for note in bench.last_plan().notes if note.startswith("steps: ")]
    assert re.match(r"steps: adaptive, because \d+ requests a minute prove the margins in", note)
    shares = [event["to_percent"] for event in bench.events("Traffic Shifted")]
    assert shares[-2:] == [50, 100]
    assert len(shares) > 4


def test_adaptive_steps_risk_little_on_a_failing_candidate(bench: Bench) -> None:
    bench.live(rollout=ADAPTIVE, judge=PROVABLE)
    bench.pass_minutes(10)
    execution = bench.released(bench.register(behaviour=Behaviour(error_rate=0.5)))
    assert row(execution) == ROLLED_BACK
    _first, *shares = [event["to_percent"] for event in bench.events("Traffic Shifted")]
    assert max(shares) < 10


def test_too_little_traffic_is_for_the_policy_to_decide(bench: Bench) -> None:
    bench.live(rollout=ADAPTIVE, judge={"deadline_minutes": 20, "on_inconclusive": "roll_back"})
    bench.drive(2)
    bench.pass_minutes(10)
    execution = bench.released(bench.register())
    assert row(execution) == ROLLED_BACK
    assert "no proof after 20 minutes" in execution.cause["reason"]


def test_a_metric_of_ones_own_decides(bench: Bench) -> None:
    complaints = {"name": "complaints", "namespace": "Shop", "metric": "Complained"}
    bench.live(rollout=LONGER, judge={"signals": ["errors", complaints]})
    package = bench.register()
    every_minute(bench, lambda variant: 10 if variant == "candidate" else 0)
    execution = bench.released(package)
    assert row(execution) == ROLLED_BACK
    assert "bad by complaints" in execution.cause["reason"]


def every_minute(bench: Bench, bad: Callable[[str], int]) -> None:
    """The users' application labels 50 answers of each variant a minute."""
    clock, cloudwatch = bench.twin.clock, bench.twin.client("cloudwatch")

    def publish() -> None:
        for variant in ("live", "candidate"):
            where = {"EndpointName": bench.endpoint, "VariantName": variant}
            cloudwatch.put_metric_data(
                Namespace="Shop",
                MetricData=[
                    {
                        "MetricName": "Complained",
                        "Dimensions": [{"Name": k, "Value": v} for k, v in where.items()],
                        "Values": [0.0, 1.0],
                        "Counts": [50.0 - bad(variant), float(bad(variant))],
                    }
                ],
            )
        if bench.gate().owner or not bench.records()[1:]:
            clock.call_at(clock.now() + 60, publish, "complaints")

    publish()


def test_every_judged_minute_is_kept_for_replay(bench: Bench) -> None:
    bench.live()
    bench.released(bench.register())
    minutes = transcript(bench)
    numbers = [minute["minute"] for minute in minutes]
    assert numbers == sorted(set(numbers))
    assert {minute["weight"] for minute in minutes} == {0.5}
    assert all(set(minute["metrics"]["errors"]) == {"nb", "xb", "nc", "xc"} for minute in minutes)
