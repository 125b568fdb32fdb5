"""What the school's rules and their values are called by people (ADR 0005); `gateway.model.policy` has the rules."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.errors import Text

SETTINGS: Mapping[str, Text] = MappingProxyType(
    {
        "class_teacher_mode": Text(
            ru="Что классный руководитель может вносить в журнал класса",
            en="What a class teacher may write in the journal of the class",
        ),
        "deputy_mode": Text(
            ru="Может ли заместитель вносить уроки и отметки", en="Whether deputies may enter lessons and marks"
        ),
        "pupil_access": Text(ru="Что видит ученик; журнал – никогда", en="What pupils see; the journal never"),
        "homework_deadline_minutes": Text(
            ru="Через сколько минут после последнего урока должно стоять домашнее задание (1440 – до конца дня)",
            en="Minutes after the pupils' last lesson until homework is due (1440: the end of the day)",
        ),
        "written_deadline": Text(
            ru="Когда должна стоять отметка за письменную работу", en="When written work is marked"
        ),
        "unstated_day_unit": Text(
            ru="Какие это дни, если регламент не говорит", en="What a day is where the regulation does not say"
        ),
        "lesson_page_deadline": Text(
            ru="К какому часу заполнена страница урока", en="By when a lesson page is filled on its day"
        ),
        "lesson_page_grace_minutes": Text(
            ru="Сколько минут есть после урока, который кончился поздно",
            en="Minutes after a lesson that ends late in which its page may be filled",
        ),
        "lock_level": Text(
            ru="Что закрывают отметки за период до его конца", en="What period marks lock until the period ends"
        ),
        "setup_control_date": Text(
            ru="День контроля директора за подготовкой года", en="Day of the director's control of the year's set-up"
        ),
        "setup_deadline": Text(ru="День, к которому год подготовлен", en="Day by which the year is set up"),
        "print_before_check": Text(
            ru="Печать журнала, который никто не проверил", en="Printing a journal that nobody has checked"
        ),
        "archive_first_version": Text(ru="День первой версии архива", en="Day of the archive's first version"),
        "substitution_without_order": Text(
            ru="Запись замещающего учителя без приказа о замене", en="A substitute's entry without the deputy's order"
        ),
        "substitution_by_dispatcher": Text(
            ru="Может ли диспетчер вносить замены и переносы",
            en="Whether the dispatcher may register substitutions and transfers",
        ),
        "paper_entry": Text(
            ru="Когда можно переносить записи с бумаги", en="When records may be taken over from paper"
        ),
        "copies_electronic": Text(ru="Электронных копий архива", en="Electronic copies of an archive"),
        "copies_paper": Text(ru="Бумажных копий архива", en="Paper copies of an archive"),
        "mastered_meaning": Text(
            ru="Что значит «ОСВ», если источник не говорит", en="What «ОСВ» means where a source does not say"
        ),
        "setup_checklist": Text(
            ru="По какому списку готовят учебный год", en="Whose list of set-up sections the school follows"
        ),
        "channels": Text(ru="Какими путями сообщают семье", en="By which ways families are told"),
        "incident_void_from": Text(
            ru="С какого уведомления операции недействительны",
            en="From which receipt of the notification operations are void",
        ),
        "support_access": Text(
            ru="Может ли поддержка платформы видеть учеников", en="Whether the provider's support may see pupils"
        ),
        "two_years_open_from": Text(
            ru="С какого дня могут быть открыты два года", en="From which day two years may be open"
        ),
        "two_years_open_to": Text(
            ru="По какой день могут быть открыты два года", en="Until which day two years may be open"
        ),
        "first_grade_value": Text(
            ru="Что передать вместо отметки первоклассника, если платформа её требует",
            en="What stands for a first-grader's period mark where a platform asks for one",
        ),
        "retention_journal_years": Text(ru="Сколько лет хранится журнал", en="Years that journals are kept"),
        "retention_summary_years": Text(
            ru="Сколько лет хранится сводная ведомость", en="Years that summary sheets are kept"
        ),
        "paper_inform_interval_days": Text(
            ru="Раз в сколько дней семье дают сведения на бумаге",
            en="Days between paper slips for families without electronic access",
        ),
        "correction_open_days": Text(
            ru="Сколько дней открыто утверждённое исправление", en="Days that an approved correction stays open"
        ),
        "named_day_inclusive": Text(
            ru="«До 10 сентября» – ещё и 10-го", en="Whether «до 10 сентября» still allows the 10th"
        ),
        "print_schedule": Text(
            ru="Как часто печатают журналы, кроме конца года",
            en="How often journals are printed besides the year's end",
        ),
        "sheets_by_delegate": Text(
            ru="Может ли уполномоченный подписывать ведомости",
            en="Whether a person authorised by the director may sign summary sheets",
        ),
        "archive_periods": Text(ru="Что кладут в архив, кроме года", en="What is archived besides the year"),
        "group_journals": Text(ru="Где в архиве журналы групп", en="Where journals of groups stand in the archive"),
        "homework_due_later": Text(
            ru="Можно ли задавать не на следующий урок", en="Whether homework may be due later than the next lesson"
        ),
        "reading_round_the_clock": Text(
            ru="Читать журнал можно в любое время", en="Whether reading is possible at any time"
        ),
        "director_control_days": Text(
            ru="Самое большее дней между проверками директора", en="Longest time between two controls by the director"
        ),
        "deputy_control_days": Text(
            ru="Самое большее дней между проверками заместителя", en="Longest time between two controls by a deputy"
        ),
        "absence_note_by_class_teacher": Text(
            ru="Может ли классный руководитель добавить причину пропуска",
            en="Whether a class teacher may add a reason to an absence",
        ),
        "paper_extract_on_application": Text(
            ru="Дают ли выписку на бумаге по заявлению", en="Whether a paper extract is given on application"
        ),
        "report_incomplete": Text(ru="Отчёт по журналу с пропусками", en="A class report of a journal with gaps"),
        "consent_scope": Text(ru="Что останавливает отказ от согласия", en="What a refusal of consent stops"),
        "adult_pupil": Text(
            ru="Что видит родитель после 18-летия ученика", en="What a parent sees once the pupil is 18"
        ),
        "summary_sheet_delay_days": Text(
            ru="Через сколько рабочих дней готовая ведомость в архиве",
            en="Working days from completion of a summary sheet to the archive",
        ),
    }
)
"""What each setting decides."""

_YES_NO = {"true": Text(ru="да", en="yes"), "false": Text(ru="нет", en="no")}

_VALUES: Mapping[str, Mapping[str, Text]] = MappingProxyType(
    {
        "class_teacher_mode": {
            "read_only": Text(ru="только списки класса", en="lists of the class only"),
            "no_subject_entries": Text(
                ru="списки, личные дела, портфолио и здоровье", en="lists, profiles, portfolio and health"
            ),
            "edit_all": Text(ru="всё, и уроки с отметками", en="everything, lessons and marks too"),
        },
        "deputy_mode": {
            "read_only": Text(ru="нет, только смотрит", en="no, they look only"),
            "full": Text(ru="да", en="yes"),
        },
        "pupil_access": {"none": Text(ru="ничего", en="nothing"), "diary": Text(ru="свой дневник", en="the own diary")},
        "written_deadline": {
            "7d": Text(ru="через неделю", en="in a week"),
            "5wd": Text(ru="через 5 рабочих дней", en="in 5 working days"),
            "earlier_of": Text(ru="что из этого раньше", en="whichever is earlier"),
        },
        "unstated_day_unit": {
            "calendar": Text(ru="календарные", en="calendar days"),
            "calendar_rolled": Text(ru="календарные, с выходного – на рабочий", en="calendar days, moved off days off"),
            "working": Text(ru="рабочие", en="working days"),
        },
        "lock_level": {
            "marks_only": Text(ru="отметки", en="marks"),
            "full": Text(ru="всё", en="everything"),
        },
        "print_before_check": {
            "warn": Text(ru="предупредить", en="warn"),
            "refuse": Text(ru="не печатать", en="refuse"),
        },
        "substitution_without_order": {
            "pending_confirmation": Text(ru="принять, пока ждут приказа", en="taken until the order comes"),
            "refuse": Text(ru="не принимать", en="refused"),
        },
        "paper_entry": {
            "never": Text(ru="никогда", en="never"),
            "outage_only": Text(ru="после перерыва", en="after an outage"),
        },
        "mastered_meaning": {
            "exempt": Text(ru="освобождён", en="exempt"),
            "mastered": Text(ru="освоено", en="mastered"),
        },
        "setup_checklist": {
            "s0": Text(ru="S0: 19 разделов", en="S0: 19 sections"),
            "s1": Text(ru="S1: 11 разделов", en="S1: 11 sections"),
            "s3": Text(ru="S3: 8 разделов", en="S3: 8 sections"),
            "union": Text(ru="все разделы вместе", en="all of them together"),
        },
        "channels": {
            "web": Text(ru="дневник и портал", en="diary and portal"),
            "web_and_mail": Text(ru="и почта", en="e-mail too"),
            "all": Text(ru="все пути", en="all ways"),
        },
        "incident_void_from": {
            "earliest": Text(ru="с самого раннего", en="the earliest"),
            "latest": Text(ru="с последнего", en="the latest"),
        },
        "support_access": {
            "never": Text(ru="никогда", en="never"),
            "time_boxed": Text(ru="на время", en="for a time"),
        },
        "first_grade_value": {
            "none": Text(ru="ничего", en="nothing"),
            "mastered": Text(ru="«освоено»", en="“mastered”"),
        },
        "print_schedule": {
            "annual": Text(ru="только в конце года", en="at the year's end only"),
            "per_period": Text(ru="за каждый период", en="every period"),
            "on_demand": Text(ru="по требованию", en="on demand"),
        },
        "archive_periods": {
            "year": Text(ru="только год", en="the year only"),
            "periods_and_year": Text(ru="каждый период", en="every period"),
        },
        "group_journals": {
            "part_of_class": Text(ru="в файле класса", en="in the class's file"),
            "own_file": Text(ru="отдельным файлом", en="in files of their own"),
        },
        "report_incomplete": {
            "refuse": Text(ru="не выдавать", en="refused"),
            "banner": Text(ru="выдать с пометкой", en="given with a banner"),
        },
        "consent_scope": {"diary_and_portal": Text(ru="дневник и портал", en="diary and portal")},
        "adult_pupil": {
            "needs_pupil_consent": Text(ru="только с согласия ученика", en="only with the pupil's consent"),
            "unchanged": Text(ru="как прежде", en="as before"),
        },
        "lesson_page_deadline": {"end_of_day": Text(ru="до конца дня", en="end of the day")},
        **dict.fromkeys(
            (
                "substitution_by_dispatcher",
                "named_day_inclusive",
                "sheets_by_delegate",
                "homework_due_later",
                "reading_round_the_clock",
                "absence_note_by_class_teacher",
                "paper_extract_on_application",
            ),
            _YES_NO,
        ),
    }
)


def setting_name(setting: str) -> Text:
    """Return what a setting decides; its id where nobody knows it."""
    return SETTINGS.get(setting, Text(ru=setting, en=setting))


def value_name(setting: str, value: str) -> Text:
    """Return what a value of a setting is called: numbers, times and days as they are."""
    return _VALUES.get(setting, {}).get(value, Text(ru=value, en=value))
