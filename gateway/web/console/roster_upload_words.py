"""Sentences and headings of the page on which lists are brought, in Russian and English (ADR 0005)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.errors import Text
from gateway.schemas.lists import ListKind

UPLOAD_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "roster_upload": Text(ru="Загрузить список", en="Upload a list"),
        "waiting_upload": Text(ru="Что изменит этот список", en="What this list would change"),
        "upload_hint": Text(
            ru="Сначала вы увидите, что изменится. До подтверждения в составе школы не меняется ничего.",
            en="First you see what would change. Until you confirm, nothing changes in the school's roster.",
        ),
        "upload_source": Text(ru="Чьи это файлы", en="Whose files these are"),
        "upload_file": Text(ru="Файлы", en="Files"),
        "upload_file_hint": Text(
            ru="Списки – .xlsx (первый лист) или .csv, первая строка называет столбцы. Учеников, сотрудников и классы "
            "можно выбрать вместе. Файлов не больше:",
            en="Lists are .xlsx (first sheet) or .csv, the first row names the columns. Pupils, staff and classes "
            "may be chosen together. Files at most:",
        ),
        "upload_whole": Text(ru="Это полный список", en="This is the whole list"),
        "upload_whole_hint": Text(
            ru="Осторожно: кого в списке нет, тот считается выбывшим, и его запись будет приостановлена. Отмечайте, "
            "только если в файлах действительно все. Выбывание многих сразу всё равно подождёт решения.",
            en="Careful: whoever is not in the list counts as gone and is suspended. Tick it only if everybody really "
            "is in the files. Many leaving at once wait for a decision all the same.",
        ),
        "upload_look": Text(ru="Посмотреть, что изменится", en="See what would change"),
        "upload_no_source": Text(
            ru="Загружать некуда: у школы нет источника файлов. Администратор добавляет его в gateway.toml: раздел "
            '[rosters.own] со строкой kind = "lists".',
            en="There is nowhere to upload to: the school has no source of files. An administrator adds one to "
            'gateway.toml: a section [rosters.own] with the line kind = "lists".',
        ),
        "upload_until": Text(ru="Ждёт вас до", en="Waits for you until"),
        "upload_is_whole": Text(ru="Полный список", en="Whole list"),
        "upload_columns": Text(ru="Как поняты столбцы", en="What the columns were taken for"),
        "upload_columns_hint": Text(
            ru="Столбец понят неверно или не понят? Выберите смысл и нажмите «Применить выбор»: всё, что изменится, "
            "будет посчитано заново. Выбор действует для этой загрузки; чтобы он остался навсегда, администратор пишет "
            "его в настройку columns.",
            en="Is a column taken for something else, or for nothing? Choose what it means and press 'Use this "
            "choice': what would change is made anew. It counts for this upload; to keep it an administrator writes "
            "it into the setting columns.",
        ),
        "upload_use_columns": Text(ru="Применить выбор", en="Use this choice"),
        "upload_lacks": Text(
            ru="Не понятно, чей это список. Чего не хватает:",
            en="It is not plain what the list is of. What is missing:",
        ),
        "upload_lacks_of": Text(ru="Список", en="A list of"),
        "upload_or": Text(ru="или", en="or"),
        "upload_questions": Text(ru="Новых вопросов «Кто есть кто»", en="New questions of who is who"),
        "upload_questions_hint": Text(
            ru="Эти записи похожи на людей школы, но не наверняка. Они ничего не изменят, пока координатор не ответит "
            "на странице «Кто есть кто».",
            en="These records are like people of the school, but not for certain. They change nothing until the "
            "coordinator answers on the page 'Who is who'.",
        ),
        "upload_column": Text(ru="Столбец", en="Column"),
        "upload_meaning": Text(ru="Смысл", en="Meaning"),
        "upload_passed_over": Text(ru="пропускается", en="passed over"),
        "upload_list_of": Text(ru="Список", en="List of"),
        "upload_not_plain": Text(ru="не понятно, чей", en="not plain"),
        "upload_changes": Text(ru="Что изменится", en="What would change"),
        "upload_nothing": Text(
            ru="Состав не изменится: эти записи уже такие, не приняты или сначала ждут ответа, кто есть кто.",
            en="Nothing: these records are so already, are turned away, or wait for an answer who is who.",
        ),
        "upload_held": Text(ru="Будет ждать решения", en="Would wait for a decision"),
        "upload_held_hint": Text(
            ru="Этого подтверждение не проводит: план задержится, о нём решает координатор или администратор.",
            en="Confirming leaves these to a held plan, about which a coordinator or an administrator decides.",
        ),
        "upload_causes": Text(ru="Строки, которые не будут приняты", en="Rows that would be turned away"),
        "upload_causes_hint": Text(
            ru="Остальные строки загрузятся. Исправьте эти в файле и загрузите его ещё раз – хоть сейчас, хоть потом.",
            en="The other rows are taken. Mend these in the file and upload it again, now or later.",
        ),
        "upload_rows": Text(ru="Строк", en="Rows"),
        "upload_places": Text(ru="Где", en="Where"),
        "upload_sheet": Text(ru="лист", en="sheet"),
        "upload_lines": Text(ru="строки", en="lines"),
        "upload_rejected_csv": Text(ru="Все отклонённые строки (CSV)", en="All rows turned away (CSV)"),
        "upload_confirm": Text(ru="Подтвердить и загрузить", en="Confirm and upload"),
        "upload_confirm_hint": Text(
            ru="Будет сделано ровно то, что показано, или ничего. Загрузку можно отменить на странице плана.",
            en="Exactly what is shown is done, or nothing. It can be taken back on the plan's page.",
        ),
        "upload_cancel": Text(ru="Не загружать", en="Do not upload"),
        "upload_other": Text(ru="Другой файл", en="Another file"),
    }
)

LIST_KINDS: Mapping[str, Text] = MappingProxyType(
    {
        ListKind.PUPILS.value: Text(ru="ученики", en="pupils"),
        ListKind.STAFF.value: Text(ru="сотрудники", en="staff"),
        ListKind.CLASSES.value: Text(ru="классы", en="classes"),
    }
)
"""What a list may be of."""

_PARENTS = {
    "parent1": Text(ru="родитель 1", en="parent 1"),
    "parent2": Text(ru="родитель 2", en="parent 2"),
    "mother": Text(ru="мать", en="mother"),
    "father": Text(ru="отец", en="father"),
}
_PARTS = {
    "name": Text(ru="ФИО", en="name"),
    "phone": Text(ru="телефон", en="phone"),
    "email": Text(ru="почта", en="e-mail"),
    "relation": Text(ru="кем приходится", en="relation"),
}

MEANINGS: Mapping[str, Text] = MappingProxyType(
    {
        "id": Text(ru="номер (личное дело, табель)", en="id"),
        "full_name": Text(ru="ФИО", en="full name"),
        "family": Text(ru="фамилия", en="family name"),
        "given": Text(ru="имя", en="given name"),
        "patronymic": Text(ru="отчество", en="patronymic"),
        "birth_date": Text(ru="дата рождения", en="date of birth"),
        "sex": Text(ru="пол", en="sex"),
        "snils": Text(ru="СНИЛС", en="SNILS"),
        "class": Text(ru="класс", en="class"),
        "grade": Text(ru="параллель", en="grade"),
        "letter": Text(ru="буква класса", en="letter"),
        "since": Text(ru="в классе с", en="in the class since"),
        "position": Text(ru="должность", en="position"),
        "class_teacher": Text(ru="классный руководитель", en="class teacher"),
        "leads_class": Text(ru="руководит классом", en="leads the class"),
        **{
            f"{parent}_{part}": Text(ru=f"{whose.ru}: {what.ru}", en=f"{whose.en}: {what.en}")
            for parent, whose in _PARENTS.items()
            for part, what in _PARTS.items()
        },
    }
)
"""What a column may mean, in words (`gateway.schemas.lists.FIELDS`)."""
