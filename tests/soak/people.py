"""What people do: decide about packages, start executions, write policies."""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from penstock.domain.reviewing.package import Package
from tests.soak.account import ENDPOINTS, REVIEWED, Account, policy

Thing = TypeVar("Thing")
GROUPS = tuple(ENDPOINTS)
MORE_STEPS = {"steps": [10, 50], "holdback_percent": 10, "holdback_minutes": 2}


def pick(things: Sequence[Thing], number: int) -> Thing:
    """One of them."""
    return things[number % len(things)]


class People:
    """Everything here is allowed at any time."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def approve(self, a: int, b: int) -> str:
        """A new version is registered and approved at once."""
        return self._account.publish(pick(GROUPS, a), "Approved")

    def submit(self, a: int, b: int) -> str:
        """A new version waits for its review."""
        return self._account.publish(REVIEWED, "PendingManualApproval")

    def decide(self, a: int, b: int) -> str:
        """A version that is not approved (any more) is."""
        waiting = [p.arn for p in self._packages() if p.approval != "Approved"]
        return self._decide(waiting, a, "Approved")

    def reject(self, a: int, b: int) -> str:
        approved = [p.arn for p in self._packages() if p.approval == "Approved"]
        newest = approved[-4:]
        return self._decide(newest, a, "Rejected")

    def release(self, a: int, b: int) -> str:
        """An execution is started by hand, of any version."""
        arns = [p.arn for p in self._packages()]
        if not arns:
            return ""
        insists = {"fix_forward": True, "despite_quarantine": True}
        more: dict[str, Any] = pick(
            [
                {},
                insists,
                {"adopt": True},
                {"dry_run": True},
            ],
            b,
        )
        return self._start(action="release", model_package_arn=pick(arns, a), **more)

    def rollback(self, a: int, b: int) -> str:
        """By hand, to the release before or to one that is named."""
        endpoint = self._endpoint(a)
        records = self._account.ledger.peek_records(endpoint)
        named = [{"to": record.release} for record in records]
        more: dict[str, Any] = pick([{}, {}, {}, *named], b)
        return self._start(action="rollback", endpoint=endpoint, **more)

    def look_after(self, a: int, b: int) -> str:
        """A person looks after an endpoint that is drifted or blocked."""
        account = self._account
        gates = [account.ledger.peek(name) for name in account.ledger.endpoints]
        stuck = [gate for gate in gates if gate.at_rest and (gate.drift or gate.attention)]
        if not stuck:
            return ""
        gate = pick(stuck, a)
        if gate.attention and b % 2:
            return self._start(action="rollback", endpoint=gate.endpoint)
        group = next(g for g in GROUPS if ENDPOINTS[g] == gate.endpoint)
        arns = [p.arn for p in self._packages() if p.group == group]
        if not arns:
            return ""
        return self._start(action="release", model_package_arn=arns[-1], adopt=True)

    def policy(self, a: int, b: int) -> str:
        """A policy is changed, broken, deleted or put right again."""
        group = pick(GROUPS, a)
        other: dict[str, Any] = {**policy(group), "endpoint": ENDPOINTS[pick(GROUPS, a // 7)]}
        texts = {
            "fewer kept": json.dumps(policy(group, rollout={"keep_releases": 1})),
            "two kept": json.dumps(policy(group, rollout={"keep_releases": 2})),
            "more steps": json.dumps(policy(group, rollout=MORE_STEPS)),
            "all at once": json.dumps(
                {**policy(group), "rollout": {"strategy": "all_at_once", "watch_minutes": 2}}
            ),
            "shadow first": json.dumps(policy(group, rollout={"shadow_minutes": 2})),
            "only watched": json.dumps(
                {
                    **policy(group),
                    "rollout": {"strategy": "shadow", "shadow_minutes": 2, "watch_minutes": 2},
                }
            ),
            "as before": json.dumps(policy(group)),
            "another endpoint": json.dumps(other),
            "no policy": "{",
        }
        name = pick([*texts, "as before", "as before", "deleted"], b)
        if name == "deleted":
            self._account.policies.remove(group)
        else:
            self._account.policies.put(group, texts[name])
        return f"{group}: {name}"

    def delete_package(self, a: int, b: int) -> str:
        arns = [p.arn for p in self._packages()][-4:]
        if not arns:
            return ""
        del self._account.registry.packages[pick(arns, a)]
        return pick(arns, a)

    def overwrite(self, a: int, b: int) -> str:
        """An artefact is overwritten, perhaps after its review."""
        artefact = pick(sorted(self._account.reports.files)[-6:], a)
        self._account.reports.put(artefact, b"something else")
        return artefact

    def _packages(self) -> list[Package]:
        return list(self._account.registry.packages.values())

    def _decide(self, arns: Sequence[str], a: int, approval: Any) -> str:
        if not arns:
            return ""
        arn = pick(arns, a)
        return f"{approval} {arn}" if self._account.decide(arn, approval) else ""

    def _endpoint(self, a: int) -> str:
        return ENDPOINTS[pick(GROUPS, a)]

    def _start(self, **document: Any) -> str:
        self._account.clock.advance(0.001)  # no approval is of the same millisecond
        self._account.start(f"by-hand-{len(self._account.all)}", **document)
        return str(document)
