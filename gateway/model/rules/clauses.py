"""The words of the clauses that rules stand on: what a rejection cites beside the row id (R-…) or conflict (C-…).

The rows are those of the ledger made from five school regulations; the words are shortened to what a rule holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.errors import Text
from gateway.model.rules.conflict_clauses import CONFLICT_CLAUSES
from gateway.model.rules.system_clauses import SYSTEM_CLAUSES


def clause_of(rule: str | None) -> Text | None:
    """Return the words of a clause in Russian and English; ``None`` for what is no row of the ledger."""
    return None if rule is None else CLAUSES.get(rule)


JOURNAL_CLAUSES: Mapping[str, Text] = MappingProxyType(
    {
        "R-ROST-01": Text(
            ru="Контингент обучающихся сформирован в системе на учебный год.",
            en="The pupil body is formed in the system for the school year.",
        ),
        "R-ROST-02": Text(
            ru="Список классов с классными руководителями.",
            en="The list of classes, each with its class teacher.",
        ),
        "R-ROST-03": Text(
            ru="Список сотрудников введён в систему.",
            en="The list of staff is entered.",
        ),
        "R-ROST-04": Text(
            ru="Сведения о сотрудниках и их аттестации актуальны: 2 рабочих дня.",
            en="Staff and their qualification are kept up to date: 2 working days.",
        ),
        "R-ROST-05": Text(
            ru="Книга движения: зачисление, выбытие, перевод, второгодники, выпускники.",
            en="The movement book: admission, departure, promotion, repeaters, graduates.",
        ),
        "R-ROST-06": Text(
            ru="Отражается перевод из одного класса в другой и выбытие.",
            en="Transfer between classes and departure are reflected.",
        ),
        "R-ROST-07": Text(
            ru="Списки учеников, классов, учебных групп и педагогов вносят и поддерживают в актуальном состоянии.",
            en="Lists of pupils, classes, study groups and teaching staff are entered and kept current.",
        ),
        "R-ROST-08": Text(
            ru="Классный руководитель вносит списки учебных групп класса.",
            en="The class teacher enters the study-group lists of the class.",
        ),
        "R-ROST-11": Text(
            ru="Классный руководитель отвечает за достоверность сведений о классе и посещаемости.",
            en="The class teacher answers for the data of the class and its attendance.",
        ),
        "R-ROST-12": Text(
            ru="Классный руководитель ежемесячно сверяет анкетные данные учеников и родителей.",
            en="The class teacher verifies the data of pupils and parents every month.",
        ),
        "R-ROST-13": Text(
            ru="Неточности профилей исправляются за 3 рабочих дня.",
            en="Inaccuracies of profiles are mended within 3 working days.",
        ),
        "R-ROST-15": Text(
            ru="Данные об образовательном процессе предоставляют заместители и директор.",
            en="Deputies and the director supply the data on the educational process.",
        ),
        "R-ROST-16": Text(
            ru="Новых пользователей вводит в систему администратор.",
            en="The administrator introduces new users into the system.",
        ),
        "R-ROST-17": Text(
            ru="Портфолио заполняется по мере поступления сведений.",
            en="The portfolio is filled as information arrives.",
        ),
        "R-ROST-18": Text(
            ru="Лист здоровья и медицинские справки вносятся по сведениям медработника.",
            en="Health sheets and medical certificates are entered on the nurse's information.",
        ),
        "R-ROST-20": Text(
            ru="Наполняемость класса следует из движения: ученик числится в классе по датам.",
            en="Class size follows from movement: a pupil is in a class by dates.",
        ),
        "R-REP-01": Text(
            ru="Отчёт «Движение учащихся» составляется в конце каждого учебного периода.",
            en="The report on the movement of pupils is made at the end of each study period.",
        ),
        "R-ACAD-01": Text(
            ru="Учебные периоды: виды и границы, без пересечений.",
            en="Study periods: kinds and boundaries, without overlap.",
        ),
        "R-ACAD-02": Text(
            ru="Каникулы: виды и границы.",
            en="Vacations: kinds and boundaries.",
        ),
        "R-ACAD-03": Text(
            ru="Перечень предметов учебного плана.",
            en="The list of subjects of the curriculum.",
        ),
        "R-ACAD-05": Text(
            ru="Учебный план школы с часами по предметам.",
            en="The school's curriculum with the hours of its subjects.",
        ),
        "R-ACAD-06": Text(
            ru="Учебные планы профилей.",
            en="The curricula of profiles.",
        ),
        "R-ACAD-07": Text(
            ru="Индивидуальные учебные планы и их ученики.",
            en="Individual study plans and their pupils.",
        ),
        "R-ACAD-08": Text(
            ru="Список кабинетов.",
            en="The list of rooms.",
        ),
        "R-ACAD-09": Text(
            ru="Ученики прикреплены к группам и потокам по предметам.",
            en="Pupils are attached to groups and streams by subject.",
        ),
        "R-ACAD-11": Text(
            ru="Учебный поток – больше 30 обучающихся в одном помещении.",
            en="A study stream is more than 30 pupils in one room.",
        ),
        "R-ACAD-12": Text(
            ru="Режим работы каждого класса, группы, потока, ученика на ИУП.",
            en="The working regime of each class, group, stream and ИУП pupil.",
        ),
        "R-ACAD-13": Text(
            ru="Распределение учебной нагрузки.",
            en="The distribution of teaching load.",
        ),
        "R-ACAD-14": Text(
            ru="Календарно-тематическое планирование по программам.",
            en="Calendar-thematic plans by programme.",
        ),
        "R-ACAD-15": Text(
            ru="Расписания строятся на основе учебных планов.",
            en="Timetables are built on the curricula.",
        ),
        "R-ACAD-16": Text(
            ru="Расписание каждого класса, группы, потока, ученика на ИУП с учителями.",
            en="The timetable of each class, group, stream and ИУП pupil, naming teachers.",
        ),
        "R-ACAD-17": Text(
            ru="Сводный график контрольных работ внутришкольного контроля.",
            en="The consolidated schedule of control works.",
        ),
        "R-ACAD-19": Text(
            ru="Системы оценивания настраиваются.",
            en="Grading systems are configurable.",
        ),
        "R-ACAD-20": Text(
            ru="Структура учебного года настраивается.",
            en="The structure of the school year is configurable.",
        ),
        "R-ACAD-21": Text(
            ru="Новый учебный год создаётся ежегодно до 1 июля.",
            en="The new school year is created every year before 1 July.",
        ),
        "R-ACAD-22": Text(
            ru="Учебный год закрывается ежегодно до 30 августа; дальше – только чтение.",
            en="The school year is closed every year before 30 August; from then on it is read only.",
        ),
        "R-ACAD-23": Text(
            ru="Справочники и параметры системы администрируются.",
            en="Directories and system parameters are administered.",
        ),
        "R-JRNL-01": Text(
            ru="Тема урока заполняется в соответствии с КТП.",
            en="The lesson topic is filled in accordance with the thematic plan.",
        ),
        "R-JRNL-02": Text(
            ru="Указывается вид работы, за которую ставится отметка.",
            en="The kind of work that a mark is given for is indicated.",
        ),
        "R-JRNL-03": Text(
            ru="Домашнее задание: содержание, характер выполнения, страницы, номера – если задано.",
            en="Homework: content, manner, pages, numbers – if it is set.",
        ),
        "R-JRNL-04": Text(
            ru="Домашнее задание вносится на уроке или в установленный срок после уроков.",
            en="Homework is entered in the lesson or within a set time after lessons.",
        ),
        "R-JRNL-05": Text(
            ru="Предметные страницы заполняются в день урока.",
            en="Subject pages are filled on the day of the lesson.",
        ),
        "R-JRNL-06": Text(
            ru="Делать записи об уроках заранее запрещено.",
            en="Making lesson entries in advance is forbidden.",
        ),
        "R-JRNL-07": Text(
            ru="Отсутствие отмечает учитель каждого предмета в день урока.",
            en="The teacher of each subject enters absences on the day of the lesson.",
        ),
        "R-JRNL-08": Text(
            ru="Сведения об отсутствии различают болезнь и иные уважительные причины.",
            en="Absences tell illness from other valid reasons.",
        ),
        "R-JRNL-09": Text(
            ru="За пропущенный урок сдаётся зачёт; отметка ставится по протоколу, сведения об отсутствии остаются.",
            en="A missed lesson is made up for by a test; the mark is put by its protocol, the absence stays recorded.",
        ),
        "R-JRNL-10": Text(
            ru="Замена урока отражается в момент записи.",
            en="A substitution is reflected when the entry is made.",
        ),
        "R-JRNL-12": Text(
            ru="Замены уроков оформляет заместитель директора.",
            en="The deputy formalises substitutions.",
        ),
        "R-JRNL-13": Text(
            ru="Переносы уроков регистрируются.",
            en="Transfers of lessons are registered.",
        ),
        "R-JRNL-14": Text(
            ru="Рекомендации педагогов регистрируются.",
            en="Teachers' recommendations are registered.",
        ),
        "R-JRNL-15": Text(
            ru="Учитель пишет сообщения родителям.",
            en="The teacher writes messages to parents.",
        ),
        "R-JRNL-16": Text(
            ru="Записи журнала понятны ученикам и родителям, полны и своевременны.",
            en="Journal records are understandable for pupils and parents, complete and timely.",
        ),
        "R-JRNL-18": Text(
            ru="При невозможности доступа журнал заполняется в течение 1 рабочего дня после восстановления.",
            en="Without access the journal is filled within 1 working day from its restoration.",
        ),
        "R-JRNL-19": Text(
            ru="В 1-м классе отметки и домашние задания в журнал не заносятся.",
            en="In grade 1 no marks and no homework are entered.",
        ),
        "R-JRNL-20": Text(
            ru="Страницы журнала ведутся для классов, учебных групп и учеников на ИУП.",
            en="Journal pages are kept for classes, study groups and ИУП pupils.",
        ),
        "R-JRNL-22": Text(
            ru="Ученики получают индивидуальные задания и материалы дистанционно.",
            en="Pupils receive individual tasks and materials remotely.",
        ),
        "R-JRNL-25": Text(
            ru="Данные журнала соответствуют фактам образовательного процесса.",
            en="Journal data correspond to the facts of the educational process.",
        ),
        "R-MARK-01": Text(
            ru="Отметки за урок и устный ответ ставятся на уроке или в тот же учебный день.",
            en="Marks of a lesson and of oral work are put in the lesson or on the same school day.",
        ),
        "R-MARK-02": Text(
            ru="Отметки за письменные работы – в течение недели после работы.",
            en="Marks of written work: within a week of it.",
        ),
        "R-MARK-03": Text(
            ru="Отметки за письменные работы во 2–11-х классах – за 5 рабочих дней.",
            en="Marks of written work in grades 2–11: within 5 working days.",
        ),
        "R-MARK-04": Text(
            ru="Отметки за контрольные работы внутришкольного контроля – за 3 дня.",
            en="Marks of control works of the internal monitoring: within 3 days.",
        ),
        "R-MARK-05": Text(
            ru="Отметки за внешние работы – на следующий рабочий день после объявления результатов.",
            en="Marks of works from outside: the next working day after results are announced.",
        ),
        "R-MARK-06": Text(
            ru="В 1-м классе отметки не ставятся.",
            en="In grade 1 marks are not given.",
        ),
        "R-MARK-07": Text(
            ru="Каждый ученик получает за период отметку, «ОСВ» или «НА».",
            en="Every pupil receives for the period a mark, «ОСВ» or «НА».",
        ),
        "R-MARK-08": Text(
            ru="После выставления итоговых отметок за период учитель не редактирует журнал.",
            en="After the final marks of the period are set the teacher may not edit the journal.",
        ),
        "R-MARK-09": Text(
            ru="Отметки за контрольные работы ставятся по разработанным требованиям.",
            en="Control-work marks are put according to the developed requirements.",
        ),
        "R-MARK-10": Text(
            ru="Отметки за контрольные работы внутришкольного контроля фиксируются отдельно.",
            en="Marks of control works of the internal monitoring are recorded separately.",
        ),
        "R-MARK-11": Text(
            ru="Итоговые отметки записываются за каждый отчётный период.",
            en="Final marks are recorded for each reporting period.",
        ),
        "R-MARK-12": Text(
            ru="В случае болезни ученика итоговая отметка может быть отложена.",
            en="In case of a pupil's illness the final mark may be deferred.",
        ),
        "R-MARK-14": Text(
            ru="Освоением считается отметка не ниже «3».",
            en="A mark counts as mastery if it is not lower than «3».",
        ),
        "R-MARK-16": Text(
            ru="Отметки медицинской организации переносятся из справки об обучении.",
            en="Marks of a medical organisation are transferred from its certificate of study.",
        ),
        "R-MARK-17": Text(
            ru="Записи делает учитель предмета под своим логином.",
            en="Entries are made by the teacher of the subject under an individual login.",
        ),
        "R-ATT-01": Text(
            ru="Результаты промежуточной аттестации – за 2 рабочих дня до конца четверти.",
            en="Interim attestation results: 2 working days before the quarter's end.",
        ),
        "R-ATT-02": Text(
            ru="Отметки аттестации – каждому по каждому предмету в последнюю неделю периода.",
            en="Attestation marks: for each pupil and subject in the period's last week.",
        ),
        "R-ATT-03": Text(
            ru="Результаты итоговой аттестации – на следующий рабочий день после объявления.",
            en="Final attestation results: the next working day after announcement.",
        ),
        "R-ATT-04": Text(
            ru="Результаты апелляции – на следующий рабочий день после объявления.",
            en="Appeal results: the next working day after announcement.",
        ),
        "R-ATT-05": Text(
            ru="Контроль и аттестация соответствуют формам и периодичности локального акта.",
            en="Control and attestation match the forms and the periodicity of the local act.",
        ),
        "R-ATT-07": Text(
            ru="Зачёт принимает учитель или комиссия с протоколом.",
            en="A make-up test is held by the teacher or a commission, with a protocol.",
        ),
        "R-ATT-09": Text(
            ru="Отметки – четвертные и полугодовые по виду периода класса.",
            en="Marks are of quarters or half-years, by the kind of period of the grade.",
        ),
        "R-ATT-10": Text(
            ru="«НА» и отсрочка – разные исходы.",
            en="«НА» and deferral are distinct outcomes.",
        ),
        "R-PAR-01": Text(
            ru="Родители видят сведения только о своём ребёнке.",
            en="Parents see information about their own child only.",
        ),
        "R-PAR-09": Text(
            ru="Родителям без доступа результаты передаются на бумаге не реже раза в неделю.",
            en="Parents without access get results on paper at least once a week.",
        ),
        "R-PAR-12": Text(
            ru="Согласие или отказ на обработку персональных данных регистрируются.",
            en="Consent to, or refusal of, personal-data processing is registered.",
        ),
        "R-ROLE-03": Text(
            ru="Директор просматривает все страницы без права редактирования.",
            en="The director has access to all pages, view only.",
        ),
        "R-ROLE-05": Text(
            ru="Заместители просматривают все страницы без редактирования.",
            en="Deputies have access to all pages without editing.",
        ),
        "R-ROLE-08": Text(
            ru="Классный руководитель просматривает журнал класса без права редактирования.",
            en="The class teacher views the journal of the class without the right to edit.",
        ),
        "R-ROLE-09": Text(
            ru="Учитель ведёт записи только там, где преподаёт.",
            en="A teacher records only where he or she teaches.",
        ),
        "R-ROLE-10": Text(
            ru="Администратор журнала не меняет содержание отметок.",
            en="The journal's administrator does not change the content of marks.",
        ),
        "R-ROLE-13": Text(
            ru="Учётная запись создаётся по указанию директора за 2 рабочих дня.",
            en="An account is created on the director's instruction within 2 working days.",
        ),
        "R-ROLE-14": Text(
            ru="Реквизиты: сотрудникам – от администратора, семьям – от классного руководителя.",
            en="Credentials: to staff from the administrator, to families from the class teacher.",
        ),
        "R-ROLE-15": Text(
            ru="Права – по должностным обязанностям и уровню доступа.",
            en="Rights follow duties and the level of access.",
        ),
        "R-ROLE-16": Text(
            ru="Педагоги печатают информацию по регламенту школы.",
            en="Pedagogical staff print according to the school's regulations.",
        ),
        "R-ROLE-17": Text(
            ru="За расписание и распределение нагрузки отвечает диспетчер.",
            en="The dispatcher is responsible for timetables and load.",
        ),
        "R-ROLE-18": Text(
            ru="За график контрольных работ отвечают заместители по УВР.",
            en="Deputies for УВР are responsible for the schedule of control works.",
        ),
        "R-ROLE-19": Text(
            ru="Каждый заместитель действует в пределах компетенции.",
            en="Each deputy acts within competence.",
        ),
        "R-ROLE-24": Text(
            ru="Воспитатели и другие педагоги работают со страницами своих занятий.",
            en="Educators and other pedagogues have the pages of their activities.",
        ),
        "R-ROLE-25": Text(
            ru="Ответственных назначает директор.",
            en="The director appoints the persons responsible.",
        ),
        "R-ROLE-28": Text(
            ru="Оператор поддерживает связь с технической поддержкой.",
            en="The operator keeps contact with technical support.",
        ),
    }
)

CLAUSES: Mapping[str, Text] = MappingProxyType({**JOURNAL_CLAUSES, **SYSTEM_CLAUSES, **CONFLICT_CLAUSES})
"""Every row that a fault of the gateway cites."""
