"""Too little traffic is neither health nor harm: it holds, and then the policy decides."""

from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import PROMOTED, ROLLED_BACK, ending, lasted, row


def undecided(bench: Bench, **judge: object) -> str:
    """A release that nobody sends requests to, begun; answers its execution."""
    bench.live(judge={"deadline_minutes": 4, **judge})
    bench.drive(0)
    return bench.started(bench.register())


def test_too_little_traffic_holds_until_enough_was_seen(bench: Bench) -> None:
    bench.live(judge={"min_requests": 50})
    bench.drive(12)
    release = bench.started(bench.register())
    bench.until_share(50)
    bench.pass_minutes(6)
    assert bench.share == 0.5
    bench.drive()
    assert row(bench.end(release)) == PROMOTED


def test_waiting_tells_people_once_and_rolls_back_in_the_end(bench: Bench) -> None:
    execution = bench.end(undecided(bench, wait_hours=1))
    assert row(execution) == ROLLED_BACK
    assert "nobody decided within 1 h" in ending(execution)["reason"]
    assert len(bench.mail("Attention Needed")) == 1
    assert len(bench.events("Attention Needed")) == 1
    assert lasted(execution) > 64


def test_waiting_ends_when_traffic_comes(bench: Bench) -> None:
    release = undecided(bench)
    bench.until_event("Attention Needed")
    assert bench.share == 0.5
    bench.drive()
    assert row(bench.end(release)) == PROMOTED


def test_the_policy_may_go_on_without_proof(bench: Bench) -> None:
    assert row(bench.end(undecided(bench, on_inconclusive="promote"))) == PROMOTED
    reasons = [said["reason"] for said in bench.events("Release Judged")]
    assert any("goes on without proof" in reason for reason in reasons)


def test_the_policy_may_roll_back_without_proof(bench: Bench) -> None:
    execution = bench.end(undecided(bench, on_inconclusive="roll_back"))
    assert row(execution) == ROLLED_BACK
    assert "rolls back without proof" in ending(execution)["reason"]
