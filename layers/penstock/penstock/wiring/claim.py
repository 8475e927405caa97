"""For claim_endpoint."""

from penstock.adapters.archive import S3Archive
from penstock.bootstrap import World
from penstock.usecases.claiming.claim import Claim
from penstock.usecases.claiming.told_claim import ToldClaim
from penstock.usecases.patient import timeless
from penstock.wiring.alarms import alarms
from penstock.wiring.executions import executions
from penstock.wiring.freezing import freezing
from penstock.wiring.ledger import ledger
from penstock.wiring.looking import endpoints
from penstock.wiring.telling import patient, teller


def claim_endpoint(world: World) -> ToldClaim:
    """Claim, and tell what came of it."""
    task = Claim(
        ledger=ledger(world),
        executions=executions(world),
        alarms=alarms(world),
        endpoints=endpoints(world),
        freezing=freezing(world),
        archive=S3Archive(world.client("s3"), world.environment.evidence_bucket),
        clock=world.clock,
    )
    return ToldClaim(patient(world, "claim", timeless(task)), teller(world))
