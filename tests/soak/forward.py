"""What a release may not do without: people's approval, good answers, and no freeze."""

from typing import TYPE_CHECKING

from penstock.domain.errors import Missing, Refused
from penstock.domain.ledger import naming
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.ledger.gate import PROMOTE, SHIFT, STAGE, Gate
from penstock.domain.ledger.known_good import good_before
from penstock.domain.ledger.people import Answer
from penstock.domain.planning.plan import Plan
from penstock.domain.policy.gates import GateSection
from penstock.domain.policy.policy import Policy
from tests.fakes.fleets import Fleet
from tests.soak.versions import misses

if TYPE_CHECKING:
    from tests.soak.account import Account

FORWARD = ("Stage the candidate", "Shift traffic", "Promote the candidate")


def may_go_forward(account: "Account", after: Gate) -> None:
    """The release in hand took the lock for a step forward: nothing forbids it."""
    plan = plan_of(account, after.endpoint, after.release)
    if plan is None or after.step is None:
        return
    for section in plan.policy.gates:
        if after.step >= _behind(section):
            _approved(account, after, section)
    if after.step > STAGE and any(stage.golden == "passed" for stage in plan.stages):
        wrong = misses(plan.package, live=False)
        assert not wrong, (
            f"golden: {plan.package} goes to step {after.step} in spite of its answers"
        )


def may_stay(account: "Account", endpoint: str, release: str) -> None:
    """A release is promoted: what serves answered as expected, where it was asked."""
    plan = plan_of(account, endpoint, release)
    if plan and plan.golden:
        assert not misses(plan.package, live=True), f"golden: {plan.package} is promoted"


def plan_of(account: "Account", endpoint: str, release: str | None) -> Plan | None:
    """The plan of a release, where it has one."""
    record = account.ledger.peek_record(endpoint, release) if release else None
    if record is None or record.planned is None:
        return None
    return account.plans.peek(
        account.ledger.peek(endpoint).key, record.release, record.planned.digest
    )


def may_begin(account: "Account", found: Fleet, asked: Fleet) -> None:
    """A change of an endpoint begins: in a freeze, none that goes forward.

    An instance that began before the freeze had asked for it already.
    """
    frozen, current = account.frozen, account.wire.current
    if frozen is None or frozen.since > current.began or current.endpoint is None:
        return
    owner, _, task = current.name.partition(" ")
    if not task.startswith(FORWARD) or naming.REHEARSAL in found.config:
        return
    if asked.content.share(CANDIDATE) < found.content.share(CANDIDATE):
        return
    wanted = next(each.input for each in account.all if each.arn == owner)
    held = frozen.holds(current.endpoint, account.clock.now()) and not wanted.get("during_freeze")
    assert not held, f"freeze: {current.name} changes {found} to {asked} in spite of {frozen}"


def _behind(section: GateSection) -> int:
    """The first step behind a gate."""
    if section.at == "before_promotion":
        return PROMOTE
    return SHIFT if section.staged else STAGE


def _approved(account: "Account", after: Gate, section: GateSection) -> None:
    """As many different people approved as the policy wants, and nobody made them up."""
    answers = after.people.answers if after.people and after.people.release == after.release else ()
    here = [answer for answer in answers if answer.gate == section.at]
    said = f"gates: step {after.step} of {after.release} behind {section.at}: {here}"
    assert all(answer.approve for answer in here), said
    assert len({answer.by.strip().casefold() for answer in here}) >= section.approvals, said
    assert all(_said(account, after, answer) for answer in here), f"{said}, whom nobody heard"


def _said(account: "Account", after: Gate, answer: Answer) -> bool:
    given = (str(after.release), answer.gate, answer.by.strip(), answer.approve)
    return given in account.memory.answered


def may_serve_on(account: "Account", before: Gate, after: Gate) -> None:
    """It is noticed that what serves was rejected: it goes back if its policy says so, and it can.

    Not where somebody decided something else while it was noticed.
    """
    noted = after.revoked
    if noted is None or noted == before.revoked:
        return
    if account.memory.decided > account.wire.current.began:
        return
    package = account.registry.packages.get(noted.package)
    policy = _policy(account, package.group) if package else None
    if policy is None or policy.endpoint != after.endpoint:
        return
    if policy.rollout.on_revocation == "roll_back" and approved_before(account, after):
        assert noted.goes_back, f"revocation: {noted.package} is to go back, and does not: {noted}"
    assert noted.goes_back or noted.says, f"revocation: {noted} is told to nobody"


def _policy(account: "Account", group: str) -> Policy | None:
    try:
        return account.policies.peek(group)
    except (Missing, Refused):
        return None


def approved_before(account: "Account", gate: Gate) -> str | None:
    """The package of an earlier good release that is still approved."""
    found = good_before(gate, account.ledger.peek_records(gate.endpoint))
    packages = (account.registry.packages.get(record.package) for record in found)
    return next((p.arn for p in packages if p and p.approval == "Approved"), None)


def shadows_serve_nobody(account: "Account", found: Fleet, asked: Fleet) -> None:
    """Until a release is past its shadow, users get answers of what they had before."""
    current = account.wire.current
    gate = account.ledger.peek(current.endpoint) if current.endpoint else None
    if gate is None or gate.step is None or gate.step >= STAGE or not asked.shadows:
        return
    before, after = (_answering(account, fleet) for fleet in (found, asked))
    assert before == after, f"shadow: users get answers of {after} after {before}: {asked}"


def _answering(account: "Account", fleet: Fleet) -> set[str]:
    """The packages whose answers users get."""
    shared = [variant for variant, weight in fleet.weights.items() if weight]
    return {account.traffic.package(fleet.config, variant) for variant in shared}


def leaves_live(before: Gate, after: Gate) -> None:
    """A release ends observed: what served serves on, and nothing is known to be better."""
    same = after.content is not None and after.content.same(before.previous)
    assert same or after.tidy, f"observed: {after.content} is left, {before.previous} served"
    assert after.serving == before.serving, f"observed: {after.serving} serves"
