"""The ledger, which every function reads."""

from penstock.adapters.ledger import DynamoLedger
from penstock.bootstrap import World


def ledger(world: World) -> DynamoLedger:
    """Gates, release records and reviews."""
    return DynamoLedger(world.client("dynamodb"), world.environment.ledger_table, world.sleep)
