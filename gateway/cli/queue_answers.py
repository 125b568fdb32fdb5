"""``gateway queue answer …``: what recipients say later about the content, entered by a person."""

from __future__ import annotations

import click

from gateway.cli.context import Session, command
from gateway.cli.output import Voice
from gateway.cli.queue_help import QueueGroup
from gateway.cli.queue_titles import answer, table
from gateway.cli.queue_words import destination_argument, reason_option, told
from gateway.errors import GatewayError, Text
from outbox import Answered


def add_to(queue: click.Group) -> None:
    """Add the commands."""
    queue.add_command(answers)


@click.group("answer", cls=QueueGroup)
def answers() -> None:
    """Answers about the content that came to a person instead of to the gateway."""


@command(answers, "accept")
@destination_argument
@click.argument("receipt")
@click.option("--acceptance", default=None, help="What the recipient gives as proof: the number of its letter.")
def accept(session: Session, voice: Voice, destination: str, receipt: str, acceptance: str | None) -> None:
    """Enter that the recipient has taken the content of what it had under a receipt."""
    with told():
        answered = session.gateway.desk.accept(destination, receipt, acceptance=acceptance)
    _entered(voice, destination, receipt, answered)


@command(answers, "reject")
@destination_argument
@click.argument("receipt")
@click.option("--code", default="rejected", show_default=True, help="Why, for filters.")
@reason_option
def reject(session: Session, voice: Voice, destination: str, receipt: str, code: str, reason: str) -> None:
    """Enter that the recipient has not taken the content of what it had under a receipt."""
    with told():
        answered = session.gateway.desk.reject(destination, receipt, code=code, reason=reason)
    _entered(voice, destination, receipt, answered)


def _entered(voice: Voice, destination: str, receipt: str, answered: Answered) -> None:
    """Answer what became of an answer, with a warning where it has changed no message."""
    answer(voice, {"ok": True, "answered": answered})
    if answered is Answered.UNKNOWN:
        voice.warning(
            GatewayError(
                "queue.unknown_receipt",
                Text(
                    ru=f"Ни одно сообщение не изменилось: квитанции «{receipt}» получателя «{destination}» нет. "
                    "Ответ записан и подождёт; проверьте номер («gateway queue show» у сообщения, «gateway queue "
                    "answer strays»).",
                    en=f"No message has changed: '{destination}' has given no receipt '{receipt}'. The answer is "
                    "kept and waits; check the number ('gateway queue show' of the message, 'gateway queue answer "
                    "strays').",
                ),
            )
        )
    elif answered is Answered.REPEATED:
        voice.warning(
            GatewayError(
                "queue.nothing_changed",
                Text(
                    ru=f"Ничего не изменилось: этот ответ по квитанции «{receipt}» уже записан.",
                    en=f"Nothing has changed: this answer under receipt '{receipt}' was here before.",
                ),
            )
        )


@command(answers, "strays")
def strays(session: Session, voice: Voice) -> None:
    """List answers whose message was not found, the latest first."""
    table(
        voice,
        ("destination", "receipt", "verdict", "at"),
        [(one.destination, one.receipt, one.verdict, one.at) for one in session.gateway.desk.strays()],
    )
