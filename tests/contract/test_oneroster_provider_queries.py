"""Queries over the provider's objects on both databases: every field of every kind, pages, what hangs on what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event, text

from gateway.model.ids import SchoolId
from gateway.model.oneroster import ObjectKind, ProviderObject, reference
from gateway.model.oneroster_query import (
    Link,
    Order,
    Query,
    Restriction,
    filter_of,
    moment_text,
    order_of,
)
from gateway.provider.projection import digest_of
from gateway.storage.engine import open_engine
from gateway.storage.provider import SqlProvider
from gateway.storage.tables import metadata
from gateway.storage.work import Database
from tests.provider_world import TODAY, leaf_paths, value_at, whole_id, whole_object

SCHOOL, OTHER = SchoolId("school-1"), SchoolId("school-2")
FIRST, SECOND = datetime(2026, 9, 1, 6, 0, tzinfo=UTC), datetime(2026, 9, 2, 6, 0, 0, 123000, tzinfo=UTC)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Two objects of every kind with every field, one of them at another school too, and 700 plain users."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('provider') / 'objects.db'}"
    else:
        url = request.getfixturevalue("new_postgres")().render_as_string(hide_password=False)
    engine = open_engine(url)
    metadata.create_all(engine)
    base = Database(engine, lambda: FIRST)
    with base.unit(SCHOOL) as unit:
        put(unit.provider, [whole_object(kind, 1) for kind in ObjectKind], FIRST)
        put(unit.provider, [whole_object(kind, 2) for kind in ObjectKind], SECOND)
        put(unit.provider, [plain_user(number) for number in range(100, 800)], FIRST)
    with base.unit(OTHER) as unit:
        put(unit.provider, [whole_object(kind, 3) for kind in ObjectKind], FIRST)
    yield base
    engine.dispose()


def put(shelf: SqlProvider, objects: list[ProviderObject], at: datetime) -> None:
    shelf.put([(one, digest_of(one)) for one in objects], at=at)


def plain_user(number: int) -> ProviderObject:
    org = reference(ObjectKind.ORG, "org-00001")
    body = {
        "enabledUser": "true",
        "givenName": f"Проба {number % 7}",
        "familyName": f"Тестова {number % 10}",
        "roles": [{"roleType": "primary", "role": "guardian", "org": org}],
    }
    return ProviderObject(kind=ObjectKind.USER, sourced_id=whole_id(ObjectKind.USER, number), body=body)


def asked(database: Database, query: Query) -> list[str]:
    with database.reading(SCHOOL) as reading:
        return [one.object.sourced_id for one in reading.provider.page(query).objects]


def found(database: Database, kind: ObjectKind, written: str) -> set[str]:
    query = Query(kind=kind, today=TODAY, filter=filter_of(kind, written), limit=1000)
    return set(asked(database, query))


@pytest.mark.parametrize("kind", list(ObjectKind))
def test_every_field_can_be_filtered(database: Database, kind: ObjectKind) -> None:
    mine, other = whole_object(kind, 1), whole_object(kind, 2)
    for path in leaf_paths(kind):
        if path in {"sourcedId", "status", "dateLastModified"}:
            continue
        value = value_at(mine.body, path)
        same = value == value_at(other.body, path)
        matching = found(database, kind, f"{path}='{value}'")
        assert mine.sourced_id in matching, path
        assert (other.sourced_id in matching) == same, path
        assert mine.sourced_id not in found(database, kind, f"{path}!='{value}'"), path
        assert (other.sourced_id in found(database, kind, f"{path}!='{value}'")) == (not same), path
        assert mine.sourced_id in found(database, kind, f"{path}>='{value}'"), path
        assert mine.sourced_id not in found(database, kind, f"{path}>'{value}'"), path
        assert mine.sourced_id in found(database, kind, f"{path}<='{value}'"), path
        assert (other.sourced_id in found(database, kind, f"{path}>'{value}'")) == (not same), path
        assert other.sourced_id not in found(database, kind, f"{path}<'{value}'"), path
        part = str(value) if isinstance(value, float) or path in {"assignDate", "dueDate"} else str(value)[:4]
        assert mine.sourced_id in found(database, kind, f"{path}~'{part}'"), path


@pytest.mark.parametrize("kind", list(ObjectKind))
def test_every_field_outside_of_lists_can_be_sorted_by(database: Database, kind: ObjectKind) -> None:
    for path in leaf_paths(kind):
        order, turned = order_of(kind, path, descending=False), order_of(kind, path, descending=True)
        if order is None or turned is None:
            assert path.split(".")[0] in {"roles", "agents", "grades", "resources", "userIds", "userProfiles"} | {
                "children",
                "terms",
                "subjects",
                "subjectCodes",
                "periods",
                "learningObjectiveSet",
                "scoreScaleValue",
            }, path
            continue
        wholes = {whole_id(kind, 1), whole_id(kind, 2)}
        up = asked(database, Query(kind=kind, today=TODAY, order=order, limit=1000))
        down = asked(database, Query(kind=kind, today=TODAY, order=turned, limit=1000))
        assert up == down[::-1], path
        assert [one for one in up if one in wholes] == sorted(wholes), path


def test_both_databases_sort_by_code_points(database: Database) -> None:
    order = order_of(ObjectKind.USER, "familyName", descending=False)
    assert order is not None
    told = asked(database, Query(kind=ObjectKind.USER, today=TODAY, order=order, limit=1000))
    assert told[:2] == [whole_id(ObjectKind.USER, 1), whole_id(ObjectKind.USER, 2)]  # Latin before Cyrillic
    assert told[2] == whole_id(ObjectKind.USER, 100)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("familyName='familyName 00001 О'Коннор'", {1}),
        ("familyName='familyName 00001 О''Коннор'", {1}),
        ("familyName='familyName 00001 О'Коннор' AND roles.role='student'", {1}),
        ("familyName='familyName 00001 О'Коннор' AND roles.role='teacher'", set()),
        ("familyName='familyName 00001 О'Коннор' OR givenName='givenName 00002 О'Коннор'", {1, 2}),
        ("familyName='familyname 00001 О'Коннор'", set()),
        ("roles.org.sourcedId='org-00002'", {2}),
        ("userProfiles.credentials.username~'00002'", {2}),
        ("email!='x' AND sourcedId<'user-00003'", {1, 2}),
        ("status='tobedeleted'", set()),
        ("sourcedId='user-00001'", {1}),
        ("metadata.anything='x'", set()),
        ("familyName~'%'", set()),
        ("familyName~'_'", set()),
    ],
)
def test_filters(database: Database, written: str, expected: set[int]) -> None:
    assert found(database, ObjectKind.USER, written) == {whole_id(ObjectKind.USER, one) for one in expected}


def test_a_number_contains_itself_only_on_either_database(database: Database) -> None:
    score = value_at(whole_object(ObjectKind.RESULT, 1).body, "score")
    same = found(database, ObjectKind.RESULT, f"score='{score}'")
    for written in (f"{score:g}", f"{score:.2f}"):
        assert found(database, ObjectKind.RESULT, f"score~'{written}'") == same != set()
    assert found(database, ObjectKind.RESULT, f"score~'{float(score) / 10}'") == set()


def test_a_delta_is_what_changed_after_a_moment(database: Database) -> None:
    between = FIRST + timedelta(hours=1)
    assert found(database, ObjectKind.ORG, f"dateLastModified>'{moment_text(between)}'") == {"org-00002"}
    assert found(database, ObjectKind.ORG, f"dateLastModified>='{moment_text(SECOND)}'") == {"org-00002"}
    assert found(database, ObjectKind.ORG, f"dateLastModified>'{moment_text(SECOND)}'") == set()
    assert found(database, ObjectKind.ORG, "dateLastModified>='2026-09-02T09:00:00.123 03:00'") == {"org-00002"}
    assert found(database, ObjectKind.ORG, f"dateLastModified='{moment_text(FIRST)}'") == {"org-00001"}
    assert found(database, ObjectKind.ORG, "dateLastModified<'2026-09-02'") == {"org-00001"}


@pytest.mark.parametrize("limit", [1, 7, 100, 701, 702, 703, 1000])
@pytest.mark.parametrize("descending", [False, True])
def test_pages_behind_an_id_are_those_of_the_offset(database: Database, limit: int, descending: bool) -> None:  # noqa: FBT001
    order, kind = Order(descending=descending), ObjectKind.USER
    whole = sorted([whole_id(kind, n) for n in (1, 2, *range(100, 800))], reverse=descending)
    seen: list[str] = []
    after = None
    with database.reading(SCHOOL) as reading:
        while True:
            query = Query(kind=kind, today=TODAY, order=order, limit=limit, offset=len(seen), after=after)
            page = reading.provider.page(query)
            assert page.total == len(whole)
            ids = [one.object.sourced_id for one in page.objects]
            plain = reading.provider.page(Query(kind=kind, today=TODAY, order=order, limit=limit, offset=len(seen)))
            assert [one.object.sourced_id for one in plain.objects] == ids
            seen += ids
            assert page.more == (len(seen) < len(whole))
            if not page.more or limit == 1:
                break
            after = ids[-1]
    assert seen == whole[: len(seen)]
    assert limit == 1 or seen == whole


def test_a_page_behind_an_id_is_found_by_the_key(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'plan.db'}")
    metadata.create_all(engine)
    base = Database(engine, lambda: FIRST)
    for variants in (frozenset[str](), frozenset({"student"})):
        query = Query(kind=ObjectKind.USER, today=TODAY, variants=variants, limit=1000, after="user-00500")
        plan = planned(engine, base, query)
        assert "SEARCH provider_object USING" in plan
        assert "sourced_id>?" in plan
        assert "TEMP B-TREE" not in plan
    for link in (Link.OF_CLASS, Link.OF_USER, Link.CHILD):
        within = (Restriction(link=link, sourced_id="class-00001"),)
        plan = planned(engine, base, Query(kind=ObjectKind.RESULT, today=TODAY, within=within, after="r"))
        assert "sourced_id>?" in plan
        assert "TEMP B-TREE" not in plan
    engine.dispose()


def planned(engine: Engine, base: Database, query: Query) -> str:
    """Return how SQLite goes about the statement that reads the page."""
    statements: list[tuple[str, object]] = []

    def remember(_connection: object, _cursor: object, sql: str, parameters: object, *_rest: object) -> None:
        statements.append((sql, parameters))

    event.listen(engine, "before_cursor_execute", remember)
    with base.reading(SCHOOL) as reading:
        reading.provider.page(query)
    event.remove(engine, "before_cursor_execute", remember)
    sql, parameters = next(one for one in statements if "ORDER BY" in one[0])
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters).all()  # type: ignore[arg-type]  # the driver's own
        connection.execute(text("SELECT 1"))
    return "\n".join(row[-1] for row in rows)


def test_what_hangs_on_another_object(database: Database) -> None:
    def within(kind: ObjectKind, link: Link, name: str, **more: str) -> list[str]:
        restriction = Restriction(link=link, sourced_id=name, role=more.get("role"))
        return asked(database, Query(kind=kind, today=date(2026, 9, 1), within=(restriction,), limit=1000))

    assert within(ObjectKind.ENROLLMENT, Link.OF_CLASS, "class-00001") == ["enrollment-00001"]
    assert within(ObjectKind.RESULT, Link.OF_USER, "user-00002") == ["result-00002"]
    assert within(ObjectKind.RESULT, Link.CHILD, "lineItem-00002") == ["result-00002"]
    assert within(ObjectKind.CLASS, Link.CHILD, "course-00001") == ["class-00001"]
    assert within(ObjectKind.CLASS, Link.IN_TERM, "academicSession-00002") == ["class-00002"]
    assert within(ObjectKind.USER, Link.MEMBER, "class-00001", role="student") == ["user-00001"]
    assert within(ObjectKind.USER, Link.MEMBER, "class-00001", role="teacher") == []
    assert within(ObjectKind.CLASS, Link.CLASSES_OF, "user-00002") == ["class-00002"]
    assert within(ObjectKind.USER, Link.MEMBER, "class-00003") == []


def test_who_has_left_a_class_is_no_member_of_it(database: Database) -> None:
    last = value_at(whole_object(ObjectKind.ENROLLMENT, 1).body, "endDate")
    within = (Restriction(link=Link.MEMBER, sourced_id="class-00001"),)
    for day, members in ((date.fromisoformat(last) - timedelta(days=1), 1), (date.fromisoformat(last), 0)):
        assert len(asked(database, Query(kind=ObjectKind.USER, today=day, within=within))) == members


def test_resources_are_those_that_are_named(database: Database) -> None:
    within = (Restriction(link=Link.LISTED, sourced_id="class-00001", ids=("resource-00002", "nothing")),)
    assert asked(database, Query(kind=ObjectKind.RESOURCE, today=TODAY, within=within)) == ["resource-00002"]


@given(value=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=0, max_size=20))
def test_any_value_is_found_by_a_filter_that_doubles_its_quotes(database: Database, value: str) -> None:
    body = {**plain_user(1).body, "familyName": value}
    one = ProviderObject(kind=ObjectKind.USER, sourced_id="any", body=body)
    with database.unit(SCHOOL) as unit:
        put(unit.provider, [one], FIRST)
        written = f"familyName='{value.replace(chr(39), chr(39) * 2)}' AND sourcedId='any'"
        page = unit.provider.page(Query(kind=ObjectKind.USER, today=TODAY, filter=filter_of(ObjectKind.USER, written)))
        assert [kept.object.body["familyName"] for kept in page.objects] == [value]
        unit.provider.bury(ObjectKind.USER, ["any"], at=FIRST - timedelta(days=9))
        unit.provider.purge([ObjectKind.USER], before=FIRST)
