"""What was decided where the regulations contradict each other (C-…), in words; `policy` has the settings."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.errors import Text

CONFLICT_CLAUSES: Mapping[str, Text] = MappingProxyType(
    {
        "C-01": Text(
            ru="Может ли классный руководитель править страницы предметов – настройка школы.",
            en="Whether the class teacher may edit subject pages is the school's setting.",
        ),
        "C-02": Text(
            ru="Может ли заместитель править журнал – настройка школы.",
            en="Whether the deputy may edit the journal is the school's setting.",
        ),
        "C-03": Text(
            ru="Ученик видит дневник, но не журнал.",
            en="A pupil sees the diary, never the journal.",
        ),
        "C-04": Text(
            ru="Срок записи домашнего задания после уроков – настройка школы.",
            en="How long after lessons homework may be entered is the school's setting.",
        ),
        "C-05": Text(
            ru="Срок отметок за письменные работы, неделя или 5 рабочих дней, – настройка школы.",
            en="Whether marks of written work are due in a week or in 5 working days is the school's setting.",
        ),
        "C-06": Text(
            ru="Где не сказано, какие дни считать, календарные или рабочие, решает настройка школы.",
            en="Where no kind of day is named, the school's setting says whether calendar or working days count.",
        ),
        "C-07": Text(
            ru="Страница урока заполняется до 15:00 или до конца дня – по настройке школы.",
            en="Whether a lesson's page is filled by 15:00 or by the day's end is the school's setting.",
        ),
        "C-08": Text(
            ru="Отметки закрыты с выставлением итоговых, остальное – с концом периода.",
            en="Marks are locked once final marks stand, the rest at the period's end.",
        ),
        "C-09": Text(
            ru="Готовность к году проверяется 5 сентября, настройка завершается до 10 сентября.",
            en="The set-up is reviewed on 5 September and complete by 10 September.",
        ),
        "C-10": Text(
            ru="Сначала проверка, затем исправление и печать: до 30 июня и 1 июля.",
            en="Check first, then mend and print: by 30 June and 1 July.",
        ),
        "C-11": Text(
            ru="Поздние результаты дают новую версию архива, подписанная не переписывается.",
            en="Late results make a new version of the archive; a signed one is not rewritten.",
        ),
        "C-12": Text(
            ru="Замену без приказа записывают или нет – по настройке школы.",
            en="Whether a substitution is entered without an order is the school's setting.",
        ),
        "C-13": Text(
            ru="Бумажный экземпляр – только копия; с бумаги вносят лишь после перебоя доступа.",
            en="Paper is only a copy; data come from paper only after an outage.",
        ),
        "C-14": Text(
            ru="Экземпляров – не меньше двух, в разных помещениях.",
            en="There are at least two copies, in different rooms.",
        ),
        "C-15": Text(
            ru="«ОСВ» означает «освобождён» или «освоил»; это разные знаки.",
            en="«ОСВ» means exempt or mastered; these are two different signs.",
        ),
        "C-16": Text(
            ru="Разные названия должностей означают одну и ту же роль.",
            en="Different names of posts mean one and the same role.",
        ),
        "C-17": Text(
            ru="Каналы уведомлений задаёт школа; почта и сообщения – только с согласия.",
            en="The school sets the channels of notice; e-mail and messages only with consent.",
        ),
        "C-18": Text(
            ru="Операции взломанного доступа недействительны с момента уведомления, область – по решению директора.",
            en="Operations of a breached access are void from the notification on; the director may widen the scope.",
        ),
        "C-19": Text(
            ru="Сведения об ученике никому не открыты без названного основания.",
            en="Information about a pupil is open to nobody without a named basis.",
        ),
        "C-20": Text(
            ru="Два учебных года открыты сразу только с 1 июля по 30 августа; факты – в открытом году.",
            en="Two years are open at once only from 1 July to 30 August; facts belong to an open year.",
        ),
        "C-21": Text(
            ru="1-й класс освобождён от отметок и домашних заданий.",
            en="Grade 1 is exempt from marks and homework.",
        ),
        "C-22": Text(
            ru="Место хранения задаёт школа; сроки 5 и 25 лет не сокращаются.",
            en="The school sets where archives are kept; 5 and 25 years are never shortened.",
        ),
        "C-23": Text(
            ru="Как часто информировать на бумаге – настройка школы, обычно раз в неделю.",
            en="How often families are informed on paper is the school's setting, usually weekly.",
        ),
        "C-24": Text(
            ru="Ошибка в закрытом периоде исправляется по утверждённому исправлению за 1 день.",
            en="An error in a locked period is corrected by an approved correction within 1 day.",
        ),
        "C-25": Text(
            ru="Названный день входит в срок, если настройка школы не говорит иного.",
            en="The named day is within the term unless the school's setting says otherwise.",
        ),
        "C-26": Text(
            ru="Печать – обязательно раз в год; чаще – по настройке школы.",
            en="Printing is due once a year; more often by the school's setting.",
        ),
        "C-27": Text(
            ru="Копии подписывает директор; ведомости – и уполномоченное лицо.",
            en="The director signs copies; a delegate may sign sheets too.",
        ),
        "C-28": Text(
            ru="Архивируются учебный год и, по настройке школы, каждый период.",
            en="The year is archived and, by the school's setting, each period.",
        ),
        "C-29": Text(
            ru="Имя архивного файла строится по одному правилу и для групп.",
            en="The name of an archive file follows one rule, for groups too.",
        ),
        "C-30": Text(
            ru="Запрет на записи заранее – о фактах; срок задания может быть позже.",
            en="The ban on entries in advance is of facts; homework may be due later.",
        ),
        "C-31": Text(
            ru="Чтение – круглосуточно; запись – с учётом закрытия.",
            en="Reading is round the clock; writing is subject to locks.",
        ),
        "C-32": Text(
            ru="Контроль директора и контроль заместителя ведутся отдельно, ежемесячно.",
            en="The director's control and the deputy's are separate, each monthly.",
        ),
        "C-33": Text(
            ru="Классный руководитель дополняет сведения об отсутствии, не меняя факт.",
            en="The class teacher adds to an absence without changing the fact.",
        ),
        "C-34": Text(
            ru="Бумажная выписка – постоянно или по заявлению; обе регистрируются.",
            en="Paper extracts are standing or on application; both are logged.",
        ),
        "C-35": Text(
            ru="Отчёт по незаполненному журналу не выдаётся или помечается – по настройке школы.",
            en="A report on an incomplete journal is refused or marked, by the school's setting.",
        ),
        "C-36": Text(
            ru="Отказ от согласия закрывает дневник и портал, но не выгрузку органу управления.",
            en="A refusal of consent closes diary and portal, not the export to the authority.",
        ),
        "C-37": Text(
            ru="С 18 лет ученика сведения родителю – только с согласия ученика.",
            en="From the pupil's 18th birthday parents see data only with the pupil's consent.",
        ),
        "C-38": Text(
            ru="Ведомость передаётся в архив по готовности, не позже крайнего срока.",
            en="A sheet goes to the archive when it is complete, at the latest by the last day.",
        ),
    }
)
