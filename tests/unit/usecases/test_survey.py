"""Who uses what in an account: enough to delete by, in few calls, and outside every lock."""

from collections.abc import Callable

import pytest

from penstock.domain.errors import Denied, PenstockError, Unavailable
from penstock.domain.ledger import naming
from penstock.domain.ledger.content import Variants
from penstock.domain.ledger.gate import GateWrite
from penstock.domain.usage import Usage
from penstock.usecases.settling.survey import ENDS_WITH_MS, MOST_CALLS, Survey
from tests.fakes.clock import FakeClock
from tests.fakes.cloud import FakeCloud
from tests.fakes.ledger import FakeLedger
from tests.fakes.wire import Wire

HOUR = 3_600_000
PLENTY = 60_000


class Account:
    """Endpoints that other people made, an hour apart: `endpoint-0` first."""

    def __init__(self, endpoints: int) -> None:
        self.clock = FakeClock()
        self.began = self.clock.now()
        self.wire = Wire()
        self.cloud = FakeCloud(self.clock, self.wire)
        self.ledger = FakeLedger(self.wire)
        for n in range(endpoints):
            self.cloud.serve(f"endpoint-{n}", f"config-{n}", f"model-{n}")
            self.clock.advance(3600)

    def survey(
        self,
        since_hour: int = 0,
        configs: tuple[str, ...] = (),
        time_left: Callable[[], int] = lambda: PLENTY,
        endpoint: str = "churn",
    ) -> Usage:
        oldest = self.began + since_hour * HOUR
        return Survey(self.cloud, self.ledger)(endpoint, configs, oldest, time_left)

    def described(self) -> int:
        """How often endpoints and configurations were described since the last time."""
        made = self.wire.counts["cloud.configs_of"] + self.wire.counts["cloud.models_of"]
        self.wire.calls.clear()
        return made

    def speak(self, endpoint: str, **contents: str) -> None:
        assign = {n: Variants(config=c, weights={"live": 1}) for n, c in contents.items()}
        self.ledger.write(endpoint, GateWrite(conditions=(), assign=assign))


def test_what_any_endpoint_uses_is_not_spared() -> None:
    account = Account(3)
    usage = account.survey()
    for name in ("config-0", "model-0", "config-2", "model-2"):
        assert not usage.spares(name, account.began)
    assert usage.spares("config-3", account.began)


def test_a_change_under_way_uses_both_configurations() -> None:
    account = Account(1)
    account.cloud.define("coming", {"live": ("model-new", 1)})
    account.cloud.update("endpoint-0", "coming")
    usage = account.survey(since_hour=99)
    assert usage.used == {"config-0", "model-0", "coming", "model-new"}


def test_an_endpoint_that_was_not_modified_since_is_not_described() -> None:
    """It cannot use what did not exist."""
    account = Account(50)
    usage = account.survey(since_hour=47)
    assert account.described() == 2 * 3
    assert usage.spares("ours", account.began + 47 * HOUR)
    assert not usage.spares("ours", account.began + 46 * HOUR)


def test_each_endpoint_is_described_once_after_it_was_modified() -> None:
    account = Account(20)
    account.survey()
    assert account.described() == 2 * 20
    account.cloud.edit("endpoint-3", "config-7")
    usage = account.survey()
    assert account.described() == 2
    assert "config-3" not in usage.used
    assert {"config-7", "model-7", "model-19"} <= usage.used


def test_a_change_under_way_is_looked_at_every_time() -> None:
    account = Account(1)
    account.cloud.define("coming", {"live": ("theirs", 1)})
    account.cloud.update("endpoint-0", "coming")
    account.survey()
    account.described()
    account.survey()
    assert account.described() == 3


def test_a_survey_of_a_large_account_is_cut_short_and_goes_on_the_next_time() -> None:
    """Newest first: what was made lately is spared at once, what is old after a few surveys."""
    account = Account(120)
    usage = account.survey()
    assert account.described() == MOST_CALLS
    assert usage.spares("ours", account.began + 80 * HOUR)
    assert not usage.spares("ours", account.began)
    for _ in range(2):
        usage = account.survey()
        assert account.described() <= MOST_CALLS
    assert usage.spares("ours", account.began)


def test_a_survey_leaves_the_time_that_an_act_needs() -> None:
    account = Account(20)
    left = iter(range(ENDS_WITH_MS + 9, 0, -1))
    usage = account.survey(time_left=lambda: next(left))
    assert account.described() == 10
    assert not usage.spares("ours", account.began)


def test_two_that_were_modified_in_one_moment_are_both_looked_at() -> None:
    account = Account(2)
    both = account.cloud.endpoints["endpoint-0"], account.cloud.endpoints["endpoint-1"]
    both[0].modified = both[1].modified
    account.wire.refused["cloud.configs_of"] = iter([None, Unavailable("Rate exceeded")]).__next__
    assert not account.survey().spares("ours", both[0].modified)


@pytest.mark.parametrize("point", ["cloud.listed", "ledger.seen", "ledger.whole_gates"])
@pytest.mark.parametrize("error", [Unavailable("Rate exceeded"), Denied("no")])
def test_a_survey_that_fails_spares_nothing(point: str, error: PenstockError) -> None:
    account = Account(3)
    account.wire.refused[point] = lambda: error
    assert not account.survey().spares("ours", account.began + 99 * HOUR)


def test_the_first_throttled_call_ends_a_survey_and_what_it_saw_is_kept() -> None:
    account = Account(10)
    answers = iter([None] * 4 + [Unavailable("Rate exceeded")] * 99)
    account.wire.refused["cloud.configs_of"] = lambda: next(answers)
    usage = account.survey()
    assert account.wire.counts["cloud.configs_of"] == 5
    assert len(account.ledger.seen()) == 4
    assert usage.spares("ours", account.began + 7 * HOUR)
    assert not usage.spares("ours", account.began)


def test_what_other_gates_speak_of_is_known() -> None:
    account = Account(0)
    account.speak("fraud", content="adopted", previous="before", target="to come")
    account.speak("churn", previous="own")
    assert account.survey().spoken == {"adopted", "before", "to come"}


def test_models_are_known_of_what_was_asked_for_and_of_what_others_go_back_to() -> None:
    """Not of what their own releases made: that names no model of another endpoint's."""
    account = Account(0)
    account.cloud.serve("fraud", "there")
    own = naming.final_config("fraud", "0123456789")
    account.cloud.define("adopted", {"live": ("ours", 1)})
    account.cloud.define("mine", {"live": ("a", 1), "candidate": ("b", 1)})
    account.speak("fraud", content=own, previous="adopted")
    usage = account.survey(configs=("mine", "gone"))
    assert usage.models == {"adopted": {"ours"}, "mine": {"a", "b"}, "gone": frozenset()}


def test_what_an_endpoint_had_before_a_model_was_made_cannot_name_it() -> None:
    account = Account(1)
    account.cloud.define("adopted", {"live": ("older", 1)})
    account.speak("endpoint-0", previous="adopted")
    assert account.survey(since_hour=1, configs=("mine",)).models == {"mine": frozenset()}


def test_models_are_unknown_where_the_survey_was_cut_short() -> None:
    account = Account(MOST_CALLS)
    assert account.survey(configs=("mine",)).models is None


def test_no_model_is_known_to_be_free_where_one_runs_a_configuration_that_is_gone() -> None:
    """Somebody deleted it; its models go on serving, and nothing says which they are."""
    account = Account(2)
    account.cloud.configs.pop("config-1")
    for _ in range(2):  # described, and then remembered
        usage = account.survey(configs=("mine",))
        assert usage.models is None
        assert usage.spares("mine", account.began)
    assert account.survey(since_hour=5, configs=("mine",)).models == {"mine": frozenset()}


def test_the_gates_are_read_after_the_endpoints() -> None:
    """Whoever leaves a configuration behind meanwhile has noted it as what to go back to."""
    account = Account(2)
    account.survey()
    calls = account.wire.calls
    assert calls.index("ledger.whole_gates") > calls.index("cloud.models_of")


def test_where_names_are_cut_to_the_same_nothing_is_too_old_to_matter() -> None:
    long, twin = f"{'a' * 60}b", f"{'a' * 60}c"
    account = Account(5)
    account.cloud.serve(twin, "config-twin")
    account.speak(twin, content="config-twin")
    usage = account.survey(since_hour=99, endpoint=long)
    assert usage.spares("ours", 0)
    assert [gate.endpoint for gate in usage.alike] == [twin]
