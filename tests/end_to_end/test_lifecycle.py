"""The registry shows the stage of a package's life, on the deployed stack."""

from tests.end_to_end.bench import BAD, Bench
from tests.end_to_end.endings import PROMOTED, RESTORED, ROLLED_BACK, row
from tests.end_to_end.trouble import refusing

STAGES = {"lifecycle": {"staging": "Staging", "production": "Production", "retired": "Retired"}}


def stage(bench: Bench, package: str) -> str | None:
    life = bench.package(package).get("ModelLifeCycle")
    return f"{life['Stage']}/{life['StageStatus']}" if life else None


def test_it_follows_releases_and_rollbacks(bench: Bench) -> None:
    first = bench.live(**STAGES)
    assert stage(bench, first) is None
    second = bench.register()
    release = bench.started(second)
    bench.until_share(50)
    assert stage(bench, second) == "Staging/InProgress"
    assert row(bench.end(release)) == PROMOTED
    assert (stage(bench, first), stage(bench, second)) == ("Retired/Inactive", "Production/Active")
    third = bench.register(behaviour=BAD)
    assert row(bench.released(third)) == ROLLED_BACK
    assert (stage(bench, second), stage(bench, third)) == ("Production/Active", "Retired/Inactive")
    assert row(bench.rolled_back_by_hand()) == RESTORED
    assert (stage(bench, first), stage(bench, second)) == ("Production/Active", "Retired/Inactive")


def test_it_starts_nothing_and_changes_nothing_else(bench: Bench) -> None:
    bench.live(**STAGES)
    package = bench.register()
    assert row(bench.released(package)) == PROMOTED
    before = len(bench.executions())
    known = bench.package(package)
    assert stage(bench, package) == "Production/Active"
    bench.pass_minutes(20)
    bench.sweep()
    assert len(bench.executions()) == before
    assert known["ModelApprovalStatus"] == "Approved"
    assert "penstock.decision" in known["CustomerMetadataProperties"]


def test_a_refused_write_is_told_once_and_the_sweep_writes_it(bench: Bench) -> None:
    bench.live(**STAGES)
    package = bench.register()
    with refusing(bench, "SettleRelease", "UpdateModelPackage", "AccessDeniedException", times=2):
        release = bench.released(package)
    assert row(release) == PROMOTED
    assert len(bench.events("Attention Needed")) == 2
    bench.sweep()
    bench.pass_minutes(1)
    assert stage(bench, package) == "Production/Active"
    assert len(bench.events("Attention Needed")) == 2
