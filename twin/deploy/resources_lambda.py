"""Creates AWS::Lambda::* resources."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twin.deploy.resources import Context, Created, Creator, Properties, tags_as_map


def _layer(context: Context, properties: Properties) -> Created:
    content = properties.need("Content")
    folder = context.artefacts[content["S3Key"]]
    answer = context.client("lambda").publish_layer_version(
        Content=content,
        LayerName=context.name(140, properties.take("LayerName")),
        **properties.some("CompatibleArchitectures", "CompatibleRuntimes", "Description"),
        **properties.some("LicenseInfo"),
    )
    arn = answer["LayerVersionArn"]
    context.layers[arn] = _checked(context, folder)
    return Created(arn, {"LayerVersionArn": arn})


def _checked(context: Context, folder: Path) -> Path:
    """Add requirements.txt to the census: the twin uses the running environment's packages."""
    if (folder / "requirements.txt").exists():
        context.note("requirements.txt is not installed; this environment's packages are used")
    return folder


def _function(context: Context, properties: Properties) -> Created:
    properties.refuse("DeadLetterConfig", "FileSystemConfigs", "ImageConfig", "PackageType")
    name = context.name(64, properties.take("FunctionName"))
    code = properties.need("Code")
    layers = properties.take("Layers", [])
    concurrency = properties.take("ReservedConcurrentExecutions")
    client = context.client("lambda")
    answer = client.create_function(
        FunctionName=name,
        Code=code,
        Layers=layers,
        Role=properties.need("Role"),
        Tags=tags_as_map(properties.take("Tags", [])),
        **properties.some("Architectures", "Description", "Environment", "EphemeralStorage"),
        **properties.some("Handler", "LoggingConfig", "MemorySize", "Runtime", "Timeout"),
        **properties.some("TracingConfig"),
    )
    if concurrency is not None:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=concurrency)
    remember_code(context, name, {"Code": code, "Layers": layers})
    return Created(name, {"Arn": answer["FunctionArn"]})


def remember_code(context: Context, name: str, properties: Mapping[str, Any]) -> None:
    """Record the folders that a function runs from now on: its own, and those of its layers."""
    folders = tuple(context.layers[layer] for layer in properties.get("Layers", []))
    context.code[name] = (context.artefacts[properties["Code"]["S3Key"]], folders)


def _version(context: Context, properties: Properties) -> Created:
    """AWS: Lambda publishes no version if nothing changed, which CloudFormation reports."""
    name = properties.need("FunctionName")
    client = context.client("lambda")
    known = {v["Version"] for v in client.list_versions_by_function(FunctionName=name)["Versions"]}
    answer = client.publish_version(FunctionName=name, **properties.some("Description"))
    arn, version = answer["FunctionArn"], answer["Version"]
    if version in known:
        raise ValueError(f"A version for this Lambda function exists ( {version} ).")
    context.code[f"{name}:{version}"] = context.code[name]
    return Created(arn, {"Version": version, "FunctionArn": arn})


def _alias(context: Context, properties: Properties) -> Created:
    answer = context.client("lambda").create_alias(
        FunctionName=properties.need("FunctionName"),
        FunctionVersion=properties.need("FunctionVersion"),
        Name=properties.need("Name"),
        **properties.some("Description"),
    )
    return Created(answer["AliasArn"], {"AliasArn": answer["AliasArn"]})


def _permission(context: Context, properties: Properties) -> Created:
    statement = context.name(100)
    context.client("lambda").add_permission(
        StatementId=statement,
        Action=properties.need("Action"),
        Principal=properties.need("Principal"),
        **function_and_qualifier(properties.need("FunctionName")),
        **properties.some("SourceAccount", "SourceArn"),
    )
    return Created(statement)


def function_and_qualifier(reference: str) -> dict[str, str]:
    """Split a qualified ARN, because moto ignores the qualifier of a whole one."""
    if reference.startswith("arn:") and reference.count(":") == 7:  # noqa: PLR2004  # ARN fields
        function, qualifier = reference.rsplit(":", 1)
        return {"FunctionName": function, "Qualifier": qualifier}
    return {"FunctionName": reference}


def _event_invoke_config(context: Context, properties: Properties) -> Created:
    function, qualifier = properties.need("FunctionName"), properties.need("Qualifier")
    context.client("lambda").put_function_event_invoke_config(
        FunctionName=function,
        Qualifier=qualifier,
        **properties.some("DestinationConfig", "MaximumEventAgeInSeconds", "MaximumRetryAttempts"),
    )
    return Created(context.name(140))


CREATORS: dict[str, Creator] = {
    "AWS::Lambda::Alias": _alias,
    "AWS::Lambda::EventInvokeConfig": _event_invoke_config,
    "AWS::Lambda::Function": _function,
    "AWS::Lambda::LayerVersion": _layer,
    "AWS::Lambda::Permission": _permission,
    "AWS::Lambda::Version": _version,
}
