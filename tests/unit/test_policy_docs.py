"""The policy's reference page names every key, and its example is a policy."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import jsonschema
import pytest
from pydantic import BaseModel

from penstock.domain.policy.policy import Policy, parse_policy

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "policy.md").read_text()


def keys(annotation: object) -> Iterator[str]:
    """Every key of this section and of those below it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            yield name
            yield from keys(field.annotation)
    for argument in get_args(annotation):
        yield from keys(argument)


@pytest.mark.parametrize("key", sorted(set(keys(Policy))))
def test_every_key_is_explained(key: str) -> None:
    assert f"`{key}`" in PAGE


def test_the_example_is_a_policy_and_fits_the_schema() -> None:
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    assert parse_policy(example[1], "1").endpoint == "churn"
    schema = json.loads((DOCS / "policy.schema.json").read_text())
    jsonschema.validate(json.loads(example[1]), schema)


@pytest.mark.parametrize(
    "document",
    [
        {"approval": {"mode": "manual"}},
        {"endpoint": "churn"},
        {"endpoint": "churn", "approval": {"mode": "manual"}, "more": 1},
        {"endpoint": "churn", "approval": {"mode": "manual"}, "rollout": {"steps": [100]}},
        {"endpoint": "a_b", "approval": {"mode": "manual"}},
    ],
)
def test_the_schema_refuses_what_editors_can_see(document: dict[str, object]) -> None:
    schema = json.loads((DOCS / "policy.schema.json").read_text())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.schema.json")), ids=lambda path: path.name)
def test_every_field_of_a_schema_is_described(path: Path) -> None:
    schema = json.loads(path.read_text())
    sections = {schema["title"]: schema, **schema.get("$defs", {})}
    bare = [
        f"{name}.{key}"
        for name, section in sections.items()
        for key, field in section.get("properties", {}).items()
        if "description" not in field
    ]
    assert bare == []
