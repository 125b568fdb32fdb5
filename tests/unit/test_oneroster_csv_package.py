"""Packages of OneRoster CSV files: what is taken, and every way in which one is refused (CSV binding 1.2)."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from gateway.errors import PermanentError, SchemaError
from gateway.schemas.oneroster_csv import FILES, MANIFEST, Mode, file_name, header, headers
from gateway.schemas.oneroster_csv_rows import read_rows
from gateway.schemas.oneroster_csv_writing import write_oneroster_zip
from gateway.schemas.oneroster_csv_zip import MAX_ENTRIES, MAX_FILE, MAX_TOTAL, entry_faults
from tests.oneroster_csv_world import SCHOOL as OURS
from tests.oneroster_csv_world import (
    Entries,
    adapter,
    cells,
    dated,
    entries_of,
    faults_of,
    named,
    read,
    rewrite,
    whole,
    write,
)

SHARED = Path(__file__).parents[3] / "shared" / "data" / "oneroster"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return write(tmp_path / "bulk.zip", whole())


def test_a_good_package_has_no_faults(package: Path) -> None:
    assert faults_of(package) == {}


# the tables of the binding


def test_our_columns_are_those_of_the_binding_1_2() -> None:
    table = SHARED / "csv-columns.json"
    if not table.exists():
        pytest.skip("the official column tables are not here")
    official = json.loads(table.read_text(encoding="utf-8"))
    told = {
        name.removesuffix(".csv"): [(one["column"].rstrip("*"), one["required"] == "Yes") for one in columns]
        for name, columns in official.items()
        if name != MANIFEST
    }
    ours = {
        name: [(column.name, column.required) for column in columns]
        for name, columns in FILES.items()
        if name != "users"
    }
    assert {name: columns for name, columns in told.items() if name != "users"} == ours
    required = {column.name for column in FILES["users"] if column.required}
    assert {name for name, is_required in told["users"] if is_required} == required
    assert tuple(name for name, _ in told["users"]) == headers("users")[1]
    properties = [one["column"].rstrip("*") for one in official[MANIFEST]]
    assert properties[2:-2] == [f"file.{name}" for name in FILES]


def test_what_refers_to_a_record_is_a_reference_by_the_binding() -> None:
    table = SHARED / "csv-columns.json"
    if not table.exists():
        pytest.skip("the official column tables are not here")
    official = json.loads(table.read_text(encoding="utf-8"))
    references = {
        (name, one["column"])
        for name in FILES
        for one in official[file_name(name)]
        if "GUID Ref" in one["format"] or (name, one["column"]) == ("userProfiles", "userSourcedId")
    } - {("users", "resourceSourcedIds")}
    assert {(name, one.name) for name, columns in FILES.items() for one in columns if one.refers_to} == references


def test_our_headers_are_those_of_1_2_1() -> None:
    table = SHARED / "csv-headers-1.2.1.json"
    if not table.exists():
        pytest.skip("the official headers are not here")
    official = json.loads(table.read_text(encoding="utf-8"))
    assert {file_name(name): list(header(name)) for name in FILES} == official


# zip hygiene


def entry(name: str, *, size: int = 10, packed: int = 10, flags: int = 0, mode: int = 0) -> ZipInfo:
    info = ZipInfo(name)
    info.file_size, info.compress_size, info.flag_bits, info.external_attr = size, packed, flags, mode << 16
    return info


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([entry("users.csv", size=50 * 2**20, packed=1000)], "oneroster_csv.too_large"),
        ([entry("users.csv", size=MAX_FILE + 1, packed=MAX_FILE)], "oneroster_csv.too_large"),
        (
            [entry(f"{name}.csv", size=MAX_FILE, packed=MAX_FILE // 2) for name in ("users", "orgs", "roles")],
            "oneroster_csv.too_large",
        ),
        ([entry(f"{number}.csv") for number in range(MAX_ENTRIES + 1)], "oneroster_csv.too_large"),
        ([entry("users.csv", flags=1)], "oneroster_csv.encrypted"),
        ([entry("users.csv", mode=0o120777)], "oneroster_csv.unknown_file"),
        ([entry("../users.csv")], "oneroster_csv.traversal"),
        ([entry("/etc/users.csv")], "oneroster_csv.traversal"),
        ([entry("C:\\users.csv")], "oneroster_csv.traversal"),
        ([entry("..\\users.csv")], "oneroster_csv.traversal"),
        ([entry("roster/users.csv")], "oneroster_csv.folder"),
        ([entry("roster/")], "oneroster_csv.folder"),
        ([entry("readme.txt")], "oneroster_csv.unknown_file"),
        ([entry("userprofiles.csv")], "oneroster_csv.file_case"),
        ([entry("users.csv"), entry("users.csv")], "oneroster_csv.entry_twice"),
    ],
)
def test_bad_entries_are_refused_before_anything_is_read(entries: list[ZipInfo], code: str) -> None:
    found = list(entry_faults(entries))
    assert {one.code for one in found} == {code}
    assert all(one.text.ru and one.text.en and one.rule for one in found)


def test_the_limit_of_all_files_is_above_that_of_one() -> None:
    assert MAX_FILE < MAX_TOTAL < 3 * MAX_FILE


def test_an_entry_that_is_longer_than_it_says_gives_no_more_than_that(package: Path) -> None:
    """A bomb that lies about its size is cut off by its check sum."""
    content = bytearray(package.read_bytes())
    place = content.rindex(b"users.csv") - 46
    assert content[place : place + 4] == b"PK\x01\x02"
    size = struct.unpack_from("<I", content, place + 24)[0]
    struct.pack_into("<I", content, place + 24, size - 20)
    package.write_bytes(content)
    assert "oneroster_csv.not_readable" in faults_of(package)


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bulk.zip").write_bytes(b"<html>no zip</html>")
    assert set(faults_of(tmp_path / "bulk.zip")) == {"oneroster_csv.not_readable"}


def test_two_entries_of_one_name_are_refused_in_a_real_zip(package: Path) -> None:
    entries = entries_of(package)
    with pytest.warns(UserWarning, match="Duplicate name"), ZipFile(package, "a", ZIP_DEFLATED) as archive:
        archive.writestr("users.csv", entries["users.csv"])
    assert faults_of(package)["oneroster_csv.entry_twice"].path == "users.csv"


def test_nothing_is_unpacked_by_its_name(package: Path) -> None:
    def plant(entries: Entries) -> None:
        entries["../planted.csv"] = b"x"

    assert "oneroster_csv.traversal" in faults_of(rewrite(package, plant))
    assert not (package.parent.parent / "planted.csv").exists()
    assert sorted(one.name for one in package.parent.iterdir()) == ["bulk.zip"]


# the manifest


def manifest(old: bytes, new: bytes) -> object:
    def change(entries: Entries) -> None:
        assert old in entries[MANIFEST]
        entries[MANIFEST] = entries[MANIFEST].replace(old, new)

    return change


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"file.users,bulk", b"file.users,", "oneroster_csv.manifest"),
        (b"file.users,bulk", b"file.users,full", "oneroster_csv.manifest"),
        (b"oneroster.version,1.2", b"oneroster.version,1.1", "oneroster_csv.manifest"),
        (b"manifest.version,1.0\r\n", b"", "oneroster_csv.manifest"),
        (b"file.users,bulk", b"file.users,absent", "oneroster_csv.not_declared"),
        (b"file.users,bulk\r\n", b"", "oneroster_csv.not_declared"),
        (b"file.results,absent", b"file.results,bulk", "oneroster_csv.file_missing"),
        (b"file.results,absent", b"file.results,delta", "oneroster_csv.file_missing"),
        (b"propertyName,value", b"property,value", "oneroster_csv.header"),
    ],
)
def test_a_manifest_that_is_wrong_or_denies_the_files_is_refused(
    package: Path, old: bytes, new: bytes, code: str
) -> None:
    found = faults_of(rewrite(package, manifest(old, new)))  # type: ignore[arg-type]  # a change made above
    assert code in found
    assert found[code].text.ru
    assert found[code].path


def test_a_package_without_manifest_is_refused(package: Path) -> None:
    found = faults_of(rewrite(package, lambda entries: entries.__delitem__(MANIFEST)))
    assert set(found) == {"oneroster_csv.no_manifest"}


def test_a_manifest_alone_means_no_changes(tmp_path: Path) -> None:
    snapshot = read(write(tmp_path / "none.zip", {}))
    assert snapshot.partial
    assert not snapshot.complete
    assert named(snapshot) == {"pupils": [], "guardians": [], "staff": [], "classes": []}
    assert "изменений нет" in snapshot.remarks[0].ru


def test_a_file_without_rows_is_refused_since_it_would_mean_that_all_are_gone(package: Path) -> None:
    def empty(entries: Entries) -> None:
        entries["users.csv"] = entries["users.csv"].split(b"\r\n")[0] + b"\r\n"

    assert faults_of(rewrite(package, empty))["oneroster_csv.no_rows"].path == "users.csv"


# headers


def with_header(change: object) -> object:
    def rewritten(entries: Entries) -> None:
        head, rest = entries["users.csv"].split(b"\r\n", 1)
        entries["users.csv"] = change(head) + b"\r\n" + rest  # type: ignore[operator]

    return rewritten


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        (b"givenName,familyName", b"familyName,givenName", 7),
        (b"givenName", b"givenname", 7),
        (b"username,", b"", 5),
        (b",pronouns", b"", 22),
        (b",pronouns", b",pronouns,nickname", 23),
        (b",pronouns", b",pronouns,metadata.a,metadata.a", 24),
        (b"sourcedId,", b"metadata.x,sourcedId,", 1),
    ],
)
def test_a_wrong_header_is_told_by_its_column(package: Path, old: bytes, new: bytes, column: int) -> None:
    broken = rewrite(package, with_header(lambda head: head.replace(old, new)))  # type: ignore[arg-type]
    with pytest.raises(SchemaError) as caught:
        read(broken)
    first = caught.value.faults[0]
    assert (first.code, first.path, first.line) == ("oneroster_csv.header", f"users.csv#column={column}", 1)


def test_users_of_1_1_are_told_as_such(package: Path) -> None:
    old = b"sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username"
    broken = rewrite(package, with_header(lambda _head: old))  # type: ignore[arg-type]
    assert "1.1" in faults_of(broken)["oneroster_csv.header"].text.en


def test_the_header_of_1_2_is_accepted_too_and_so_are_a_byte_order_mark_and_metadata(package: Path) -> None:
    def older(entries: Entries) -> None:
        table = cells(entries["users.csv"])
        place = table[0].index("preferredGivenName")
        lines = [
            [*row[:place], "" if number else "resourceSourcedIds", *row[place:]] for number, row in enumerate(table)
        ]
        lines = [[*row, "x" if number else "metadata.room"] for number, row in enumerate(lines)]
        text = "\r\n".join(",".join(f'"{cell}"' if "," in cell else cell for cell in row) for row in lines)
        entries["users.csv"] = b"\xef\xbb\xbf" + text.encode() + b"\r\n"

    before = named(read(package))
    assert named(read(rewrite(package, older))) == before


# rows


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("p-5,,,true,p-5,,,Тестов" + "," * 14, "oneroster_csv.required", "users.csv#column=7"),
        ("п-5,,,true,p-5,,Проба,Тестов" + "," * 14, "oneroster_csv.guid", "users.csv#column=1"),
        (f"{'p' * 256},,,true,p-5,,Проба,Тестов" + "," * 14, "oneroster_csv.guid", "users.csv#column=1"),
        ("p-5,,,true,p-5,,Проба,Тестов,Петрович", "oneroster_csv.row_width", "users.csv"),
        ('p-5,,,true,p-5,,"Про\nба",Тестов' + "," * 14, "oneroster_csv.line_break", "users.csv"),
    ],
)
def test_a_bad_row_is_told_by_line_and_column(row: str, code: str, column: str) -> None:
    content = ",".join(header("users")) + "\r\n" + row + "\r\n"
    (found,) = read_rows("users", io.BytesIO(content.encode()))
    assert [(one.code, one.path) for one in found.faults] == [(code, column)]
    assert found.faults[0].line == found.line


def test_long_texts_are_no_fault() -> None:
    row = f"p-5,,,true,p-5,,{'П' * 1000},Тестов" + "," * 14
    (found,) = read_rows("users", io.BytesIO(f"{','.join(header('users'))}\r\n{row}\r\n".encode()))
    assert not found.faults
    assert len(found.cells["givenName"]) == 1000


def test_what_is_no_utf_8_is_refused_with_file_and_line(package: Path) -> None:
    def spoil(entries: Entries) -> None:
        entries["users.csv"] += "p-7,,,true,p-7,,Имя,Фамилия".encode("cp1251") + b"," * 14 + b"\r\n"

    fault = faults_of(rewrite(package, spoil))["csv.not_utf8"]
    assert (fault.path, fault.line) == ("users.csv", 7)


# writing


def test_what_is_written_is_1_2_1_to_the_letter(package: Path) -> None:
    entries = entries_of(package)
    assert {name for name in entries if name != MANIFEST} == {file_name(name) for name in whole()}
    for name in whole():
        assert cells(entries[file_name(name)])[0] == list(header(name))
    told = dict(cells(entries[MANIFEST]))
    assert told["oneroster.version"] == "1.2"
    assert told["file.users"] == "bulk"
    assert told["file.results"] == "absent"
    assert [name for name in told if name.startswith("file.")] == [f"file.{name}" for name in FILES]


def test_bulk_leaves_status_and_moment_empty_and_delta_wants_both(tmp_path: Path) -> None:
    bulk = entries_of(write(tmp_path / "b.zip", dated(whole())))
    assert {tuple(row[1:3]) for row in cells(bulk["users.csv"])[1:]} == {("", "")}
    delta = entries_of(write(tmp_path / "d.zip", dated({"users": whole()["users"][:1]}), Mode.DELTA))
    assert cells(delta["users.csv"])[1][1:3] == ["active", "2026-11-23T05:00:00.000Z"]
    with pytest.raises(ValueError, match="no status"):
        write(tmp_path / "x.zip", whole(), Mode.DELTA)


@pytest.mark.parametrize("rows", [{"people": []}, {"users": [{"nickname": "x"}]}])
def test_files_and_columns_that_the_binding_does_not_know_are_not_written(
    rows: dict[str, list[dict[str, str]]],
) -> None:
    with pytest.raises(ValueError, match=r"no files|no columns"):
        write_oneroster_zip(io.BytesIO(), rows, mode=Mode.BULK, system="x")


def test_the_same_rows_give_the_same_bytes_even_to_a_stream_that_cannot_seek() -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.taken = b""

        def writable(self) -> bool:
            return True

        def write(self, content: object) -> int:
            piece = bytes(content)  # type: ignore[call-overload]
            self.taken += piece
            return len(piece)

    first, second = Pipe(), Pipe()
    for pipe in (first, second):
        write_oneroster_zip(pipe, {"users": whole()["users"]}, mode=Mode.BULK, system="x")  # type: ignore[arg-type]
    assert first.taken == second.taken
    with ZipFile(io.BytesIO(first.taken)) as archive:
        assert len(cells(archive.read("users.csv"))) == 6


# the adapter's own refusals


def test_no_packages_and_a_refused_package_are_errors_of_the_source(tmp_path: Path) -> None:
    for place in (None, tmp_path):
        with pytest.raises(PermanentError) as caught:
            adapter(place).snapshot(OURS)
        assert caught.value.code == "oneroster_files.nothing"
    (tmp_path / "x.zip").write_bytes(b"no zip")
    with pytest.raises(PermanentError) as caught:
        adapter(tmp_path).snapshot(OURS)
    assert caught.value.code == "oneroster_files.refused"
    assert "x.zip" in caught.value.text.ru
