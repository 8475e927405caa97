"""Gates that tests of the ledger put there."""

from typing import Any

from penstock.domain.ledger.content import Variants
from penstock.domain.ledger.gate import GateWrite
from penstock.domain.ledger.place import Key
from penstock.ports.ledger import Ledger

SERVING = Variants(config="churn-1", weights={"live": 10_000}, package="arn:churn/6")


def put(ledger: Ledger, to: str = "churn", **attributes: Any) -> None:
    ledger.write(Key(to), GateWrite(conditions=(), assign=attributes))
