"""For plan_release."""

from penstock.adapters.evidence.cloudwatch import CloudWatchMinutes
from penstock.adapters.golden import S3GoldenFiles
from penstock.adapters.hours import CloudWatchHours
from penstock.adapters.strata import CloudWatchStrata
from penstock.bootstrap import World
from penstock.usecases.patient import Patient, timeless
from penstock.usecases.planning.found_strata import FoundStrata
from penstock.usecases.planning.golden_requests import GoldenRequests
from penstock.usecases.planning.live_goal import LiveGoal
from penstock.usecases.planning.live_noise import LiveNoise
from penstock.usecases.planning.live_quantiles import LiveQuantiles
from penstock.usecases.planning.plan import PlanRelease
from penstock.usecases.planning.recent_demand import RecentDemand
from penstock.usecases.planning.what_is_known import WhatIsKnown
from penstock.wiring.alarms import alarms
from penstock.wiring.ledger import ledger
from penstock.wiring.looking import endpoints
from penstock.wiring.package_stages import stages
from penstock.wiring.packages import admission
from penstock.wiring.plans import plans
from penstock.wiring.preparing import scaling
from penstock.wiring.telling import outcomes, patient, teller


def plan_release(world: World) -> Patient:
    """Read everything a plan is made of."""
    minutes = CloudWatchMinutes(world.client("cloudwatch"))
    hours = CloudWatchHours(world.client("cloudwatch"))
    strata = CloudWatchStrata(world.client("cloudwatch"))
    files = S3GoldenFiles(world.client("s3"), world.environment.evidence_bucket)
    task = PlanRelease(
        admission=admission(world),
        ledger=ledger(world),
        plans=plans(world),
        endpoints=endpoints(world),
        alarms=alarms(world),
        scaling=scaling(world),
        known=WhatIsKnown(
            strata=FoundStrata(strata),
            quantiles=LiveQuantiles(hours, world.clock),
            recent=RecentDemand(minutes, world.clock),
            noise=LiveNoise(minutes, strata, world.clock),
            goal=LiveGoal(hours, world.clock),
        ),
        golden=GoldenRequests(files),
        stages=stages(world),
        announcer=teller(world),
        outcomes=outcomes(world),
        clock=world.clock,
    )
    return patient(world, "plan", timeless(task))
