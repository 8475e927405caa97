"""For judge_stage."""

from penstock.adapters.archive import S3Archive
from penstock.adapters.captures import S3Captures
from penstock.adapters.evidence.cloudwatch import CloudWatchMinutes
from penstock.adapters.evidence.outcomes import CloudWatchOutcomes
from penstock.adapters.metrics import CloudWatchMetrics
from penstock.bootstrap import World
from penstock.usecases.judging.ask_goal import AskGoal
from penstock.usecases.judging.ask_people import AskPeople
from penstock.usecases.judging.collect_evidence import CollectEvidence
from penstock.usecases.judging.compare_answers import CompareAnswers
from penstock.usecases.judging.deploying import Deploying
from penstock.usecases.judging.judge import JudgeStage
from penstock.usecases.judging.opinions import Opinions
from penstock.usecases.judging.shadow_over import shadow_over
from penstock.usecases.judging.under_freeze import UnderFreeze
from penstock.usecases.patient import Patient, timeless
from penstock.wiring.alarms import alarms
from penstock.wiring.freezing import freezing
from penstock.wiring.ledger import ledger
from penstock.wiring.looking import endpoints
from penstock.wiring.plans import plans
from penstock.wiring.telling import outcomes, patient, teller


def judge_stage(world: World) -> Patient:
    """Judge what is seen."""
    task = JudgeStage(
        ledger=ledger(world),
        plans=plans(world),
        alarms=alarms(world),
        metrics=CloudWatchMetrics(world.client("cloudwatch")),
        collect=_collect_evidence(world),
        opinions=_opinions(world),
        freeze=UnderFreeze(freezing(world), endpoints(world), plans(world), world.clock),
        deploying=Deploying(teller(world), world.clock),
        endpoints=endpoints(world),
        announcer=teller(world),
        outcomes=outcomes(world),
        clock=world.clock,
    )
    return patient(world, "judge", timeless(task))


def _opinions(world: World) -> Opinions:
    outcomes = CloudWatchOutcomes(world.client("cloudwatch"))
    captures = S3Captures(world.client("s3"))
    return Opinions(
        {
            "gate": AskPeople(ledger(world), teller(world), world.clock),
            "agreement": CompareAnswers(captures, _archive(world), world.clock),
            "over": shadow_over,
            "goal": AskGoal(outcomes, _archive(world), world.clock),
        }
    )


def _collect_evidence(world: World) -> CollectEvidence:
    minutes = CloudWatchMinutes(world.client("cloudwatch"))
    return CollectEvidence(minutes, _archive(world), world.clock)


def _archive(world: World) -> S3Archive:
    return S3Archive(world.client("s3"), world.environment.evidence_bucket)
