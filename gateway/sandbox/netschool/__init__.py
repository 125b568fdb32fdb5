"""An emulator of a «Сетевой город. Образование»-style platform (SGO, NetSchool): its ``/webapi`` for diaries.

Faithful to the interface facts that are confirmed on the wire or published (``platforms.md`` 1): log-in with
a one-shot salt bound to a cookie, the lock after three failures, the ``at`` header, the exact forms of dates, the mark
without an id. Paths, form and query keys are case-insensitive.

What is **not** known to us, and therefore only ours here: what a live account of the school's staff sees in
``student/diary/init``. The emulator shows such an account every pupil of one class, as a parent is shown every child.
Also unknown: what ``nickName`` holds for a staff account (here the full name), and whether homework hangs on the lesson
at which it is set or for which it is due (here: set).

``class_journal`` is what the platform holds, ``planted`` the differences put into it on purpose, ``sessions`` the
log-in, ``answers`` and ``diary`` the JSON, ``emulator`` the addresses.
"""

from gateway.sandbox.netschool.class_journal import ClassJournal, SchoolSetting, class_journal
from gateway.sandbox.netschool.diary import CurrentStudent
from gateway.sandbox.netschool.emulator import netschool_emulator
from gateway.sandbox.netschool.planted import Planted, one_of_each_kind
from gateway.sandbox.netschool.sessions import Account

__all__ = [
    "Account",
    "ClassJournal",
    "CurrentStudent",
    "Planted",
    "SchoolSetting",
    "class_journal",
    "netschool_emulator",
    "one_of_each_kind",
]
