"""A freeze in the stack: what it holds back, what it does not, and who is told."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.end_to_end.bench import BAD, Bench
from tests.end_to_end.endings import NOTHING_TO_DO, PROMOTED, REFUSED, ROLLED_BACK, ending, row
from tests.end_to_end.grants import Grant, without

REASON = "frozen: the books close"


class Control:
    """The parameter, as people write it and delete it by the runbook."""

    def __init__(self, bench: Bench) -> None:
        self._ssm, self._bench = bench.twin.client("ssm"), bench
        self._name = f"{bench.twin.outputs['ControlPath']}/freeze"

    def freeze(self, minutes: float | None = None, text: str | None = None) -> None:
        until = None
        if minutes is not None:
            ends = datetime.fromtimestamp(self._bench.twin.clock.now() + 60 * minutes, UTC)
            until = ends.isoformat()
        document = {
            "reason": "the books close",
            "until": until,
            "endpoints": [self._bench.endpoint],
        }
        self._ssm.put_parameter(
            Name=self._name, Type="String", Overwrite=True, Value=text or json.dumps(document)
        )

    def thaw(self) -> None:
        self._ssm.delete_parameters(Names=[self._name])


@pytest.fixture
def control(bench: Bench) -> Iterator[Control]:
    made = Control(bench)
    yield made
    made.thaw()


def test_an_approval_waits_for_the_end_of_the_freeze_and_the_sweep_starts_it(
    bench: Bench, control: Control
) -> None:
    before = bench.live()
    control.freeze(minutes=60)
    package = bench.register()
    waits = bench.released(package)
    assert row(waits) == NOTHING_TO_DO
    assert ending(waits)["reason"].startswith(f"{REASON} (until ")
    bench.pass_minutes(50)
    assert bench.serving == [before]
    bench.twin.until(lambda: bench.gate().serving == package, 60, "the release after the freeze")
    assert len(bench.events("Release Promoted")) == 2


def test_a_running_release_keeps_its_share_and_is_promoted_afterwards(
    bench: Bench, control: Control
) -> None:
    bench.live()
    package = bench.register()
    release = bench.started(package)
    bench.until_share(50)
    control.freeze()
    bench.pass_minutes(180)
    assert bench.shares == {"live": 0.5, "candidate": 0.5}
    said = [each for each in bench.events("Release Judged") if each["verdict"] == "frozen"]
    assert [each["reason"].split(";")[0] for each in said] == [REASON]
    control.thaw()
    assert row(bench.end(release)) == PROMOTED
    assert bench.serving == [package]


def test_a_bad_release_goes_back_during_a_freeze(bench: Bench, control: Control) -> None:
    before = bench.live()
    control.freeze(text='{"reason": "not this endpoint", "endpoints": ["another-*"]}')
    release = bench.started(bench.register(behaviour=BAD))
    bench.until_share(50)
    control.freeze()
    assert row(bench.end(release)) == ROLLED_BACK
    assert (bench.serving, bench.shares) == ([before], {"live": 1.0})


def test_a_person_is_refused_and_may_insist(bench: Bench, control: Control) -> None:
    bench.live()
    control.freeze()
    package = bench.approved_unseen()
    refused = bench.released_by_hand(package)
    assert row(refused) == REFUSED
    assert '"during_freeze": true' in ending(refused)["reason"]
    assert row(bench.released_by_hand(package, during_freeze=True)) == PROMOTED
    assert bench.serving == [package]


@pytest.mark.parametrize("fault", ["nonsense", "permission"])
def test_what_cannot_be_read_holds_back_and_is_told(
    bench: Bench, control: Control, fault: str
) -> None:
    bench.live()
    release = bench.started(bench.register())
    bench.until_share(50)
    grant = Grant("JudgeStageFunctionRole", "ssm:GetParameter") if fault == "permission" else None
    if fault == "nonsense":
        control.freeze(text='{"until": "Friday"}')
    with without(bench.twin, grant):
        bench.pass_minutes(60)
        assert bench.shares == {"live": 0.5, "candidate": 0.5}
    (said,) = bench.events("Attention Needed")
    assert "nothing goes forward while the freeze cannot be read" in said["reason"]
    control.thaw()
    assert row(bench.end(release)) == PROMOTED
