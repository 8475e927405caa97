"""What a deployment refuses, and what it makes of less usual templates."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from tests.twin.stack_bench import MOTO, keys_of_operator, operator_client, stack
from tests.worlds.sagemaker_bench import HandClock
from twin.core.hooks import hooked
from twin.deploy.deploy import Deployment, deploy
from twin.deploy.template import DeployError
from twin.eventbridge.events import Events

Deploy = Callable[..., Deployment]


@pytest.fixture
def deployed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deploy]:
    """Deploy a template given as text."""
    keys_of_operator(monkeypatch)

    def one(text: str, **parameters: str) -> Deployment:
        template = tmp_path / "template.yaml"
        template.write_text(text)
        return deploy(template, parameters, client=operator_client)

    with hooked() as hooks:
        Events(HandClock()).install(hooks)
        with mock_aws(config=MOTO):
            yield one


def test_an_address_makes_a_subscription() -> None:
    with stack({"NotificationEmail": "ops@example.com"}) as deployed:
        topic = deployed.deployment.outputs["NotificationTopicArn"]
        subscriptions = deployed.client("sns").list_subscriptions_by_topic(TopicArn=topic)
    [subscription] = subscriptions["Subscriptions"]
    assert subscription["Endpoint"] == "ops@example.com"
    assert deployed.deployment.outputs["Subscription"].startswith(topic)


QUEUE = "  Queue: {Type: AWS::SQS::Queue}\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("Resources: [", "not YAML", id="yaml"),
        pytest.param("Outputs: {}", "no Resources", id="nothing"),
        pytest.param("Rules: {}\nResources:\n" + QUEUE, "section Rules", id="section"),
        pytest.param("Resources:\n" + QUEUE + QUEUE, "duplicate key Queue", id="duplicate"),
        pytest.param(
            "Resources:\n  Vpc: {Type: AWS::EC2::VPC}", "Vpc: .*AWS::EC2::VPC", id="resource-type"
        ),
        pytest.param(
            "Resources:\n  Queue: {Type: AWS::SQS::Queue, CreationPolicy: {}}",
            "CreationPolicy",
            id="attribute",
        ),
        pytest.param(
            "Resources:\n  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Nobody}}",
            "Queue .*Nobody",
            id="reference",
        ),
        pytest.param(
            "Resources:\n"
            + QUEUE
            + "  Other: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt Queue.Colour}}",
            "Queue has no attribute Colour",
            id="attribute-of-a-resource",
        ),
        pytest.param(
            "Resources:\n"
            "  A: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref B}}\n"
            "  B: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref A}}",
            "circular dependency: A -> B -> A",
            id="circle",
        ),
        pytest.param(
            "Conditions: {Never: !Equals [a, b]}\nResources:\n"
            "  A: {Type: AWS::SQS::Queue, Condition: Never}\n"
            "  B: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref A}}",
            "A does not exist",
            id="reference-to-nothing",
        ),
        pytest.param(
            "Resources:\n"
            "  Rule: {Type: AWS::Events::Rule, Properties: {EventPattern: {a: [{like: b}]}}}",
            "Rule .*like",
            id="event-pattern",
        ),
        pytest.param(
            "Resources:\n"
            "  Role:\n    Type: AWS::IAM::Role\n    Properties:\n"
            "      AssumeRolePolicyDocument: {Statement: []}\n"
            "      ManagedPolicyArns: ['arn:aws:iam::aws:policy/Nothing']",
            "Role .*Nothing",
            id="managed-policy",
        ),
        pytest.param(
            "Resources:\n"
            "  Machine:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n"
            "      RoleArn: arn:aws:iam::123456789012:role/x\n"
            '      DefinitionString: \'{"Comment": "${Left}"}\'',
            r"\$\{Left\} is not substituted",
            id="substitution",
        ),
        pytest.param(
            "Resources:\n  Api: {Type: AWS::Serverless::Api, Properties: {}}",
            "SAM transform refuses",
            id="sam",
        ),
        pytest.param(
            "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n"
            "      {Code: {S3Key: k}, Role: r, DeadLetterConfig: {TargetArn: a}}",
            "F .*DeadLetterConfig",
            id="a-property-that-matters",
        ),
        pytest.param(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n"
            "  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: nowhere}}",
            "nowhere does not exist",
            id="code",
        ),
    ],
)
def test_a_template_is_refused(deployed: Deploy, text: str, reason: str) -> None:
    with pytest.raises(DeployError, match=reason):
        deployed(text)


def test_a_parameter_is_refused(deployed: Deploy) -> None:
    with pytest.raises(DeployError, match="no parameter Colour"):
        deployed("Resources:\n" + QUEUE, Colour="red")


def test_an_invalid_property_is_refused_by_its_service(deployed: Deploy) -> None:
    text = "Resources:\n  Log: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: many}}"
    with pytest.raises(DeployError, match=r"(?s)Log .*retentionInDays"):
        deployed(text)


def test_dates_stay_text(deployed: Deploy) -> None:
    text = "Resources:\n  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: 2012-10-17}}"
    assert deployed(text).resources["Queue"].endswith("/2012-10-17")


def test_other_code_makes_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys_of_operator(monkeypatch)
    (tmp_path / "code").mkdir()
    template = tmp_path / "template.yaml"
    template.write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n"
        "  F:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        "      {CodeUri: code, Runtime: python3.13, Handler: app.handler, AutoPublishAlias: live}\n"
    )
    versions = []
    for code in ("one", "two"):
        (tmp_path / "code" / "app.py").write_text(code)
        with mock_aws(config=MOTO):
            versions.append(
                [
                    name
                    for name in deploy(template, {}, client=operator_client).resources
                    if name.startswith("FVersion")
                ]
            )
    assert versions[0] != versions[1]
