"""The state machine by two validators that are not ours: a schema, and a grammar.

The schema of the States Language is cfn-lint's (its rule E3601 looks into no DefinitionUri), the
grammar LocalStack's, as moto carries it.
"""

import json
import re
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from moto.stepfunctions.parser.asl.parse.asl_parser import (
    AmazonStateLanguageParser,
    ASLParserException,
)

from tests.worlds.deployed import MACHINE, machine

Document = dict[str, Any]
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:f:7"


def validator() -> Draft202012Validator:
    folder = files("cfnlint.data.schemas.other.step_functions")
    return Draft202012Validator(json.loads((folder / "statemachine.json").read_text()))


def deployed() -> Document:
    """The definition with what CloudFormation puts in."""
    text = MACHINE.read_text().replace("${Partition}", "aws")
    document: Document = json.loads(re.sub(r"\$\{\w+\}", FUNCTION, text))
    return document


def complaints(definition: Document) -> list[str]:
    """What the schema or the grammar does not allow."""
    said = [error.message for error in validator().iter_errors(definition)]
    try:
        AmazonStateLanguageParser.parse(json.dumps(definition))
    except (ASLParserException, ValueError, KeyError, AttributeError) as error:
        said.append(str(error))
    return said


def accepted() -> Document:
    """The schema forgets that a Succeed state may have an OutputPath; the language allows it."""
    definition = deployed()
    assert definition["States"]["Ended well"].pop("OutputPath") == "$.ending"
    return definition


def test_the_state_machine_is_one_by_the_states_language() -> None:
    assert complaints(accepted()) == []


def test_the_grammar_takes_it_as_it_is() -> None:
    AmazonStateLanguageParser.parse(json.dumps(deployed()))


def _without(state: str, key: str) -> Callable[[Document], object]:
    return lambda states: states[state].pop(key)


def _with(state: str, **fields: Any) -> Callable[[Document], object]:
    return lambda states: states[state].update(fields)


def _retrier(**fields: Any) -> Callable[[Document], object]:
    return lambda states: states["Look at the endpoint"]["Retry"][0].update(fields)


LOOK, WAIT = "Look at the endpoint", "Wait until the next step is due"


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(_without(LOOK, "Resource"), id="a-task-without-its-resource"),
        pytest.param(_without("Decide what comes next", "Choices"), id="nothing-to-choose"),
        pytest.param(_with(WAIT, Seconds=3), id="a-wait-by-two-clocks"),
        pytest.param(_with(LOOK, Type="Tusk"), id="a-type-that-is-none"),
        pytest.param(_with(LOOK, Retries=3), id="a-field-that-is-none"),
        pytest.param(_retrier(MaxAttempts="many"), id="attempts-that-are-no-number"),
        pytest.param(_retrier(JitterStrategy="SOME"), id="a-jitter-that-is-none"),
        pytest.param(_retrier(MaxDelaySeconds=0), id="a-longest-delay-of-nothing"),
        pytest.param(_retrier(BackoffRate=0.5), id="a-backoff-that-shrinks"),
        pytest.param(_retrier(ErrorEquals="States.ALL"), id="errors-that-are-no-list"),
    ],
)
def test_the_check_sees_what_it_is_for(damage: Callable[[Document], object]) -> None:
    damaged = accepted()
    damage(damaged["States"])
    assert complaints(damaged) != []


def test_it_is_the_machine_that_is_deployed() -> None:
    assert set(deployed()["States"]) == set(machine()["States"])
