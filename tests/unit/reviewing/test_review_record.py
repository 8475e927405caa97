"""What is kept of a review: everything that led to the decision."""

import json

import pytest

from tests.worlds.reviews import ARN, NOW, World, a_package, a_policy


def test_a_record_holds_everything_that_led_to_the_decision() -> None:
    world = World()
    assert world.review() == "approved"
    (uri,) = world.records.kept
    record = dict(world.records.read(uri))
    package, policy, bars = record.pop("package"), record.pop("policy"), record.pop("bars")
    digests, reason = record.pop("digests"), record.pop("reason")
    assert record == {
        "record": "review",
        "schema": 1,
        "policy_version": record["policy_version"],
        "reviewed_at": NOW,
        "decision": "approved",
        "verdict": "pass",
    }
    assert record["policy_version"]
    assert reason
    assert digests
    assert isinstance(package, dict)
    assert package["arn"] == ARN
    assert isinstance(policy, dict)
    assert policy["endpoint"]
    assert isinstance(bars, list)
    assert [bar["metric"] for bar in bars] == ["auc", "fpr"]
    assert uri.removeprefix("s3://evidence/").startswith("reviews/Churn/7/")
    assert uri.endswith(".json")


@pytest.mark.parametrize("named", [None, "gpu"])
def test_no_value_of_an_environment_is_kept(named: str | None) -> None:
    """The package's own, those of what it could run instead, and the policy's: maybe secrets."""
    world = World()
    container = a_package().containers[0].model_copy(update={"environment": {"TOKEN": "geheim"}})
    others = {"gpu": (container,)}
    world.registry.put(a_package(containers=(container,), others=others))
    serving = {"environment": {"KEY": "geheim"}, "inference_specification_name": named}
    world.policies.put("Churn", json.dumps(json.loads(a_policy()) | {"serving": serving}))
    assert world.review() == "approved"
    (kept,) = world.records.kept.values()
    assert "geheim" not in kept
    assert len(json.loads(kept)["package"]["others"]["gpu"]) == 1
