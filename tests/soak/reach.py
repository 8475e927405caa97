"""What may be needed, over all endpoints and the whole ledger; the rest has to go (promise 6)."""

from penstock.domain.ledger.content import Content
from tests.soak.account import Account


def reachable(account: Account, keep: int) -> set[str]:
    """Configurations in use or pending anywhere, spoken of by any gate, or known to be good.

    Of those, the newest `keep` of each endpoint.
    """
    ledger = account.ledger
    gates = [ledger.peek(name) for name in ledger.endpoints]
    spoken: list[Content | None] = []
    for gate in gates:
        spoken += [gate.content, gate.previous, gate.target]
        good = [r.content for r in ledger.peek_records(gate.endpoint) if r.known_good]
        spoken += good[:keep]
    later = {config for gate in gates for config in gate.leftovers}
    return later | set(account.cloud.used()) | {content.name for content in spoken if content}


def nothing_left(account: Account, keep: int) -> None:
    """Everything of ours that is there may be needed: configurations, and the models they name."""
    cloud, needed = account.cloud, reachable(account, keep)
    left = (cloud.made & set(cloud.configs)) - needed
    assert not left, f"promise 6: left behind: {left}"
    named = {model for config in cloud.configs for model in cloud.named(config)}
    unnamed = (cloud.made & set(cloud.models)) - named
    assert not unnamed, f"promise 6: models left behind: {unnamed}"
