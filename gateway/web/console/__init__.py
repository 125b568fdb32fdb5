"""The console at ``/console`` for coordinator, deputies and director. Server-rendered, works without scripts."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, request
from jinja2 import StrictUndefined

from gateway.errors import Text
from gateway.web.console import words
from gateway.web.console.queue_pages import QueuePages
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import OPERATORS, Sessions, form_token, language
from gateway.web.console.step_pages import StepPages
from outbox import State

__all__ = ["ConsoleServices", "console_blueprint"]


def console_blueprint(services: ConsoleServices) -> Blueprint:
    """Return the console's pages; every one of them but the sign-in asks for a session first."""
    console = Blueprint("console", __name__, url_prefix="/console", template_folder="templates", static_folder="static")
    sessions, queue, steps = Sessions(services), QueuePages(services), StepPages(services)
    both = ["GET", "POST"]
    console.before_request(sessions.guard)
    console.add_url_rule("/sign-in", "sign_in", sessions.sign_in, methods=both)
    console.add_url_rule("/sign-out", "sign_out", sessions.sign_out, methods=["POST"])
    console.add_url_rule("/password", "change_password", sessions.change_password, methods=both)
    console.add_url_rule("/language", "language", sessions.choose_language)
    console.add_url_rule("", "overview", steps.overview, strict_slashes=False)
    console.add_url_rule("/runs", "runs", steps.runs)
    console.add_url_rule("/queue", "queue", queue.messages)
    console.add_url_rule("/queue/<message_id>", "message", queue.message)
    console.add_url_rule("/queue/<message_id>/decision", "decide", queue.decide, methods=["POST"])
    console.app_context_processor(lambda: _page_words(services) if request.blueprint == "console" else {})
    console.record_once(lambda state: state.app.jinja_env.__setattr__("undefined", StrictUndefined))
    return console


def _page_words(services: ConsoleServices) -> dict[str, object]:
    """Return what every template may use: words in the page's language, times in the school's zone."""
    chosen = language()

    def say(text: Text) -> str:
        return text.in_language(chosen)

    def clock(moment: datetime) -> str:
        return moment.astimezone(services.zone).strftime("%d.%m.%Y %H:%M:%S")

    def word(name: str) -> str:
        return say(words.WORDS[name])

    return {
        "lang": chosen,
        "word": word,
        "say": say,
        "clock": clock,
        "form_token": form_token,
        "words": words,
        "operators": OPERATORS,
        "states": list(State),
    }
