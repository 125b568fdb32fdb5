"""Who is logged in at the platform: cookies, one-shot salts, the lock after three failures, the idle time-out.

After ``platforms.md`` 1.1 and 1.2 (confirmed on the wire): ``pw2 = md5(salt + md5(password in cp1251))``, and ``pw``
is its beginning, as long as the password.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from threading import Lock

BAD_CREDENTIALS = "Неправильный пароль или имя пользователя"
LOCKED = "Вы совершили 3 неудачные попытки входа. Следующая попытка может быть совершена не ранее чем через минуту"

_FAILURES_BEFORE_LOCK = 3
_LOCK = timedelta(seconds=60)
_TOKEN_DIGITS = 26


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """Somebody who may log in."""

    login: str
    password: str = field(repr=False)
    name: str = field(repr=False)
    user_id: int = 5001


@dataclass(frozen=True, kw_only=True, slots=True)
class Salt:
    """What ``auth/getdata`` gives: three strings of digits, good for one attempt."""

    lt: str
    ver: str
    salt: str = field(repr=False)


@dataclass(kw_only=True, slots=True)
class Session:
    """What the server remembers beside a cookie."""

    cookie: str
    salt: Salt | None = None
    token: str = field(default="", repr=False)
    last_seen: datetime | None = None


class RefusedError(Exception):
    """A log-in that is refused with 409 and a message, which may be empty."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Sessions:
    """Sessions of one server with one account. Safe for several threads."""

    def __init__(self, account: Account, *, clock: Callable[[], datetime], random: Random, idle: timedelta) -> None:
        self.account = account
        self.idle = idle
        self._clock = clock
        self._random = random
        self._sessions: dict[str, Session] = {}
        self._failures = 0
        self._locked_until: datetime | None = None
        self._lock = Lock()

    def at_cookie(self, cookie: str | None) -> Session:
        """Return the session of a cookie, a new one for a cookie that is missing or unknown."""
        with self._lock:
            if cookie not in self._sessions:
                cookie = f"{self._random.getrandbits(128):032x}"
                self._sessions[cookie] = Session(cookie=cookie)
            return self._sessions[cookie]

    def salted(self, session: Session) -> Salt:
        """Give the session a new salt; the one before it is worth nothing any more."""
        with self._lock:
            session.salt = Salt(lt=self._digits(10), ver=self._digits(9), salt=self._digits(10))
            return session.salt

    def log_in(self, session: Session, form: Mapping[str, str]) -> str:
        """Return the token of a log-in.

        Raises:
            RefusedError: the salt is spent, the account is locked, or the credentials are wrong.
        """
        with self._lock:
            salt, session.salt = session.salt, None
            if salt is None or (form.get("lt"), form.get("ver")) != (salt.lt, salt.ver):
                raise RefusedError("")
            self._refuse_if_locked()
            if not self._proves_password(form, salt):
                self._count_failure()
                raise RefusedError(BAD_CREDENTIALS)
            self._failures = 0
            session.token, session.last_seen = self._digits(_TOKEN_DIGITS), self._clock()
            return session.token

    def is_live(self, cookie: str | None, token: str | None) -> bool:
        """Tell whether the cookie's session is logged in with the token, and if so keep it alive."""
        with self._lock:
            session = self._sessions.get(cookie or "")
            if session is None or not token or session.token != token or self._is_idle(session):
                return False
            session.last_seen = self._clock()
            return True

    def has_expired(self, token: str) -> bool:
        """Tell whether a token is good for nothing (any more); does not keep it alive."""
        with self._lock:
            return not any(
                one.token == token and not self._is_idle(one) for one in self._sessions.values() if one.token
            )

    def log_out(self, cookie: str | None) -> None:
        """Forget a session; may be asked for twice."""
        with self._lock:
            self._sessions.pop(cookie or "", None)

    def _refuse_if_locked(self) -> None:
        if self._locked_until is None:
            return
        if self._clock() < self._locked_until:
            raise RefusedError(LOCKED)
        self._locked_until, self._failures = None, 0

    def _count_failure(self) -> None:
        self._failures += 1
        if self._failures == _FAILURES_BEFORE_LOCK:
            self._locked_until = self._clock() + _LOCK
            raise RefusedError(LOCKED)

    def _proves_password(self, form: Mapping[str, str], salt: Salt) -> bool:
        proof = _md5(salt.salt + _md5(self.account.password))
        return (
            form.get("un", "").casefold() == self.account.login.casefold()
            and hmac.compare_digest(form.get("pw2", "").encode(), proof.encode())
            and hmac.compare_digest(form.get("pw", "").encode(), proof[: len(self.account.password)].encode())
        )

    def _is_idle(self, session: Session) -> bool:
        return session.last_seen is None or self._clock() - session.last_seen > self.idle

    def _digits(self, count: int) -> str:
        return "".join(self._random.choices("0123456789", k=count))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode("cp1251"), usedforsecurity=False).hexdigest()
