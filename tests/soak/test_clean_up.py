"""Simulation of random releases, promise 6: all that is needed stays, and nothing else."""

import json
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.domain.errors import NoCapacity
from tests.soak.account import ENDPOINTS, Account, policy
from tests.soak.history import Action
from tests.soak.play import fresh, play
from tests.soak.reach import nothing_left

GROUPS = tuple(ENDPOINTS)
MOST = 1500


def rest(account: Account) -> None:
    """Whatever is due happens until nobody runs and nothing is pending."""
    account.deliver_all()
    account.clock.advance(1)  # no two approvals are of the same millisecond
    for _ in range(MOST):
        account.happen()
        account.bus.waiting.clear()
        gates = [account.ledger.peek(name) for name in account.ledger.endpoints]
        if not account.executions.alive and not any(gate.tidy for gate in gates):
            return
    raise AssertionError("S6: no rest")


def good(account: Account, group: str) -> None:
    account.publish(group, "Approved")
    rest(account)


def bad(account: Account, group: str) -> None:
    """An alarm fires as soon as the candidate has traffic."""
    account.publish(group, "Approved")
    account.deliver_all()
    endpoint = ENDPOINTS[group]
    while (account.ledger.peek(endpoint).step or 0) < 20 and account.executions.alive:
        account.happen()
    account.alarms.put(f"business-{group}", "ALARM")
    account.emit("alarm", f"business-{group}")
    rest(account)
    account.alarms.put(f"business-{group}", "OK")


def stuck(account: Account, group: str) -> None:
    """A bad release whose configuration is put back only hours later."""
    for _ in range(90):
        account.cloud.next("update", NoCapacity("quota"))
    account.cloud.faults["update"].insert(0, account.cloud.faults["update"].pop())
    bad(account, group)
    account.cloud.faults.clear()
    rest(account)


def again(account: Account, group: str) -> None:
    """The newest version once more, by hand: another release, the same model."""
    arn = account.arn(group, account.versions[group])
    account.start(f"again-{len(account.all)}", action="release", model_package_arn=arn)
    rest(account)


def back(account: Account, group: str) -> None:
    account.start(f"back-{len(account.all)}", action="rollback", endpoint=ENDPOINTS[group])
    rest(account)


def keep_one(account: Account, group: str) -> None:
    keep(account, group, 1)


def keep_three(account: Account, group: str) -> None:
    keep(account, group, 3)


def keep(account: Account, group: str, releases: int) -> None:
    account.policies.put(group, json.dumps(policy(group, rollout={"keep_releases": releases})))


def borrow(account: Account, group: str) -> None:
    """A person's endpoint runs what serves here, on our configuration."""
    view = account.cloud.shown(ENDPOINTS[group])
    if view:
        account.cloud.serve_config(f"theirs-{group}", view.content.name)


def borrow_model(account: Account, group: str) -> None:
    """A person's endpoint runs our model on a configuration of its own."""
    view = account.cloud.shown(ENDPOINTS[group])
    for model in account.cloud.named(view.content.name) if view else ():
        account.cloud.define(f"their-{model}", {"live": (model, 1)})
        account.cloud.serve_config(f"theirs-{group}", f"their-{model}")


def adopt_anothers(account: Account, group: str) -> None:
    """A person puts another endpoint's configuration here; the next release adopts it."""
    other = account.cloud.shown(ENDPOINTS[GROUPS[GROUPS.index(group) - 1]])
    if other is None:
        return
    account.cloud.edit(ENDPOINTS[group], other.content.name)
    account.memory.touched.add(ENDPOINTS[group])
    arn = account.arn(group, account.versions[group])
    document = {"action": "release", "model_package_arn": arn, "adopt": True}
    account.start(f"adopt-{len(account.all)}", **document)
    rest(account)


DEEDS: tuple[Callable[[Account, str], None], ...] = (
    *(good, good, bad, stuck, again, back),
    *(keep_one, keep_three, borrow, borrow_model, adopt_anothers),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(DEEDS), st.sampled_from(GROUPS)), max_size=10))
def test_what_may_be_needed_stays_and_nothing_else(
    deeds: list[tuple[Callable[[Account, str], None], str]],
) -> None:
    """The promises look after every step that nothing needed is gone; here: nothing else stays."""
    account = fresh()
    for deed, group in deeds:
        deed(account, group)
        account.promises.still()
    for group in GROUPS:
        keep(account, group, 2)
        good(account, group)
        good(account, group)
    nothing_left(account, 2)


def test_a_model_that_a_neighbours_leftover_names_stays() -> None:
    """A group releases to one endpoint, is stopped there by a person's edit, and moves to another.

    Both endpoints' names are cut to the same, so the model is one; as `make soak` found it.
    """
    play(
        [
            Action("policy", 55714, 23169),  # south: deleted
            Action("policy", 22268, 60755),  # north: another endpoint
            Action("approve", 21881, 13488),
            Action("wait", 6437, 45650),
            Action("edit", 4930, 45821),  # the other endpoint shows churn's configuration
            Action("die", 31800, 19263),
            Action("policy", 48977, 8411),  # north: its own endpoint again
        ],
        fresh,
    )


def test_a_model_that_a_neighbours_older_release_made_stays() -> None:
    """A package breaks one endpoint and is released to another; a person's rollback of the first
    is the release in hand there, while the idle configuration of the one before names the model.
    """
    play(
        [
            Action("policy", 1670, 40446),  # north: no policy
            Action("approve", 11083, 7084),
            Action("run", 62105, 3059),
            Action("run", 33488, 27210),
            Action("run", 38456, 27029),
            Action("policy", 9721, 21635),  # south: another endpoint
            Action("fail", 57152, 28362),  # update: unrestored
            Action("run", 21533, 29824),
            Action("wait", 11972, 29906),
            Action("run", 54533, 39142),
            Action("wait", 61810, 3977),
            Action("run", 1120, 5886),
            Action("look_after", 14927, 49601),  # a rollback of north
        ],
        fresh,
    )
