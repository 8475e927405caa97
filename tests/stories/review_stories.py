"""Golden texts of reviews: what is written, kept, remembered and said, beside their files.

`make stories` writes them again. Read the difference before you commit it: each line is a claim.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from penstock.domain.reviewing.package import Container, ReportSource
from penstock.domain.reviewing.review import TRY_FOR
from tests.worlds.reviews import (
    ARN,
    ARTEFACT,
    BAD,
    NOW,
    REPORT,
    World,
    a_package,
    a_policy,
)
from tests.worlds.told import announced, as_yaml, changed, known

FOLDER = Path(__file__).parent / "reviews"
WHOLE = "passes"
"""Of this review everything is told; of others what differs from it."""
BIAS = "s3://models/churn/7/bias.json"
VS_LIVE = [
    {"metric": "auc", "at_least_vs_live": -0.005},
    {"metric": "fpr", "at_most_vs_live": 0},
    {"metric": "latency.p99", "at_most": 120},
]


def tell(name: str) -> str:
    """What a review of the package does, or several."""
    world = World()
    outcomes = REVIEWS[name](world)
    told = [line for said in world.announcer.said for line in announced(said)]
    document = {"outcomes": outcomes, **_left(world)}
    if name != WHOLE:
        told.append(f"what is kept and remembered, where it differs from {path(WHOLE).name}:")
        document |= {part: _news(part, document[part]) for part in ("remembered", "kept")}
    return "\n".join([*told, as_yaml(document), ""])


def _left(world: World) -> dict[str, Any]:
    """What the reviews left behind."""
    review, package = world.reviews.remembered(ARN), world.package
    return {
        "written": len(world.registry.decisions),
        "package": {
            "approval": package.approval,
            "description": package.approval_description,
            "metadata": package.metadata,
        },
        "remembered": known(review) if review else None,
        "kept": {uri: json.loads(text) for uri, text in world.records.kept.items()},
    }


def _news(part: str, found: Any) -> object:
    """Fields that are not as in the text that is told whole; of records, of each."""
    if part == "remembered":
        return changed(_whole()[part], found)
    (usual,) = _whole()[part].values()
    return {uri: changed(usual, record) for uri, record in found.items()}


@cache
def _whole() -> dict[str, Any]:
    world = World()
    REVIEWS[WHOLE](world)
    return _left(world)


def path(name: str) -> Path:
    return FOLDER / f"{name.replace(' ', '_')}.txt"


def looked_at(world: World, times: int = 1) -> list[list[str]]:
    return [list(map(str, world.reviewer.review(ARN))) for _ in range(times)]


def passes(world: World) -> list[list[str]]:
    """Twice: the second look finds nothing to decide."""
    return looked_at(world, 2)


def misses(world: World) -> list[list[str]]:
    world.reports.put(REPORT, BAD)
    return looked_at(world)


def left_to_a_person(world: World) -> list[list[str]]:
    world.policies.put("Churn", a_policy(mode="manual"))
    world.reports.put(REPORT, BAD)
    return looked_at(world, 2)


def without_bars(world: World) -> list[list[str]]:
    world.policies.put("Churn", a_policy(mode="manual", bars=[]))
    return looked_at(world)


def against_live(world: World) -> list[list[str]]:
    world.policies.put("Churn", a_policy(bars=VS_LIVE))
    report = {"auc": 0.84, "fpr": 0.05, "latency": {"p99": {"value": 80, "unit": "ms"}}}
    world.reports.put(REPORT, json.dumps(report).encode())
    kept = {"auc": 0.845, "fpr": 0.04}
    world.live.kept["churn"] = {"model_quality": {"document": kept, "values": {"auc": 0.844}}}
    return looked_at(world)


def several_of_everything(world: World) -> list[list[str]]:
    """A container with two artefacts, and a report that no bar names."""
    more = (f"{ARTEFACT}.2",)
    pinned = Container(image="ecr/both:1", image_digest="sha256:p", model_data_url=ARTEFACT)
    container = pinned.model_copy(update={"more_artefacts": more})
    source = {"model_quality": ReportSource(uri=REPORT), "bias": ReportSource(uri=BIAS)}
    world.registry.put(a_package(containers=(container,), reports=source))
    world.reports.put(f"{ARTEFACT}.2", b"second")
    world.reports.put(BIAS, b'{"facets": {"age": 0.1, "note": "fine", "all": [1, 2]}}')
    return looked_at(world)


def several_containers(world: World) -> list[list[str]]:
    """A person is asked at once, and once; with a specification of one container it is reviewed."""
    first, second = Container(image="ecr/pre:1"), Container(image="ecr/post:1")
    world.registry.put(a_package(containers=(first, second), others={"joined": (first,)}))
    twice = looked_at(world, 2)
    policy = json.loads(a_policy()) | {"serving": {"inference_specification_name": "joined"}}
    world.policies.put("Churn", json.dumps(policy))
    return [*twice, *looked_at(world)]


def nothing_can_be_read(world: World) -> list[list[str]]:
    """Tried for a day; then a person is asked, once."""
    world.reports.files.clear()
    first = looked_at(world)
    world.clock.at = NOW + TRY_FOR
    return [*first, *looked_at(world, 2)]


def another_policy_meanwhile(world: World) -> list[list[str]]:
    """Another version of the policy starts the time for trying again."""
    world.reports.files.clear()
    first = looked_at(world)
    world.clock.at = NOW + TRY_FOR
    world.policies.put("Churn", a_policy(), modified_at=world.clock.at)
    return [*first, *looked_at(world)]


def approved_before_its_review(world: World) -> list[list[str]]:
    """Its release asks for the review, twice; the approval stays, whatever is found."""
    world.registry.put(a_package(approval="Approved"))
    world.reports.put(REPORT, BAD)
    return [list(map(str, world.reviewer.review(ARN, asked=True))) for _ in range(2)]


def waits_to_be_completed(world: World) -> list[list[str]]:
    """Told after a day, and reviewed all the same once the specification is there."""
    world.registry.put(a_package(containers=(), has_inference_spec=False))
    first = looked_at(world)
    world.clock.at = NOW + TRY_FOR
    late = looked_at(world)
    world.registry.put(a_package())
    return [*first, *late, *looked_at(world)]


def a_policy_that_is_none(world: World) -> list[list[str]]:
    world.policies.put("Churn", "{")
    return looked_at(world, 2)


def two_groups_on_one_endpoint(world: World) -> list[list[str]]:
    world.policies.put("other", a_policy(endpoint="CHURN"))
    return looked_at(world)


def without_a_policy(world: World) -> list[list[str]]:
    world.policies.remove("Churn")
    return looked_at(world)


def another_accounts(world: World) -> list[list[str]]:
    arns = (ARN.replace("123456789012", "210987654321"), ARN.replace("/7", "/8"), "churn/7")
    return [list(map(str, world.reviewer.review(arn))) for arn in arns]


def metrics_that_are_none(world: World) -> list[list[str]]:
    """What stands in a report where a number should be."""
    figures = ("gone", "flag", "text", "whole", "many", "huge", "nan")
    bars = [{"metric": name, "at_least": 0} for name in figures]
    world.policies.put("Churn", a_policy(bars=bars))
    report = (
        '{"flag": true, "text": "0.9", "whole": {"a": 1}, "many": [1], "huge": 1e999, "nan": NaN}'
    )
    world.reports.put(REPORT, report.encode())
    return looked_at(world)


REVIEWS: dict[str, Callable[[World], list[list[str]]]] = {
    "passes": passes,
    "misses": misses,
    "left to a person": left_to_a_person,
    "without bars": without_bars,
    "against live": against_live,
    "several of everything": several_of_everything,
    "several containers": several_containers,
    "nothing can be read": nothing_can_be_read,
    "another policy meanwhile": another_policy_meanwhile,
    "a policy that is none": a_policy_that_is_none,
    "two groups on one endpoint": two_groups_on_one_endpoint,
    "without a policy": without_a_policy,
    "another accounts": another_accounts,
    "metrics that are none": metrics_that_are_none,
    "approved before its review": approved_before_its_review,
    "waits to be completed": waits_to_be_completed,
}


def write() -> None:
    """Write every text again."""
    FOLDER.mkdir(exist_ok=True)
    for name in REVIEWS:
        path(name).write_text(tell(name), encoding="utf-8")


if __name__ == "__main__":
    write()
