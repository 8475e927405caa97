"""The plans of releases, for the tasks that need more of one than the document carries."""

from penstock.adapters.plans import DynamoPlans
from penstock.bootstrap import World


def plans(world: World) -> DynamoPlans:
    """Beside the ledger's records."""
    return DynamoPlans(world.client("dynamodb"), world.environment.ledger_table)
