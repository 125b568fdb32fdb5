"""The destination ``steps``: a message that starts one step of the road (ADR 0004)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gateway.delivery.outcomes import outcome_of
from gateway.errors import GatewayError, PermanentError, Text
from gateway.model.ids import SchoolId
from gateway.model.steps import Step, StepOutcome, StepRun
from gateway.ports.frame import Clock, Unit, Units
from outbox import Delivered, Message, NewMessage, Outcome

DESTINATION = "steps"


@dataclass(frozen=True, kw_only=True, slots=True)
class StepTask:
    """Which step of which school, with which arguments (ids and dates, as text)."""

    school: SchoolId
    step: Step
    arguments: Mapping[str, str] = field(default_factory=dict)


def step_payload(task: StepTask) -> bytes:
    """Return the bytes of a task."""
    return json.dumps({"school": task.school, "step": task.step, "arguments": dict(task.arguments)}).encode()


def step_message(task: StepTask, *, idempotency_key: str | None = None) -> NewMessage:
    """Return the message that starts a task; runs of one step of one school and source never overlap."""
    return NewMessage(
        destination=DESTINATION,
        kind=task.step,
        payload=step_payload(task),
        content_type="application/json",
        ordering_key=step_lane(task),
        idempotency_key=idempotency_key,
        correlation=f"{task.school} {task.step}",
        owner=task.school,
    )


def step_lane(task: StepTask) -> str:
    """Return the ordering key of a task; what is about one source alone does not wait for the others."""
    return "/".join(part for part in (task.school, task.step, task.arguments.get("source", "")) if part)


def read_step_task(payload: bytes) -> StepTask:
    """Return the task of a message's bytes.

    Raises:
        PermanentError: the bytes are not a task (``step.unreadable``).
    """
    try:
        content = json.loads(payload)
        return StepTask(
            school=SchoolId(content["school"]), step=Step(content["step"]), arguments=dict(content["arguments"])
        )
    except (ValueError, KeyError, TypeError) as error:
        raise PermanentError(
            "step.unreadable",
            Text(ru="Задание шага не читается.", en="The task of the step cannot be read."),
        ) from error


RunStep = Callable[[StepTask, str], object]
"""Runs one step's flow for a task; the text is the id of the message that caused it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StepHandler:
    """Runs the flow of a task. A flow that ends keeps its own record of the run; one that fails gets one here."""

    runs: Mapping[Step, RunStep]
    units: Callable[[SchoolId], Units[Unit]]
    clock: Clock

    def __call__(self, message: Message) -> Outcome:
        """Handle one message."""
        started = self.clock()
        try:
            task = read_step_task(message.payload)
        except PermanentError as error:
            return outcome_of(error)
        try:
            self.runs[task.step](task, message.id)
        except GatewayError as error:
            run = StepRun(
                id=message.id,
                step=task.step,
                started_at=started,
                finished_at=self.clock(),
                outcome=StepOutcome.FAILED,
                error=error.code,
                message=message.id,
            )
            with self.units(task.school)() as unit:
                unit.steps.add(run)
            return outcome_of(error)
        return Delivered()
