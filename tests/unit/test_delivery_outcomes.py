"""What becomes of a message when a flow fails: try again, or stop and wait for a person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.delivery.outcomes import outcome_of, retry_later, words_of
from gateway.errors import (
    ConfigurationError,
    ContractChanged,
    DocumentError,
    GatewayError,
    MappingError,
    Party,
    PermanentError,
    RuleViolation,
    SchemaError,
    SignatureError,
    Text,
    TransientError,
)
from outbox import Failure, Refused, Retry

TEXT = Text(ru="Не вышло.", en="It failed.")
FINAL = (
    GatewayError,
    ConfigurationError,
    DocumentError,
    SchemaError,
    MappingError,
    SignatureError,
    PermanentError,
    ContractChanged,
    RuleViolation,
)


def test_what_may_pass_by_itself_is_tried_again_when_the_platform_wants() -> None:
    error = TransientError("platform.busy", TEXT, status=503, answer="later", retry_after=timedelta(seconds=7))
    outcome = outcome_of(error)
    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.status, outcome.answer) == ("platform.busy", 503, b"later")
    assert outcome.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("kind", FINAL)
def test_everything_else_waits_for_a_person(kind: type[GatewayError]) -> None:
    outcome = outcome_of(kind("area.reason", TEXT))
    assert isinstance(outcome, Refused)
    assert outcome.code == "area.reason"


@pytest.mark.parametrize("kind", [*FINAL, TransientError])
def test_any_error_can_be_put_off(kind: type[GatewayError]) -> None:
    outcome = retry_later(kind("area.reason", TEXT))
    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.retry_after) == ("area.reason", None)


def test_the_reason_is_told_in_both_languages_with_who_has_to_act() -> None:
    outcome = outcome_of(PermanentError("authority.invalid_signature", TEXT, who=Party.DIRECTOR))
    assert outcome.reason.splitlines() == [
        "Не вышло. Кто исправляет: директор.",
        "It failed. Who has to act: the director.",
    ]


def test_an_answer_is_kept_only_where_a_platform_gave_one() -> None:
    assert outcome_of(PermanentError("x.y", TEXT, status=400, answer="нет")).answer.decode() == "нет"
    refused = outcome_of(ConfigurationError("x.y", TEXT))
    assert (refused.status, refused.answer) == (None, b"")


def test_a_failure_is_told_in_the_words_of_its_error_and_says_who_has_to_act() -> None:
    outcome = outcome_of(PermanentError("area.reason", TEXT, who=Party.DIRECTOR))
    assert isinstance(outcome, Refused)
    assert words_of(Failure(code=outcome.code, reason=outcome.reason)) == Text(
        ru="Не вышло. Кто исправляет: директор.", en="It failed. Who has to act: the director."
    )


def test_the_queues_own_failures_are_told_in_words_too() -> None:
    words = words_of(Failure(code="lease_lost", reason="the worker did not come back"))
    assert words.ru.endswith("Кто исправляет: школьный координатор.")
    assert words.en.endswith("Who has to act: the school's coordinator.")


def test_what_a_person_typed_is_told_as_it_is() -> None:
    assert words_of(Failure(code="rejected", reason="нет печати")) == Text(ru="нет печати", en="нет печати")
