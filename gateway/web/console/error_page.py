"""What went wrong, on a page: what happened, what to do, who has to act."""

from __future__ import annotations

from flask import Response, render_template

from gateway.errors import Party
from gateway.web.console.words import ERROR_ADVICE, ERROR_TITLES, OTHER_ADVICE, OTHER_TITLE
from gateway.web.errors import Problem


def error_page(problem: Problem) -> Response:
    """Return the page that tells a problem; nothing in it comes from the exception's own text."""
    page = render_template(
        "console/error.html",
        problem=problem,
        title=ERROR_TITLES.get(problem.status, OTHER_TITLE),
        # A refusal of the console's own says in its text what to do; of Flask's own only the status is known.
        text=ERROR_ADVICE.get(problem.status, OTHER_ADVICE) if problem.code.startswith("http.") else problem.text,
        who=None if problem.who is Party.SENDER else problem.who,
    )
    return Response(page, status=problem.status)
