"""For judge_stage."""

from penstock.adapters.archive import S3Archive
from penstock.adapters.evidence.cloudwatch import CloudWatchMinutes
from penstock.adapters.metrics import CloudWatchMetrics
from penstock.bootstrap import World
from penstock.usecases.judging.collect_evidence import Hearing
from penstock.usecases.judging.judge import Judge
from penstock.usecases.patient import Patient, timeless
from penstock.wiring.alarms import alarms
from penstock.wiring.ledger import ledger
from penstock.wiring.looking import endpoints
from penstock.wiring.plans import plans
from penstock.wiring.telling import endings, patient, teller


def judge(world: World) -> Patient:
    """Judge what is seen."""
    task = Judge(
        ledger=ledger(world),
        plans=plans(world),
        alarms=alarms(world),
        metrics=CloudWatchMetrics(world.client("cloudwatch")),
        hearing=_hearing(world),
        endpoints=endpoints(world),
        announcer=teller(world),
        endings=endings(world),
        clock=world.clock,
    )
    return patient(world, "judge", timeless(task))


def _hearing(world: World) -> Hearing:
    minutes = CloudWatchMinutes(world.client("cloudwatch"))
    archive = S3Archive(world.client("s3"), world.environment.evidence_bucket)
    return Hearing(minutes, archive, world.clock)
