"""The platform's answers about school, year, account and kinds of work (``platforms.md`` 1.1 to 1.4)."""

from __future__ import annotations

from datetime import date, timedelta

from gateway.model.grading import WorkKind
from gateway.model.school import PeriodKind
from gateway.sandbox.netschool.class_journal import SchoolSetting
from gateway.sandbox.netschool.sessions import Account

VERSION = "5.47.0"
SCHOOL_NUMBER = 101
CLASS_NUMBER = 301
HOMEWORK_TYPE = 3

_PRODUCT = "Сетевой город. Образование"
_STAFF_ROLE = "Классный руководитель"
_TYPES = {
    1: ("Практическая работа", "ПР"),
    HOMEWORK_TYPE: ("Домашнее задание", "ДЗ"),
    4: ("Контрольная работа", "КР"),
    5: ("Самостоятельная работа", "СР"),
    6: ("Лабораторная работа", "ЛР"),
    8: ("Диктант", "Д"),
    10: ("Ответ на уроке", "О"),
    11: ("Сочинение", "С"),
    14: ("Тестирование", "Т"),
    22: ("Работа в тетради", "РТ"),
}
TYPE_OF_WORK = {
    WorkKind.ORAL: 10,
    WorkKind.WRITTEN: 5,
    WorkKind.CONTROL: 4,
    WorkKind.ESSAY: 11,
    WorkKind.PRACTICAL: 1,
    WorkKind.TEST: 14,
    WorkKind.HOMEWORK: 22,
}
"""The type a mark is shown under. Type 3 carries the text of homework, so a mark for homework goes to the notebook."""


def midnight(day: date) -> str:
    """Write a day as the platform does: a datetime without offset, exactly ``YYYY-MM-DDT00:00:00``."""
    return f"{day.isoformat()}T00:00:00"


def login_data() -> dict[str, object]:
    """Answer ``logindata``."""
    return {
        "productName": _PRODUCT,
        "version": VERSION,
        "schoolLogin": True,
        "emLogin": False,
        "esiaLogin": False,
        "esiaLoginPage": "/webapi/sso/esia/crosslogin",
        "esiaMainAuth": False,
        "esiaButton": False,
        "signatureLogin": False,
        "cacheVer": VERSION,
        "windowsAuth": False,
        "enableSms": False,
        "esaLogin": False,
        "esaLoginPage": "",
    }


def schools_found(setting: SchoolSetting, name: str) -> list[dict[str, object]]:
    """Answer ``schools/search``: the schools whose name contains the text, all for an empty one."""
    if name.casefold() not in setting.school.name.casefold():
        return []
    return [
        {
            "id": SCHOOL_NUMBER,
            "name": setting.school.name,
            "shortName": setting.school.name,
            "addressString": "",
            "address": "",
            "inn": "",
            "ogrn": "",
            "provinceId": -1,
            "cityId": 1,
        }
    ]


def logged_in(setting: SchoolSetting, account: Account, token: str, idle: timedelta) -> dict[str, object]:
    """Answer ``login``."""
    organization = {"id": SCHOOL_NUMBER, "name": setting.school.name}
    role = {"userId": account.user_id, "schoolId": SCHOOL_NUMBER, "role": {"id": 5, "name": _STAFF_ROLE}}
    return {
        "at": token,
        "code": None,
        "timeOut": int(idle / timedelta(milliseconds=1)),
        "accessToken": "",
        "refreshToken": None,
        "tokenType": "Bearer",
        "accountInfo": {
            "activeToken": token,
            "secureActiveToken": "",
            "currentOrganization": organization,
            "user": {"id": account.user_id, "name": account.name},
            "userRoles": [role],
            "organizations": [organization],
            "active": True,
            "canLogin": True,
            "storeTokens": True,
            "accessToken": "",
        },
        "entryPoint": "/asp/SecurityWarning.asp",
        "requestData": {"warnType": "1"},
        "errorMessage": None,
    }


def context(setting: SchoolSetting, account: Account, token: str) -> dict[str, object]:
    """Answer ``context``."""
    year = school_year(setting)
    return {
        "at": token,
        "user": {"id": account.user_id, "name": account.name},
        "userId": account.user_id,
        "emId": None,
        "roles": [_STAFF_ROLE],
        "rights": [],
        "version": VERSION,
        "schoolId": SCHOOL_NUMBER,
        "funcType": 2,
        "dateFormat": "d.m.yy",
        "timeFormat": "HH:mm",
        "schoolyear": {**year, "closed": False, "schoolId": SCHOOL_NUMBER},
        "schoolYearId": year["id"],
        "globalYearId": setting.year,
        "userLanguage": "ru",
        "organization": {"id": SCHOOL_NUMBER, "name": setting.school.name},
        "organizationName": setting.school.name,
        "productName": _PRODUCT,
        "versionDate": midnight(date(setting.year, 8, 1)),
    }


def school_year(setting: SchoolSetting) -> dict[str, object]:
    """Answer ``years/current``."""
    whole = [period for period in setting.periods if period.kind is PeriodKind.YEAR] or list(setting.periods)
    name = f"{setting.year}/{setting.year + 1}"
    dates = {
        "startDate": midnight(min(period.start for period in whole)),
        "endDate": midnight(max(period.end for period in whole)),
    }
    return {
        "id": year_number(setting),
        "name": name,
        **dates,
        "globalYear": {"id": setting.year, "name": name, **dates},
    }


def year_number(setting: SchoolSetting) -> int:
    """Return the platform's number of the school year."""
    return 10_000 + setting.year


def assignment_types() -> list[dict[str, object]]:
    """Answer ``grade/assignment/types``."""
    return [
        {"id": number, "name": name, "abbr": abbreviation, "order": order, "isActive": True}
        for order, (number, (name, abbreviation)) in enumerate(_TYPES.items(), start=1)
    ]
