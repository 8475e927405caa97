"""Deterministic names within SageMaker's limits."""

import re

from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.kinds.realtime_series import PUBLISHED
from penstock.domain.ledger import naming
from penstock.domain.planning import checks
from penstock.domain.policy.judge import JudgeSection

# The form of endpoint, configuration, variant and model names (facts 3.1).
NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
ENDPOINTS = st.from_regex(r"\A[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}\Z").filter(lambda n: len(n) <= 63)
RELEASES = st.from_regex(r"\A[0-9a-f]{10}\Z")
MAKERS = (naming.staging_config, naming.final_config)
NAMERS = (*MAKERS, naming.rehearsal)
REHEARSING = ENDPOINTS.filter(lambda name: naming.REHEARSAL not in name.lower())
"""Endpoints that a policy lets rehearse."""


@given(ENDPOINTS, RELEASES)
def test_names_are_legal_and_carry_their_release(endpoint: str, release: str) -> None:
    for make in NAMERS:
        name = make(endpoint, release)
        assert NAME.fullmatch(name)
        assert len(name) <= 63
        assert name.endswith(release)
        assert name == make(endpoint, release)


@given(REHEARSING, RELEASES, RELEASES)
def test_names_of_two_releases_are_distinct(endpoint: str, one: str, other: str) -> None:
    names = {make(endpoint, release) for make in NAMERS for release in (one, other)}
    assert len(names) == 3 * len({one, other})


@given(REHEARSING, RELEASES)
def test_a_rehearsal_is_known_by_its_name_and_is_nothing_else(endpoint: str, release: str) -> None:
    name = naming.rehearsal(endpoint, release)
    assert name.count(f"{naming.REHEARSAL}-") == 1
    assert name.endswith(f"{naming.REHEARSAL}-{release}")
    assert naming.maker_of(name) == release
    assert not naming.is_on_the_way(endpoint, name)
    assert naming.release_of(endpoint, name) is None
    assert name.casefold() != endpoint.casefold()


def test_of_a_rehearsal_only_the_endpoint_s_part_is_cut() -> None:
    """42 characters of it are left."""
    name = naming.rehearsal("a" * 63, "0" * 10)
    assert name == "a" * 42 + "-rehearsal-" + "0" * 10
    assert len(name) == 63
    assert naming.rehearsal("a" * 41 + "--b", "0" * 10) == "a" * 41 + "-rehearsal-" + "0" * 10


def test_an_endpoint_that_may_not_rehearse_could_lose_its_final_configuration() -> None:
    """Why its policy is refused: two configurations would have one name."""
    endpoint = "a" * 42 + "-rehearsal-of-the-endpoint"
    assert naming.rehearsal(endpoint, "0" * 10) == naming.final_config(endpoint, "0" * 10)


@given(ENDPOINTS, st.dictionaries(st.text(), st.text()), st.dictionaries(st.text(), st.text()))
def test_a_model_is_named_by_its_whole_request(
    endpoint: str, one: dict[str, str], other: dict[str, str]
) -> None:
    name = naming.model(endpoint, one)
    assert NAME.fullmatch(name)
    assert len(name) <= 63
    assert (name == naming.model(endpoint, other)) == (one == other)
    assert name == naming.model(endpoint, dict(reversed(one.items())))


@given(st.text(), st.integers(0, 10**13), st.integers(0, 10**13))
def test_a_release_is_a_package_and_a_moment(package: str, one: int, other: int) -> None:
    name = naming.release_id(package, one)
    assert re.fullmatch(r"[0-9a-f]{10}", name)
    assert (name == naming.release_id(package, other)) == (one == other)


@given(ENDPOINTS, RELEASES)
def test_a_staging_configuration_is_known_by_its_name(endpoint: str, release: str) -> None:
    assert naming.is_on_the_way(endpoint, naming.staging_config(endpoint, release))
    assert not naming.is_on_the_way(endpoint, naming.final_config(endpoint, release))


@given(ENDPOINTS, RELEASES)
def test_a_configuration_is_known_whatever_the_case_of_its_endpoints_name(
    endpoint: str, release: str
) -> None:
    """Names that differ only in case name one endpoint, which may be spelled anew meanwhile."""
    staging, final = (make(endpoint, release) for make in MAKERS)
    for spelled in (endpoint.upper(), endpoint.lower()):
        assert naming.is_on_the_way(spelled, staging)
        assert naming.release_of(spelled, final) == release


@given(ENDPOINTS, st.text(max_size=10))
def test_nothing_else_is_a_staging_configuration(endpoint: str, suffix: str) -> None:
    ours = re.fullmatch(r"[0-9a-f]{10}", suffix)
    assert naming.is_on_the_way(endpoint, f"{endpoint[:44].rstrip('-')}-staging-{suffix}") is bool(
        ours
    )


@given(ENDPOINTS, ENDPOINTS)
def test_alarms_of_two_endpoints_are_distinct(one: str, other: str) -> None:
    shared = set(checks.every_name(one)) & set(checks.every_name(other))
    assert bool(shared) == (one == other)


def test_alarms_of_endpoints_that_look_alike_are_distinct() -> None:
    """`churn` in its watch window, and the canary of `churn-live`."""
    for one, other in (("churn", "churn-live"), ("churn", "churn-errors"), ("a", "a-latency")):
        assert not set(checks.every_name(one)) & set(checks.every_name(other))


def test_every_alarm_that_a_release_may_make_is_known_by_name() -> None:
    for judge in (JudgeSection(), JudgeSection(latency_objective_ms=100)):
        for phase in ("candidate", "live"):
            made = {
                c.name for c in checks.checks("churn", "live", "config", judge, phase, PUBLISHED)
            }
            assert (
                made
                == set(checks.names("churn", judge, phase, PUBLISHED))
                <= set(checks.every_name("churn"))
            )


def test_a_name_is_cut_no_more_than_it_has_to_be() -> None:
    assert naming.final_config("a" * 52, "0123456789") == f"{'a' * 52}-0123456789"
    assert naming.final_config("a" * 63, "0123456789") == f"{'a' * 52}-0123456789"
    assert naming.final_config(f"{'a' * 51}-b", "0123456789") == f"{'a' * 51}-0123456789"
    assert naming.final_config(f"{'a' * 51}X-b", "0123456789") == f"{'a' * 51}X-0123456789"
    assert naming.final_config("a-b", "0123456789") == "a-b-0123456789"


def test_any_digits_may_name_a_staging_configuration() -> None:
    assert naming.is_on_the_way("churn", "churn-staging-0123456789")
    assert naming.is_on_the_way("churn", "churn-staging-abcdefabcd")
