"""The words of the rows on archive, audit, calendar, security and exchange that faults cite beside the journal's."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.errors import Text

SYSTEM_CLAUSES: Mapping[str, Text] = MappingProxyType(
    {
        "R-ARCH-01": Text(
            ru="Журналы успеваемости хранятся 5 лет.",
            en="Performance journals are kept for 5 years.",
        ),
        "R-ARCH-09": Text(
            ru="По окончании итогового периода создаются архивные копии в формате PDF.",
            en="At the end of the final period archival copies are made as PDF.",
        ),
        "R-ARCH-10": Text(
            ru="Имя файла копии: год_период_класс.pdf.",
            en="The name of a copy: year_period_class.pdf.",
        ),
        "R-ARCH-11": Text(
            ru="Электронные копии подписываются электронной подписью директора.",
            en="Electronic copies are signed with the director's electronic signature.",
        ),
        "R-ARCH-16": Text(
            ru="Архив хранится с контролем целостности и достоверности весь срок.",
            en="The archive is kept under control of integrity and authenticity for its whole term.",
        ),
        "R-ARCH-21": Text(
            ru="Подлинность хранимых сведений обеспечивается по правилам документооборота.",
            en="The authenticity of what is stored follows the rules of electronic documents.",
        ),
        "R-ARCH-28": Text(
            ru="Архивная копия есть для каждого класса и каждой группы.",
            en="There is an archival copy for every class and group.",
        ),
        "R-AUD-01": Text(
            ru="Действия по вводу и изменению сведений регистрируются со временем и авторством.",
            en="Actions that enter or change information are logged with time and author.",
        ),
        "R-AUD-02": Text(
            ru="Каждое исправление сохраняет прежнее значение.",
            en="Every correction keeps the previous value.",
        ),
        "R-AUD-03": Text(
            ru="Исправления вносятся по регламенту школы, с причиной и утверждением.",
            en="Corrections follow the school's regulation, with a reason and an approval.",
        ),
        "R-AUD-04": Text(
            ru="По сообщению об ошибке исправление – в течение 1 дня, с ответом сообщившему.",
            en="An error reported is corrected within 1 day, and the reporter is told.",
        ),
        "R-AUD-05": Text(
            ru="Сведения об отсутствии остаются, хотя отметка поставлена по протоколу.",
            en="The absence stays recorded although a mark was put by protocol.",
        ),
        "R-AUD-06": Text(
            ru="Ознакомление родителя фиксируется.",
            en="A parent's acquaintance is recorded.",
        ),
        "R-CAL-08": Text(
            ru="Бумажные выписки родителям без доступа – еженедельно.",
            en="Paper slips for parents without access: weekly.",
        ),
        "R-CAL-09": Text(
            ru="Контроль заместителя и директора и сверка анкетных данных – ежемесячно.",
            en="Control by deputy and director and verification of personal data: monthly.",
        ),
        "R-CAL-16": Text(
            ru="Сводные ведомости сдаются до 1 июля.",
            en="Summary sheets are handed in before 1 July.",
        ),
        "R-CAL-18": Text(
            ru="Журналы могут быть уничтожены не раньше чем через 5 лет.",
            en="Journals may be disposed of after 5 years at the earliest.",
        ),
        "R-CAL-19": Text(
            ru="Сводные ведомости могут быть уничтожены не раньше чем через 25 лет.",
            en="Summary sheets may be disposed of after 25 years at the earliest.",
        ),
        "R-EXCH-01": Text(
            ru="Обмен с другими системами идёт в стандартных форматах.",
            en="Data are exchanged with other systems in standard formats.",
        ),
        "R-EXCH-04": Text(
            ru="Внешние массивы данных импортируются с проверкой.",
            en="External data arrays are imported with validation.",
        ),
        "R-ROLE-26": Text(
            ru="Сведения об учениках доступны только работникам, участвующим в образовательном процессе.",
            en="Information about pupils is available only to employees who take part in education.",
        ),
        "R-SEC-01": Text(
            ru="Средства авторизации и аутентификации разграничивают права доступа.",
            en="Authorisation and authentication separate access rights.",
        ),
        "R-SEC-02": Text(
            ru="Передавать личные логины и пароли другим лицам запрещено.",
            en="Personal logins and passwords may not be passed to others.",
        ),
        "R-SEC-04": Text(
            ru="О нарушении конфиденциальности доступа сообщают не позднее 1 рабочего дня.",
            en="A breach of access confidentiality is reported within 1 working day.",
        ),
        "R-SEC-05": Text(
            ru="Операции после уведомления о нарушении недействительны.",
            en="Operations after the notification of a breach are void.",
        ),
        "R-SEC-06": Text(
            ru="Соблюдается законодательство о персональных данных.",
            en="The law on personal data is observed.",
        ),
        "R-SEC-07": Text(
            ru="Система защищена от несанкционированного доступа.",
            en="The system is protected against unauthorised access.",
        ),
        "R-SEC-09": Text(
            ru="Работа ведётся только под индивидуальными логином и паролем.",
            en="Work is done only under an individual login and password.",
        ),
        "R-SEC-10": Text(
            ru="Сведения о здоровье обрабатываются с ограничением доступа.",
            en="Data on health are handled with restricted access.",
        ),
    }
)
