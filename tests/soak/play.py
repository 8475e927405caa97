"""One history from its seed to its end, and the smallest one that fails the same way."""

from collections.abc import Callable, Sequence
from functools import cache

from tests.soak.account import ENDPOINTS, OWNER_SUSPENDED, SCALED, Account
from tests.soak.history import Action, do
from tests.soak.rest import at_rest, settle
from tests.worlds.world import World

Make = Callable[[], Account]


@cache
def begun(kind: Callable[[], Account] = Account) -> Callable[[], World]:
    """Every group's first version serves; played once, and made again for each history."""
    return serving(kind()).snapshot()


def fresh(kind: Callable[[], Account] = Account) -> Account:
    """What is begun, once more."""
    other = begun(kind)()
    assert isinstance(other, Account)
    return other


def serving(account: Account) -> Account:
    """Release a first version of every group; then people let two of the endpoints scale."""
    for group in ENDPOINTS:
        account.publish(group, "Approved")
        account.deliver_all()
        while account.executions.alive:
            account.happen()
    served = [gate.serving for gate in account.ledger.gates()]
    assert len([arn for arn in served if arn]) == len(ENDPOINTS), served
    account.bus.waiting.clear()
    for group in SCALED:
        account.scaling.register(ENDPOINTS[group], suspended=group == OWNER_SUSPENDED)
    return account


def play(actions: Sequence[Action], make: Make, said: list[str] | None = None) -> None:
    """Do everything, then let it come to rest.

    Raises:
        AssertionError: a promise is broken; its name comes first.
    """
    account = make()
    do(account, actions, said)
    settle(account)
    at_rest(account)


def failure(actions: Sequence[Action], make: Make) -> tuple[str, str] | None:
    """The name of what fails, and how; None when all is well."""
    try:
        play(actions, make)
    except Exception as error:
        return name(error), str(error)
    return None


def name(error: BaseException) -> str:
    """Failures of one name count as one."""
    if isinstance(error, AssertionError):
        return str(error).split(":", 1)[0]
    return type(error).__name__


def shrunk(actions: Sequence[Action], fails: Callable[[Sequence[Action]], bool]) -> list[Action]:
    """Leave out halves, quarters, ... and single actions for as long as it still fails."""
    kept, size = list(actions), max(1, len(actions) // 2)
    while True:
        shorter = _without_a_chunk(kept, size, fails)
        if shorter is not None:
            kept = shorter
        elif size == 1:
            return kept
        else:
            size //= 2


def _without_a_chunk(
    actions: list[Action], size: int, fails: Callable[[Sequence[Action]], bool]
) -> list[Action] | None:
    for start in range(0, len(actions), size):
        shorter = actions[:start] + actions[start + size :]
        if len(shorter) < len(actions) and fails(shorter):
            return shorter
    return None
