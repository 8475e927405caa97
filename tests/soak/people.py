"""What people do: decide about packages, start executions, write policies."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from penstock.domain.execution.announcements import ApprovalNeeded
from penstock.domain.reviewing.package import Package
from tests.soak.account import ENDPOINTS, REVIEWED, Account, Frozen, policy
from tests.soak.policies import drawn

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
        """One of the newest versions, or one that serves."""
        approved = [p.arn for p in self._packages() if p.approval == "Approved"]
        gates = [self._account.ledger.peek(name) for name in self._account.ledger.endpoints]
        serving = [gate.serving for gate in gates if gate.serving in approved]
        later = [arn for arn in serving if not arn.endswith("/1")]
        return self._decide(approved[-4:] if b % 2 else later or serving, a, "Rejected")

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
                {**insists, "during_freeze": True},
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
        self._put_policy(group, None if name == "deleted" else texts[name])
        return f"{group}: {name}"

    def strategy(self, a: int, b: int) -> str:
        """A policy with another strategy, gates, golden requests, and so on."""
        group = pick(GROUPS, a)
        said, whole = drawn(group, b)
        self._put_policy(group, json.dumps(whole))
        return f"{group}: {said}"

    def answer_all(self) -> None:
        """Two people approve of whatever waits for them."""
        for asked in (said for said in self._asked() if self._waits(said)):
            for by in ("ana", "bo"):
                self._answer(json.loads(asked.input), by)

    def answer(self, a: int, b: int) -> str:
        """People answer what they were asked: mostly yes, sometimes late, twice, or wrongly."""
        asked = self._asked()
        if b % 4:
            asked = [said for said in asked if self._waits(said)] or asked[-1:]
        if not asked:
            return ""
        document = json.loads(pick(asked[::-1], a).input)
        match b // 4 % 12:
            case 0:
                document["approve"] = False
            case 1:
                document["gate"] = pick(["before_traffic", "before_promotion"], a)
            case 2:
                document["release_id"] = "0123456789"
        people = ["ana", "bo"] if b // 48 % 2 else [pick(["ana", "bo", " Ana "], a)]
        return "; ".join(self._answer(document, by) for by in people)

    def _asked(self) -> list[ApprovalNeeded]:
        return [said for said in self._account.announcer.said if isinstance(said, ApprovalNeeded)]

    def _waits(self, asked: ApprovalNeeded) -> bool:
        """Whether the release still waits there."""
        gate = self._account.ledger.peek(asked.endpoint)
        held = not gate.at_rest and gate.release == asked.release_id
        return held and gate.people is not None and gate.people.gate == asked.gate

    def _answer(self, document: dict[str, Any], by: str) -> str:
        said = (document["release_id"], document["gate"], by.strip(), document["approve"])
        self._account.memory.answered.add(said)
        return self._start(**{**document, "by": by})

    def freeze(self, a: int, b: int) -> str:
        """Nothing goes forward, on one endpoint or on all, for a while or until it is deleted."""
        account = self._account
        until = account.clock.now() + 1000 * pick([1800, 7200], a // 2) if a % 2 else None
        endpoint = self._endpoint(a // 4) if b % 3 == 0 else None
        ends = datetime.fromtimestamp(until / 1000, UTC).isoformat() if until else None
        document = {"reason": "holidays", "until": ends, "endpoints": endpoint and [endpoint]}
        readable = b % 8 != 1
        account.freezes.put(json.dumps(document) if readable else "{")
        account.freezes.unseal()
        if b % 8 == 2:
            account.freezes.seal()
        holds = readable and b % 8 != 2
        now = account.wire.moment
        account.frozen = Frozen(now, until, endpoint) if holds else Frozen(now)
        return str(document) if holds else "a freeze that cannot be read"

    def thaw(self, a: int, b: int) -> str:
        """Nothing is frozen any more."""
        if self._account.frozen is None:
            return ""
        self._account.thaw()
        return "no freeze"

    def delete_package(self, a: int, b: int) -> str:
        arns = [p.arn for p in self._packages()][-4:]
        if not arns:
            return ""
        self._account.memory.decided = self._account.wire.moment
        del self._account.registry.packages[pick(arns, a)]
        return pick(arns, a)

    def overwrite(self, a: int, b: int) -> str:
        """An artefact is overwritten, perhaps after its review."""
        artefact = pick(sorted(self._account.reports.files)[-6:], a)
        self._account.reports.put(artefact, b"something else")
        return artefact

    def _put_policy(self, group: str, text: str | None) -> None:
        self._account.memory.decided = self._account.wire.moment
        if text is None:
            self._account.policies.remove(group)
        else:
            self._account.policies.put(group, text)

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
