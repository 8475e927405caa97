"""What targets receive."""

import json
from typing import Any

import pytest

from twin.core.hooks import NotSupportedByTwin
from twin.eventbridge.event_input import InvalidInput, Origin, compile_input

EVENT = {
    "id": "1",
    "detail-type": "Hello",
    "detail": {"name": 'the "quoted"', "count": 2, "tags": ["a", "b"], "none": None},
}
ORIGIN = Origin("rule", "arn:aws:events:eu-west-1:123456789012:rule/rule", "2024-01-01T00:00:00Z")


def shaped(target: dict[str, Any]) -> Any:
    return json.loads(compile_input(target)(EVENT, ORIGIN))


def transformed(template: str, **paths: str) -> Any:
    return shaped({"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}})


def test_without_instructions_the_target_receives_the_event() -> None:
    assert shaped({}) == EVENT


def test_a_constant_replaces_the_event() -> None:
    assert shaped({"Input": '{"action": "sweep"}'}) == {"action": "sweep"}


def test_a_path_picks_a_part() -> None:
    assert shaped({"InputPath": "$.detail.tags[1]"}) == "b"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        pytest.param('{"n": <name>}', {"n": 'the "quoted"'}, id="text-gets-its-quotes"),
        pytest.param('{"n": "<name>!"}', {"n": 'the "quoted"!'}, id="inside-quotes"),
        pytest.param('{"n": <count>}', {"n": 2}, id="number"),
        pytest.param('{"n": "<count>"}', {"n": "2"}, id="number-inside-quotes"),
        pytest.param('{"n": <tags>}', {"n": ["a", "b"]}, id="array"),
        pytest.param('{"n": <none>}', {"n": None}, id="null"),
        pytest.param('"<count> of <type>"', "2 of Hello", id="one-text"),
        pytest.param('{"n": <aws.events.rule-name>}', {"n": "rule"}, id="predefined"),
        pytest.param('{"n": <aws.events.event.json>}', {"n": EVENT}, id="the-event"),
    ],
)
def test_a_template_is_filled_in(template: str, expected: Any) -> None:
    paths = {
        "name": "$.detail.name",
        "count": "$.detail.count",
        "tags": "$.detail.tags",
        "none": "$.detail.none",
        "type": "$.detail-type",
    }
    assert transformed(template, **paths) == expected


@pytest.mark.parametrize(
    "target",
    [
        pytest.param({"Input": "{"}, id="no-json"),
        pytest.param({"Input": json.dumps("x" * 8192)}, id="too-long"),
        pytest.param({"Input": "{}", "InputPath": "$.id"}, id="two-at-once"),
        pytest.param({"InputTransformer": {"InputTemplate": "<unknown>"}}, id="unknown-variable"),
    ],
)
def test_bad_input_is_refused(target: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        compile_input(target)


@pytest.mark.parametrize("path", ["detail", "$..name", "$.detail[*]", "$.detail[?(@.a)]"])
def test_paths_beyond_names_and_indexes_stop_the_twin(path: str) -> None:
    with pytest.raises(NotSupportedByTwin):
        compile_input({"InputPath": path})


def test_a_variable_whose_path_finds_nothing_leaves_nothing_in_a_text() -> None:
    assert transformed('{"n": "<gone>"}', gone="$.detail.gone") == {"n": ""}
    assert transformed('{"n": "<none>"}', none="$.detail.none") == {"n": "null"}


def test_outside_a_text_it_leaves_no_json_and_stops_the_twin() -> None:
    with pytest.raises(NotSupportedByTwin, match="not JSON"):
        transformed('{"n": <gone>}', gone="$.detail.gone")
