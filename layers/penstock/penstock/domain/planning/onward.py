"""Where a release goes once a share of its traffic is passed."""

from penstock.domain.execution.progress import Ramp
from penstock.domain.execution.run import Run
from penstock.domain.planning.plan import Plan


def walk_begun(run: Run, plan: Plan) -> Run:
    """The document that goes to the first stage of a plan."""
    return run.but(planned=plan.planned).begin(plan.stage(0), 0)


def moved(run: Run, plan: Plan, percent: float) -> Run:
    """Go on with another share of the same stage."""
    number = run.ramp.number + 1 if run.ramp else 1
    ramp = Ramp(number=number, percent=percent, before=run.the_stage.percent)
    return run.begin(plan.stage(run.position, ramp), run.position, ramp)


def passed(run: Run, plan: Plan) -> Run:
    """Go on with the stage after this one, or settle when there is none."""
    if run.in_last_stage:
        return run.then("settle", outcome="promoted", phase=None, waiting=None)
    following = run.position + 1
    return run.begin(plan.stage(following, run.ramp), following, run.ramp)


def returned(run: Run, plan: Plan) -> Run:
    """Back to the share that is served, because the call for the next one was not made."""
    if run.the_stage.ramp and run.ramp:
        number, percent = run.ramp.number - 1, run.ramp.before
        ramp = Ramp(number=number, percent=percent, before=percent) if number else None
        return run.begin(plan.stage(run.position, ramp), run.position, ramp)
    return run.begin(plan.stage(run.position - 1, run.ramp), run.position - 1, run.ramp)
