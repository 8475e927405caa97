"""What is kept of a review: everything that led to the decision."""

from tests.unit.test_review import ARN, NOW, World


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
    assert all("environment" not in container for container in package["containers"])
    assert isinstance(policy, dict)
    assert policy["endpoint"]
    assert isinstance(bars, list)
    assert [bar["metric"] for bar in bars] == ["auc", "fpr"]
    assert uri.removeprefix("s3://evidence/").startswith("reviews/Churn/7/")
    assert uri.endswith(".json")
