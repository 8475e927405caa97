"""Write the JSON Schemas of the policy and of the events.

`PYTHONPATH=layers/penstock python -m docs.make_schema`
"""

import json
from pathlib import Path

from penstock.domain.execution.published import EVERY
from penstock.domain.policy.policy import Policy

DOCS = Path(__file__).parent
DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[Path, str]:
    """Every schema file and what it has to say."""
    policy = _text(Policy.model_json_schema(), "A Penstock policy")
    found = {DOCS / "policy.schema.json": policy}
    for announcement in EVERY:
        name = announcement.detail_type.lower().replace(" ", "-")
        title = f"Detail of the event {announcement.detail_type}"
        schema = announcement.model_json_schema(mode="serialization")
        found[DOCS / "events" / f"{name}.schema.json"] = _text(schema, title)
    return found


def _text(schema: dict[str, object], title: str) -> str:
    return json.dumps({"$schema": DRAFT, **schema, "title": title}, indent=2) + "\n"


if __name__ == "__main__":
    for path, text in schemas().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
