"""The console at ``/console`` for coordinator, deputies and director. Server-rendered, works without scripts."""

from __future__ import annotations

from flask import Blueprint
from flask.blueprints import BlueprintSetupState
from jinja2 import StrictUndefined

from gateway.web.console.archive_pages import ArchivePages
from gateway.web.console.batch_pages import BatchPages
from gateway.web.console.comparison_pages import ComparisonPages
from gateway.web.console.error_page import error_page
from gateway.web.console.export_pages import ExportPages
from gateway.web.console.presentation import Presentation
from gateway.web.console.queue_pages import QueuePages
from gateway.web.console.roster_pages import RosterPages
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import Sessions
from gateway.web.console.step_pages import StepPages
from gateway.web.errors import PAGES, is_page

__all__ = ["ConsoleServices", "console_blueprint", "error_page"]


def console_blueprint(services: ConsoleServices) -> Blueprint:
    """Return the console's pages; every one of them but the sign-in asks for a session first."""
    console = Blueprint("console", __name__, url_prefix=PAGES, template_folder="templates", static_folder="static")
    presentation = Presentation(services)
    _add_session_pages(console, Sessions(services))
    _add_work_pages(console, services, presentation)
    _add_record_pages(console, services, presentation)
    # Also for pages of addresses that no route knows: those belong to no blueprint.
    console.app_context_processor(lambda: presentation.context() if is_page() else {})
    console.record_once(_be_strict)
    return console


def _add_session_pages(console: Blueprint, sessions: Sessions) -> None:
    both = ["GET", "POST"]
    console.before_request(sessions.guard)
    console.add_url_rule("/sign-in", "sign_in", sessions.sign_in, methods=both)
    console.add_url_rule("/sign-out", "sign_out", sessions.sign_out, methods=["POST"])
    console.add_url_rule("/password", "change_password", sessions.change_password, methods=both)
    console.add_url_rule("/language", "language", sessions.choose_language)


def _add_work_pages(console: Blueprint, services: ConsoleServices, presentation: Presentation) -> None:
    steps, queue = StepPages(services, presentation), QueuePages(services, presentation)
    console.add_url_rule("", "overview", steps.overview, strict_slashes=False)
    console.add_url_rule("/runs", "runs", steps.runs)
    console.add_url_rule("/queue", "queue", queue.messages)
    console.add_url_rule("/queue/<message_id>", "message", queue.message)
    console.add_url_rule("/queue/<message_id>/decision", "decide", queue.decide, methods=["POST"])


def _add_record_pages(console: Blueprint, services: ConsoleServices, presentation: Presentation) -> None:
    roster, batches = RosterPages(services, presentation), BatchPages(services, presentation)
    compared, exports = ComparisonPages(services, presentation), ExportPages(services, presentation)
    archive = ArchivePages(services, presentation)
    console.add_url_rule("/roster", "plans", roster.plans)
    console.add_url_rule("/roster/<plan_id>", "plan", roster.plan)
    console.add_url_rule("/roster/<plan_id>/decision", "decide_plan", roster.decide, methods=["POST"])
    console.add_url_rule("/batches", "batches", batches.batches)
    console.add_url_rule("/batch", "batch", batches.batch)
    console.add_url_rule("/comparisons", "comparisons", compared.comparisons)
    console.add_url_rule("/comparisons/<comparison_id>", "comparison", compared.comparison)
    console.add_url_rule("/exports", "exports", exports.packages)
    console.add_url_rule("/exports/<package_id>", "package", exports.package)
    console.add_url_rule("/archive", "archive", archive.registry)
    console.add_url_rule("/archive/<entry_id>", "archive_entry", archive.entry)
    console.add_url_rule("/archive/<entry_id>/file", "archive_file", archive.file)
    console.add_url_rule("/archive/<entry_id>/signature", "archive_signature", archive.signature)


def _be_strict(state: BlueprintSetupState) -> None:
    """Let an unknown word in a template stop the page instead of leaving a hole in it."""
    state.app.jinja_env.undefined = StrictUndefined
