"""For review_package."""

from collections.abc import Callable

from penstock.adapters.records import S3Records
from penstock.bootstrap import World
from penstock.domain.reviewing.review import ReviewOutcome
from penstock.entries.package_event import PackageChanged
from penstock.entries.review_events import reviewing
from penstock.usecases.reviewing.review import Reviewer
from penstock.wiring.ledger import ledger
from penstock.wiring.packages import policies, registry, reports, sweep_notes
from penstock.wiring.settings import settings
from penstock.wiring.telling import announcer


def review_package(world: World) -> Callable[[PackageChanged], ReviewOutcome]:
    """Review what an event is about."""
    return reviewing(_reviewer(world).review, world.environment.home)


def _reviewer(world: World) -> Reviewer:
    return Reviewer(
        registry=registry(world),
        policies=policies(world),
        feeders=sweep_notes(world),
        reports=reports(world),
        records=S3Records(world.client("s3"), world.environment.evidence_bucket),
        reviews=ledger(world),
        live=ledger(world),
        limits=settings(world).limits,
        announcer=announcer(world),
        clock=world.clock,
        home=world.environment.home,
    )
