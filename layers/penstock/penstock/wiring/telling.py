"""What a function tells people, and what every task of a release has."""

from functools import cache

from penstock.adapters.announcer import BusAnnouncer
from penstock.bootstrap import World
from penstock.domain.execution.run import Next
from penstock.usecases.patient import Patient, Task
from penstock.usecases.telling.outcomes import Outcomes
from penstock.usecases.telling.teller import Teller
from penstock.wiring.ledger import ledger


def announcer(world: World) -> BusAnnouncer:
    """The bus and the topic."""
    topic = world.environment.topic_arn
    return BusAnnouncer(world.client("events"), world.client("sns"), topic)


@cache
def teller(world: World) -> Teller:
    """One for all parts of a function: it collects what could not be told."""
    return Teller(announcer(world))


def outcomes(world: World) -> Outcomes:
    """The ends of releases."""
    return Outcomes(ledger(world), teller(world), world.clock)


def patient(world: World, here: Next, task: Task) -> Patient:
    """The task of the state `here`, tried again where AWS is in trouble."""
    return Patient(here, task, ledger(world), teller(world), world.clock)
