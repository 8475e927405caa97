"""The demo reads what a release keeps of a shadow's answers, as the release writes it."""

import json

from examples.demo.evidence import agreement_of
from examples.demo.findings import agreement_part
from examples.demo.recording import Instant
from tests.protocol.agreements import answers, evidence, released, world_of


def test_the_document_of_a_release_is_read_whole() -> None:
    world = world_of({"at_least": 0.5})
    answers(world, differing=20)
    released(world)
    document = evidence(world)
    began = Instant(document["course"][0]["until"] / 1000, 0.0)
    found = agreement_of(document, began)
    assert (found.at_least, found.min_pairs) == (0.5, 500)
    assert found.pairs == document["counted"]["pairs"] > 500
    assert found.differing > 0
    assert len(found.course) == len(document["course"])
    assert found.course[-1].least <= found.differing / found.pairs <= found.course[-1].most
    assert 1 <= len(found.differences) <= 5
    assert found.course[0].minute == 0
    assert list(agreement_part(found, found.course[-1].minute))
    assert json.loads(found.model_dump_json())["pairs"] == found.pairs
