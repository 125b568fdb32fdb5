"""Who sits at the console: signing in and out, the guard before every page, the form token, the language.

The cookie holds the login and a random form token only, signed; role, lock and school are read afresh for every
request, so a disabled account is out at once (R-ROLE-26, R-SEC-01, R-SEC-07).
"""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta

from flask import Response, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.errors import Language, RuleViolation
from gateway.model.access import ConsoleUser
from gateway.web.console.refusals import form_stale, not_allowed
from gateway.web.console.rights import Right, may, may_open
from gateway.web.console.services import ConsoleServices
from gateway.web.console.words import WORDS
from gateway.web.errors import PAGES

IDLE = timedelta(minutes=30)
"""A console left alone for longer asks for the password again (R-SEC-11, R-ROLE-23)."""

PUBLIC = frozenset({"console.sign_in", "console.static", "console.language"})
BEFORE_OWN_PASSWORD = frozenset({"console.change_password", "console.sign_out"})

_LANGUAGE_COOKIE = "console_language"


def user() -> ConsoleUser:
    """Return who is signed in."""
    signed_in: ConsoleUser = g.console_user
    return signed_in


def require(right: Right) -> ConsoleUser:
    """Return who is signed in, or stop here if their role lacks a right.

    Raises:
        RequestRefused: ``console.not_allowed``.
    """
    if not may(user().role, right):
        raise not_allowed()
    return user()


def language() -> Language:
    """Return the language of the page: the one chosen, else what the browser asks for, else Russian."""
    chosen = request.cookies.get(_LANGUAGE_COOKIE)
    if chosen not in {"ru", "en"}:
        chosen = request.accept_languages.best_match(["ru", "en"], default="ru")
    return "en" if chosen == "en" else "ru"


def form_token() -> str:
    """Return the session's token that every form must send back."""
    if "form" not in session:
        session["form"] = secrets.token_urlsafe(24)
    return str(session["form"])


class Sessions:
    """The pages around signing in, and the guard."""

    def __init__(self, services: ConsoleServices) -> None:
        self._services = services

    def guard(self) -> AnyResponse | None:
        """Let a request through only with a session, and a form only with its token."""
        if request.endpoint == "console.static":
            return None
        session.permanent = True
        if not self._recognise():
            session.pop("login", None)
            if request.endpoint not in PUBLIC:
                return redirect(url_for("console.sign_in", next=request.full_path if request.method == "GET" else None))
        if request.method == "POST" and not _is_from_our_form():
            raise form_stale()
        if "console_user" in g and user().must_change and request.endpoint not in PUBLIC | BEFORE_OWN_PASSWORD:
            return redirect(url_for("console.change_password"))
        if "console_user" in g and not may_open(user().role, (request.endpoint or "").removeprefix("console.")):
            raise not_allowed()
        return None

    def sign_in(self) -> AnyResponse | str:
        """Show the form; let in who has the right password."""
        if request.method == "GET":
            return render_template("console/sign_in.html", failed=False, login="")
        login = request.form.get("login", "")
        known = self._services.users.sign_in(
            login, request.form.get("password", ""), address=request.remote_addr or "unknown"
        )
        if known is None:
            return Response(render_template("console/sign_in.html", failed=True, login=login), status=401)
        return self._enter(known)

    def sign_out(self) -> AnyResponse:
        """End every session of the person; a cookie that somebody kept opens nothing any more."""
        self._services.users.end_sessions(user())
        session.clear()
        return redirect(url_for("console.sign_in"))

    def change_password(self) -> AnyResponse | str:
        """Let the person choose a password; forced while the present one is a one-time password (R-PAR-15)."""
        if request.method == "GET":
            return render_template("console/change_password.html", problem=None)
        new = request.form.get("new", "")
        if new != request.form.get("again", ""):
            return _password_problem(WORDS["passwords_differ"].in_language(language()))
        try:
            changed = self._services.users.change_password(
                user().login,
                request.form.get("old", ""),
                new,
                accepts_rules="accepts_rules" in request.form,
                source=request.remote_addr or "",
            )
        except RuleViolation as error:
            return _password_problem(error.text.in_language(language()))
        if not changed:
            return _password_problem(WORDS["wrong_password"].in_language(language()))
        known = self._services.directory.user(user().login)
        return self._enter(known) if known else self.sign_out()

    def choose_language(self) -> AnyResponse:
        """Remember the language in a cookie and go back to the page."""
        answer = redirect(_local(request.args.get("next")))
        if request.args.get("to") in {"ru", "en"}:
            answer.set_cookie(
                _LANGUAGE_COOKIE,
                request.args["to"],
                max_age=365 * 86400,
                path=PAGES,
                httponly=True,
                samesite="Lax",
                secure=request.is_secure,
            )
        return answer

    def _recognise(self) -> bool:
        """Keep who is signed in for `user`; ``False`` if nobody is, or is no longer."""
        login = session.get("login")
        known = self._services.directory.user(login) if login else None
        if known is None or not known.opens_at(self._services.clock()) or session.get("stamp") != _stamp(known):
            return False
        g.console_user = known
        return True

    def _enter(self, known: ConsoleUser) -> AnyResponse:
        session.clear()
        session["login"] = known.login
        session["stamp"] = _stamp(known)
        form_token()
        return redirect(_local(request.args.get("next")))


def _is_from_our_form() -> bool:
    return hmac.compare_digest(request.form.get("form_token", "").encode(), form_token().encode())


def _stamp(known: ConsoleUser) -> str:
    """Ties a session to the password and the last signing out before it: changing either ends all others."""
    ended = known.sessions_ended_at.isoformat() if known.sessions_ended_at else ""
    return hmac.new(f"console session {ended}".encode(), known.password_hash.encode(), "sha256").hexdigest()[:16]


def _local(target: str | None) -> str:
    """Return the target if it stays inside the console: a link must not lead out through us."""
    if target and target.startswith((f"{PAGES}/", f"{PAGES}?")) and "\\" not in target and target.isprintable():
        return target
    return url_for("console.overview")


def _password_problem(problem: str) -> Response:
    return Response(render_template("console/change_password.html", problem=problem), status=422)
