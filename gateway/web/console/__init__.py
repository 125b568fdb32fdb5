"""The console at ``/console`` for coordinator, deputies and director. Server-rendered, works without scripts."""

from __future__ import annotations

from flask import Blueprint
from flask.blueprints import BlueprintSetupState
from jinja2 import StrictUndefined

from gateway.web.console.archive_pages import ArchivePages
from gateway.web.console.audit_pages import AuditPages
from gateway.web.console.batch_pages import BatchPages
from gateway.web.console.cause_pages import CausePages
from gateway.web.console.comparison_pages import ComparisonPages
from gateway.web.console.correction_pages import CorrectionPages
from gateway.web.console.deadline_pages import DeadlinePages
from gateway.web.console.destination_pages import DestinationPages
from gateway.web.console.error_page import error_page
from gateway.web.console.export_pages import ExportPages
from gateway.web.console.incident_pages import IncidentPages
from gateway.web.console.journal_pages import JournalPages
from gateway.web.console.lane_pages import LanePages
from gateway.web.console.look_pages import LookPages
from gateway.web.console.match_pages import MatchPages
from gateway.web.console.merge_pages import MergePages
from gateway.web.console.movement_pages import MovementPages
from gateway.web.console.outage_pages import OutagePages
from gateway.web.console.people_pages import PeoplePages
from gateway.web.console.policy_pages import PolicyPages
from gateway.web.console.presentation import Presentation
from gateway.web.console.program_pages import ProgramPages
from gateway.web.console.quarantine_pages import QuarantinePages
from gateway.web.console.queue_pages import QueuePages
from gateway.web.console.readiness_pages import ReadinessPages
from gateway.web.console.rollover_pages import RollOverPages
from gateway.web.console.roster_day_pages import RosterDayPages
from gateway.web.console.roster_lock_pages import RosterLockPages
from gateway.web.console.roster_pages import RosterPages
from gateway.web.console.roster_run_pages import RosterRunPages
from gateway.web.console.roster_upload_pages import RosterUploadPages
from gateway.web.console.same_person_pages import SamePersonPages
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import Sessions
from gateway.web.console.step_pages import StepPages
from gateway.web.console.submission_pages import SubmissionPages
from gateway.web.errors import PAGES, is_page

__all__ = ["ConsoleServices", "console_blueprint", "error_page"]


def console_blueprint(services: ConsoleServices) -> Blueprint:
    """Return the console's pages; every one of them but the sign-in asks for a session first."""
    console = Blueprint("console", __name__, url_prefix=PAGES, template_folder="templates", static_folder="static")
    presentation = Presentation(services)
    _add_session_pages(console, Sessions(services))
    _add_work_pages(console, services, presentation)
    _add_queue_pages(console, services, presentation)
    _add_record_pages(console, services, presentation)
    _add_upload_pages(console, services, presentation)
    _add_duty_pages(console, services, presentation)
    _add_oversight_pages(console, services, presentation)
    _add_journal_pages(console, services, presentation)
    _add_access_pages(console, services, presentation)
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
    steps = StepPages(services, presentation)
    console.add_url_rule("", "overview", steps.overview, strict_slashes=False)
    console.add_url_rule("/runs", "runs", steps.runs)


def _add_queue_pages(console: Blueprint, services: ConsoleServices, presentation: Presentation) -> None:
    queue, causes = QueuePages(services, presentation), CausePages(services, presentation)
    lanes, destinations = LanePages(services, presentation), DestinationPages(services, presentation)
    post = ["POST"]
    console.add_url_rule("/destinations", "destinations", destinations.destinations)
    console.add_url_rule("/destinations/decision", "decide_everything", destinations.decide_everything, methods=post)
    console.add_url_rule("/destinations/<name>/decision", "decide_destination", destinations.decide, methods=post)
    console.add_url_rule("/causes", "causes", causes.causes)
    console.add_url_rule("/causes/<number>", "cause", causes.cause)
    console.add_url_rule("/causes/<number>/decision", "decide_cause", causes.decide, methods=post)
    console.add_url_rule("/lanes", "lanes", lanes.lanes)
    console.add_url_rule("/lane", "lane", lanes.lane)
    console.add_url_rule("/lane/decision", "decide_lane", lanes.decide, methods=post)
    console.add_url_rule("/queue", "queue", queue.messages)
    console.add_url_rule("/queue/<message_id>", "message", queue.message)
    console.add_url_rule("/queue/<message_id>/decision", "decide", queue.decide, methods=post)


def _add_record_pages(console: Blueprint, services: ConsoleServices, presentation: Presentation) -> None:
    roster, batches = RosterPages(services, presentation), BatchPages(services, presentation)
    compared, exports = ComparisonPages(services, presentation), ExportPages(services, presentation)
    archive = ArchivePages(services, presentation)
    console.add_url_rule("/roster", "plans", roster.plans)
    console.add_url_rule("/roster/<plan_id>", "plan", roster.plan)
    console.add_url_rule("/roster/<plan_id>/decision", "decide_plan", roster.decide, methods=["POST"])
    roster_runs, quarantine = RosterRunPages(services, presentation), QuarantinePages(services, presentation)
    matching = MatchPages(services, presentation)
    console.add_url_rule("/roster-matches", "match_cases", matching.cases)
    console.add_url_rule("/roster-matches/decision", "decide_matches", matching.decide_many, methods=["POST"])
    console.add_url_rule("/roster-matches/<case_id>", "match_case", matching.case)
    console.add_url_rule("/roster-matches/<case_id>/decision", "decide_match", matching.decide, methods=["POST"])
    doubles = SamePersonPages(services, presentation)
    console.add_url_rule("/same-person", "same_person", doubles.pairs)
    console.add_url_rule("/same-person/decision", "decide_same_person", doubles.decide, methods=["POST"])
    merging, movement = MergePages(services, presentation), MovementPages(services, presentation)
    console.add_url_rule("/people-merges", "merges", merging.merges)
    console.add_url_rule("/people-merges/new", "new_merge", merging.new, methods=["GET", "POST"])
    console.add_url_rule("/people-merges/<merge_id>", "merge", merging.merge)
    console.add_url_rule("/people-merges/<merge_id>/undo", "undo_merge", merging.undo, methods=["POST"])
    console.add_url_rule("/movement-book", "movement_report", movement.report)
    console.add_url_rule("/movement-book/entries", "movement_book", movement.book)
    turning = RollOverPages(services, presentation)
    console.add_url_rule("/year-end", "year_end", turning.year_end)
    console.add_url_rule("/year-end/decision", "decide_year_end", turning.decide, methods=["POST"])
    console.add_url_rule("/year-end/settling", "settle_year_end", turning.settle, methods=["POST"])
    days, locks = RosterDayPages(services), RosterLockPages(services, presentation)
    console.add_url_rule("/roster-today", "roster_today", days.today)
    console.add_url_rule("/roster-missing", "roster_missing", days.missing)
    console.add_url_rule("/roster-locks", "roster_locks", locks.locks)
    console.add_url_rule("/roster-locks/decision", "decide_roster_lock", locks.decide, methods=["POST"])
    console.add_url_rule("/roster-runs", "roster_runs", roster_runs.runs)
    console.add_url_rule("/roster-runs/<run_id>", "roster_run", roster_runs.run)
    console.add_url_rule("/quarantine", "quarantine", quarantine.quarantine)
    console.add_url_rule("/quarantine/<record_id>", "quarantined_record", quarantine.record)
    console.add_url_rule("/roster-records/<kind_name>/<path:key>", "roster_record", quarantine.roster_record)
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


def _add_upload_pages(console: Blueprint, services: ConsoleServices, presentation: Presentation) -> None:
    uploads = RosterUploadPages(services, presentation)
    console.add_url_rule("/roster-upload", "roster_upload", uploads.bring, methods=["GET", "POST"])
    console.add_url_rule("/roster-upload/<upload_id>", "waiting_upload", uploads.look)
    console.add_url_rule("/roster-upload/<upload_id>/columns", "upload_columns", uploads.columns, methods=["POST"])
    console.add_url_rule("/roster-upload/<upload_id>/decision", "decide_upload", uploads.decide, methods=["POST"])


def _add_journal_pages(console: Blueprint, services: ConsoleServices, presentation: Presentation) -> None:
    journal, audit = JournalPages(services, presentation), AuditPages(services, presentation)
    looks = LookPages(services, presentation)
    console.add_url_rule("/journal", "journal", journal.journal)
    console.add_url_rule("/journal/<kind_label>", "records", journal.records)
    console.add_url_rule("/journal/<kind_label>/<path:key>", "record", journal.record)
    console.add_url_rule("/audit", "audit", audit.entries)
    console.add_url_rule("/audit/<sequence>", "audit_entry", audit.entry)
    console.add_url_rule("/audit/check", "audit_check", audit.check, methods=["POST"])
    console.add_url_rule("/looks", "looks", looks.looks)


def _add_access_pages(console: Blueprint, services: ConsoleServices, presentation: Presentation) -> None:
    people, programs = PeoplePages(services, presentation), ProgramPages(services, presentation)
    both = ["GET", "POST"]
    console.add_url_rule("/people", "people", people.people)
    console.add_url_rule("/new-person", "new_person", people.new, methods=both)
    console.add_url_rule("/person", "person", people.person)
    console.add_url_rule("/person/decision", "decide_person", people.decide, methods=["POST"])
    console.add_url_rule("/programs", "programs", programs.programs)
    console.add_url_rule("/new-program", "new_program", programs.new, methods=both)
    console.add_url_rule("/programs/<client_id>", "program", programs.program)
    console.add_url_rule("/programs/<client_id>/decision", "decide_program", programs.decide, methods=["POST"])


def _add_duty_pages(console: Blueprint, services: ConsoleServices, presentation: Presentation) -> None:
    deadlines, readiness = DeadlinePages(services, presentation), ReadinessPages(services, presentation)
    policy, outages = PolicyPages(services, presentation), OutagePages(services, presentation)
    console.add_url_rule("/deadlines", "deadlines", deadlines.deadlines)
    console.add_url_rule("/deadlines/fill", "daily_fill", deadlines.daily_fill)
    console.add_url_rule("/readiness", "readiness", readiness.readiness)
    console.add_url_rule("/policy", "policy", policy.policy)
    console.add_url_rule("/policy/<setting>", "policy_setting", policy.setting)
    console.add_url_rule("/policy/<setting>/decision", "decide_policy", policy.decide, methods=["POST"])
    console.add_url_rule("/outages", "outages", outages.outages)
    console.add_url_rule("/outages/new", "begin_outage", outages.begin, methods=["POST"])
    console.add_url_rule("/outages/<outage_id>/end", "end_outage", outages.end, methods=["POST"])


def _add_oversight_pages(console: Blueprint, services: ConsoleServices, presentation: Presentation) -> None:
    incidents, corrections = IncidentPages(services, presentation), CorrectionPages(services, presentation)
    submissions = SubmissionPages(services, presentation)
    both = ["GET", "POST"]
    console.add_url_rule("/incidents", "incidents", incidents.incidents)
    console.add_url_rule("/incidents/new", "report_incident", incidents.report, methods=both)
    console.add_url_rule("/incidents/<incident_id>", "incident", incidents.incident)
    console.add_url_rule("/incidents/<incident_id>/moments", "note_incident", incidents.note, methods=["POST"])
    console.add_url_rule("/incidents/<incident_id>/settlement", "settlement", incidents.settlement, methods=both)
    console.add_url_rule("/incidents/<incident_id>/effects", "decide_effect", incidents.decide_effect, methods=["POST"])
    console.add_url_rule("/grade-submissions", "grade_submissions", submissions.submissions)
    console.add_url_rule(
        "/grade-submissions/<submission_id>", "decide_grade_submission", submissions.decide, methods=["POST"]
    )
    console.add_url_rule("/corrections", "corrections", corrections.corrections)
    console.add_url_rule("/corrections/new", "request_correction", corrections.request, methods=both)
    console.add_url_rule("/corrections/<correction_id>", "correction", corrections.correction)
    console.add_url_rule(
        "/corrections/<correction_id>/decision", "decide_correction", corrections.decide, methods=["POST"]
    )


def _be_strict(state: BlueprintSetupState) -> None:
    """Let an unknown word in a template stop the page instead of leaving a hole in it."""
    state.app.jinja_env.undefined = StrictUndefined
