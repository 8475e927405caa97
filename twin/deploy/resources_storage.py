"""Creates tables, buckets, topics, queues, log groups, parameters and keys."""

import json
import re
from typing import Any

from twin.deploy.resources import Context, Created, Creator, Properties, tags_as_list, tags_as_map
from twin.iam import keys
from twin.iam.policy_language import check


def _table(context: Context, properties: Properties) -> Created:
    name = context.name(255, properties.take("TableName"))
    time_to_live = properties.take("TimeToLiveSpecification")
    recovery = properties.take("PointInTimeRecoverySpecification")
    client = context.client("dynamodb")
    answer = client.create_table(
        TableName=name,
        AttributeDefinitions=properties.need("AttributeDefinitions"),
        KeySchema=properties.need("KeySchema"),
        Tags=tags_as_list(properties.take("Tags", [])),
        **encryption(properties.take("SSESpecification")),
        **properties.some("BillingMode", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"),
        **properties.some("ProvisionedThroughput", "StreamSpecification", "TableClass"),
        **properties.some("DeletionProtectionEnabled"),
    )
    if time_to_live is not None:
        client.update_time_to_live(TableName=name, TimeToLiveSpecification=time_to_live)
        context.note("expired items stay: the twin does not delete by TimeToLiveSpecification")
    if recovery is not None:
        client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)
    return Created(name, {"Arn": answer["TableDescription"]["TableArn"]})


def encryption(specification: dict[str, Any] | None) -> dict[str, Any]:
    """Convert an SSESpecification from CloudFormation's form to DynamoDB's."""
    if specification is None:
        return {}
    specification["Enabled"] = specification.pop("SSEEnabled")
    if "KMSMasterKeyId" in specification:
        keys.must_exist(specification["KMSMasterKeyId"])
    return {"SSESpecification": specification}


def _bucket(context: Context, properties: Properties) -> Created:
    name = context.name(63, properties.take("BucketName")).lower()
    client = context.client("s3")
    client.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": context.region}
    )
    bucket_settings(client, name, properties)
    tags = properties.take("Tags")
    if tags:
        client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
    domain = f"{name}.s3.amazonaws.com"
    return Created(name, {"Arn": f"arn:aws:s3:::{name}", "DomainName": domain})


def bucket_settings(client: Any, name: str, properties: Properties) -> None:
    """Put the settings of a bucket that are present."""
    if versioning := properties.take("VersioningConfiguration"):
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)
    if encryption := properties.take("BucketEncryption"):
        rules = encryption["ServerSideEncryptionConfiguration"]
        for rule in rules:
            rule["ApplyServerSideEncryptionByDefault"] = rule.pop("ServerSideEncryptionByDefault")
        client.put_bucket_encryption(
            Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules}
        )
    if access := properties.take("PublicAccessBlockConfiguration"):
        client.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=access)
    if ownership := properties.take("OwnershipControls"):
        client.put_bucket_ownership_controls(Bucket=name, OwnershipControls=ownership)


def _bucket_policy(context: Context, properties: Properties) -> Created:
    bucket = properties.need("Bucket")
    document = _document(properties)
    context.client("s3").put_bucket_policy(Bucket=bucket, Policy=document)
    return Created(bucket)


def _document(properties: Properties) -> str:
    document = properties.need("PolicyDocument")
    check(document)
    return json.dumps(document)


def _topic(context: Context, properties: Properties) -> Created:
    name = context.name(256, properties.take("TopicName"))
    arn = context.client("sns").create_topic(
        Name=name,
        Attributes=attribute_texts(properties.some("DisplayName", "KmsMasterKeyId")),
        Tags=tags_as_list(properties.take("Tags", [])),
    )["TopicArn"]
    return Created(arn, {"TopicArn": arn, "TopicName": name})


def _topic_policy(context: Context, properties: Properties) -> Created:
    document = _document(properties)
    for topic in properties.need("Topics"):
        context.client("sns").set_topic_attributes(
            TopicArn=topic, AttributeName="Policy", AttributeValue=document
        )
    return Created(context.name(140))


def _subscription(context: Context, properties: Properties) -> Created:
    attributes = properties.some("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery")
    arn = context.client("sns").subscribe(
        TopicArn=properties.need("TopicArn"),
        Protocol=properties.need("Protocol"),
        Endpoint=properties.need("Endpoint"),
        Attributes=attribute_texts(attributes),
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    return Created(arn, {"Arn": arn})


QUEUE_ATTRIBUTES = (
    "DelaySeconds",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
)


def _queue(context: Context, properties: Properties) -> Created:
    name = context.name(80, properties.take("QueueName"))
    url = context.client("sqs").create_queue(
        QueueName=name,
        Attributes=attribute_texts(properties.some(*QUEUE_ATTRIBUTES)),
        tags=tags_as_map(properties.take("Tags", [])),
    )["QueueUrl"]
    arn = context.arn("sqs", name)
    return Created(url, {"Arn": arn, "QueueName": name, "QueueUrl": url})


def _queue_policy(context: Context, properties: Properties) -> Created:
    document = _document(properties)
    for queue in properties.need("Queues"):
        context.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": document})
    return Created(context.name(140))


def _log_group(context: Context, properties: Properties) -> Created:
    name = context.name(512, properties.take("LogGroupName"))
    client = context.client("logs")
    if "KmsKeyId" in properties:
        keys.must_let_logs_in(properties.need("KmsKeyId"), context.arn("logs", f"log-group:{name}"))
    client.create_log_group(logGroupName=name, tags=tags_as_map(properties.take("Tags", [])))
    days = properties.take("RetentionInDays")
    if days is not None:
        client.put_retention_policy(logGroupName=name, retentionInDays=days)
    return Created(name, {"Arn": context.arn("logs", f"log-group:{name}:*")})


def _parameter(context: Context, properties: Properties) -> Created:
    name = context.name(1011, properties.take("Name"))
    value = properties.need("Value")
    pattern = properties.take("AllowedPattern")
    check_pattern(name, value, pattern)
    context.client("ssm").put_parameter(
        Name=name,
        Type=properties.need("Type"),
        Value=value,
        **({"AllowedPattern": pattern} if pattern else {}),
        Tags=tags_as_list(properties.take("Tags", [])),
        **properties.some("Description", "Tier"),
    )
    return Created(name, {"Value": value})


def check_pattern(name: str, value: str, pattern: str | None) -> None:
    """AWS: a value must match the parameter's AllowedPattern."""
    if pattern and not re.search(pattern, value):
        raise ValueError(
            f"ParameterPatternMismatchException: the value {value!r} of {name} "
            f"does not match the allowed pattern {pattern}"
        )


def attribute_texts(values: dict[str, Any]) -> dict[str, str]:
    """Return attributes of SNS and SQS as text, with documents as JSON."""
    return {
        name: each if isinstance(each, str) else json.dumps(each) for name, each in values.items()
    }


CREATORS: dict[str, Creator] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::S3::Bucket": _bucket,
    "AWS::S3::BucketPolicy": _bucket_policy,
    "AWS::SNS::Subscription": _subscription,
    "AWS::SNS::Topic": _topic,
    "AWS::SNS::TopicPolicy": _topic_policy,
    "AWS::SQS::Queue": _queue,
    "AWS::SQS::QueuePolicy": _queue_policy,
    "AWS::SSM::Parameter": _parameter,
}
