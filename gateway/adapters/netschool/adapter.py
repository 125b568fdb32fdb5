"""A class's week at the platform, as the port `PlatformJournal` wants it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.adapters.netschool import PLATFORM
from gateway.adapters.netschool.client import NetschoolClient
from gateway.adapters.netschool.refusals import contract_changed
from gateway.adapters.netschool.settings import NetschoolAccess
from gateway.errors import MappingError, Party, PermanentError, Text
from gateway.mapping.netschool import VisiblePupil, platform_pupil, visible_pupils, work_names
from gateway.model.platform_week import PlatformPupil, PlatformWeek

_TO_SATURDAY = timedelta(days=5)
_DIARY = "student/diary"


class NetschoolJournal:
    """Reads classes with one account of the platform; each reading is a session of its own."""

    platform = PLATFORM

    def __init__(self, access: NetschoolAccess, *, clock: Callable[[], datetime]) -> None:
        self._access = access
        self._clock = clock
        self._zone = ZoneInfo(access.zone)

    def class_week(self, class_name: str, monday: date) -> PlatformWeek:
        """Return what the platform shows of a class from that Monday to Saturday.

        Raises:
            ConfigurationError: the password cannot be sent to this platform.
            PermanentError: the account is refused, or sees nobody of the class (``netschool.class``).
            TransientError: the account is locked for a minute, or the platform is not available.
            ContractChanged: an answer is not what we know; the text names the place.
        """
        saturday = monday + _TO_SATURDAY
        with NetschoolClient(self._access, clock=self._clock) as client:
            visible = visible_pupils(client.get("student/diary/init", "diary-init"), class_name)
            if not visible:
                raise _nobody_visible()
            year = client.get("years/current", "year")["id"]
            works = work_names(client.get("grade/assignment/types", "assignment-types", {"all": "false"}))

            def lessons_of(pupil: VisiblePupil) -> PlatformPupil:
                query = {"studentId": pupil.number, "weekStart": str(monday), "weekEnd": str(saturday), "yearId": year}
                diary = client.get(_DIARY, "diary", query)
                return platform_pupil(pupil, diary, works, first=monday, last=saturday, zone=self._zone)

            try:
                return PlatformWeek(first=monday, last=saturday, pupils=tuple(lessons_of(one) for one in visible))
            except MappingError as error:
                raise contract_changed(_DIARY, place=error.faults[0].path, reason=error.text) from error


def _nobody_visible() -> PermanentError:
    return PermanentError(
        "netschool.class",
        Text(
            ru="Учётная запись шлюза не видит на платформе ни одного ученика этого класса.",
            en="The gateway's account sees no pupil of this class at the platform.",
        ),
        who=Party.COORDINATOR,
    )
