"""Every write that makes an execution the owner of an endpoint."""

import pytest

from penstock.domain.ledger import gate as gates
from penstock.domain.ledger.content import Variants
from penstock.domain.ledger.gate import Declined, Gate, GateWrite
from penstock.domain.protocol import claims
from penstock.domain.protocol.parts import LEASE_MS, Approval, Inconsistent
from tests.fakes.ledger import FakeLedger

NOW = 1_772_323_200_000
NEW = Approval("2222222222", "arn:package/2", NOW - 1)
OLD = Variants(config="churn-old", weights={"live": 10_000}, package="arn:package/0")
BOTH = Variants(config="churn-staging-1111111111", weights={"live": 1, "candidate": 1})
TARGET = Variants(config="churn-final-1111111111", weights={"live": 10_000})
BASE = {
    "fence": 7,
    "release": "1111111111",
    "package": "arn:package/1",
    "approved_at": NOW - 9_000,
    "latest": NOW - 9_000,
    "content": OLD,
    "previous": OLD,
}
HELD = BASE | {"owner": "dead", "lease_until": NOW - 1, "target": TARGET}
GATES = {
    "at rest": BASE,
    "from a window": HELD | {"step": gates.WINDOW},
    "taken over": HELD | {"step": gates.STAGE},
    "taken over in a window": HELD | {"step": gates.WINDOW},
    "for a tidy": BASE | {"tidy": "pending"},
    "for what strays": BASE,
    "for a rollback": BASE,
}


def claim(kind: str, gate: Gate) -> GateWrite:
    match kind:
        case "at rest":
            return claims.claim_at_rest(gate, "me", NEW, NOW)
        case "from a window":
            return claims.claim_from_window(gate, "me", NEW, NOW)
        case "taken over":
            return claims.take_over(gate, "me", NOW)
        case "taken over in a window":
            return claims.take_over_window(gate, "me", NOW)
        case "for a tidy":
            return claims.claim_tidy(gate, "me", NOW)
        case "for what strays":
            return claims.claim_stray(gate, "me", BOTH, NOW)
    return claims.claim_rollback(gate, "me", NEW, OLD, NOW, "it is slow")


def written(kind: str, **meanwhile: object) -> Gate:
    """The claim was decided on the gate as it was; meanwhile somebody changed it."""
    ledger = FakeLedger()
    seen = GATES[kind]
    ledger.write("churn", GateWrite(conditions=(), assign=seen | meanwhile))
    return ledger.write("churn", claim(kind, Gate.model_validate({"endpoint": "churn", **seen})))


@pytest.mark.parametrize("kind", GATES)
def test_whoever_claims_owns_the_endpoint_for_a_lease_and_counts_the_fence(kind: str) -> None:
    after = written(kind)
    assert (after.owner, after.fence) == ("me", 8)
    assert after.lease_until == NOW + LEASE_MS


@pytest.mark.parametrize("kind", GATES)
def test_nobody_claims_by_an_older_reading(kind: str) -> None:
    with pytest.raises(Declined):
        written(kind, fence=8)


@pytest.mark.parametrize("kind", [k for k in GATES if k.startswith("taken over")])
def test_nobody_takes_over_while_an_instance_acts(kind: str) -> None:
    with pytest.raises(Declined):
        written(kind, lock=7, lock_until=NOW + 1)
    after = written(kind, lock=7, lock_until=NOW - 1)
    assert after.lock is None


@pytest.mark.parametrize("kind", [k for k in GATES if k.endswith("a window")])
def test_a_halted_window_is_not_claimed(kind: str) -> None:
    with pytest.raises(Declined):
        written(kind, halt=gates.Halt(by="alarm", reason="it fired", at=NOW))


@pytest.mark.parametrize("lacking", ["target", "release"])
def test_a_window_that_lacks_what_it_watched_is_inconsistent(lacking: str) -> None:
    gate = Gate.model_validate({"endpoint": "churn", **(GATES["from a window"] | {lacking: None})})
    with pytest.raises(Inconsistent):
        claims.claim_from_window(gate, "me", NEW, NOW)


def test_what_a_window_watched_counts_as_good() -> None:
    after = written("from a window")
    good = TARGET.model_copy(update={"package": "arn:package/1"})
    assert (after.content, after.previous, after.serving) == (good, good, "arn:package/1")


@pytest.mark.parametrize("meanwhile", [{"owner": "other"}, {"drift": "an edit"}])
def test_a_tidy_is_claimed_at_rest_without_drift_only(meanwhile: dict[str, str]) -> None:
    with pytest.raises(Declined):
        written("for a tidy", **meanwhile)


def test_a_rollback_to_what_was_adopted_is_kept_with_an_empty_package() -> None:
    """A record's package is a text, also in items that are there already."""
    gate = Gate.model_validate({"endpoint": "churn", **BASE})
    back = Approval("3333333333", None, NOW)
    write = claims.claim_rollback(gate, "me", back, OLD, NOW, "it is slow")
    assert (write.assign["package"], write.records["3333333333"]["package"]) == ("", "")
