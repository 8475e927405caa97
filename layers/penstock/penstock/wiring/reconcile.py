"""For reconcile."""

from collections.abc import Callable

from penstock.adapters.executions import ReviewFunction
from penstock.adapters.troubles import DynamoTroubles
from penstock.bootstrap import World
from penstock.entries.reconcile_events import ReconcileEvents
from penstock.usecases.reviewing.review_sweep import DueReviews
from penstock.usecases.sweeping.aside import Aside
from penstock.usecases.sweeping.reconcile import Reconcile
from penstock.usecases.sweeping.reconcile_group import ReconcileGroup
from penstock.wiring.alarms import alarms
from penstock.wiring.executions import executions
from penstock.wiring.freezing import freezing
from penstock.wiring.halt import halting
from penstock.wiring.ledger import ledger
from penstock.wiring.looking import endpoints
from penstock.wiring.package_stages import stages
from penstock.wiring.packages import policies, registry
from penstock.wiring.telling import announcer, teller


def reconcile_events(
    world: World,
    count_given_up: Callable[[], None],
    count_stuck: Callable[[], None],
    log: Callable[[str], None],
) -> ReconcileEvents:
    """Reconcile what an event is about."""
    troubles = DynamoTroubles(world.client("dynamodb"), world.environment.ledger_table)
    reconcile = _reconcile(world, count_stuck)
    return ReconcileEvents(
        ledger(world),
        executions(world),
        count_given_up,
        lambda key: teller(world).added(reconcile(key)),
        _group(world),
        Aside(troubles, announcer(world), world.clock, log),
    )


def _reconcile(world: World, count_stuck: Callable[[], None]) -> Reconcile:
    return Reconcile(
        ledger=ledger(world),
        endpoints=endpoints(world),
        executions=executions(world),
        alarms=alarms(world),
        registry=registry(world),
        policies=policies(world),
        halting=halting(world),
        stages=stages(world),
        freezing=freezing(world),
        announcer=teller(world),
        clock=world.clock,
        count_stuck=count_stuck,
    )


def _group(world: World) -> ReconcileGroup:
    known, kept, clock = registry(world), policies(world), world.clock
    return ReconcileGroup(
        policies=kept,
        registry=known,
        ledger=ledger(world),
        reviews=DueReviews(known, kept, ledger(world), clock),
        reviewing=ReviewFunction(world.client("lambda"), world.environment.review_function),
        executions=executions(world),
        clock=clock,
    )
