"""Reads the packages of a source for one school: what is referred to first, rows of other schools left out.

Bounded by the school, not by the file: of the others' rows only fingerprints of ids are kept, to tell a reference to
somebody elsewhere from one to nobody.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.adapters.oneroster_files.layers import Layers, Told
from gateway.errors import Fault, Rejected, Text
from gateway.mapping.oneroster_csv import Cells, listed, numbers_in, object_in
from gateway.mapping.oneroster_gathering import GUARDIAN_ROLES, STUDENT, Collection, Gathering
from gateway.model.ids import SchoolId, issued_id
from gateway.model.roster import Protected, RecordKind
from gateway.model.roster_known import Known
from gateway.schemas.oneroster_csv import file_name
from gateway.schemas.oneroster_csv_zip import fault

_PEOPLE = (RecordKind.PUPIL, RecordKind.GUARDIAN, RecordKind.STAFF)
_ROLE_OF_KIND = {RecordKind.PUPIL: STUDENT, RecordKind.GUARDIAN: "guardian", RecordKind.STAFF: "teacher"}


@dataclass(kw_only=True)
class Reading:
    """What was read of the packages.

    Attributes:
        rows: rows that stand, by file.
        ours: of them those that concern the school, by file.
        broken: rows with faults, by file.
        twice: rows whose id came before in the same file, by file.
        dangling: references of our rows to records that are not there, by file and target.
        tombstones: rows that say that a record is gone.
        numbers: ids that users have elsewhere, by their ids here.
    """

    layers: Layers
    gathered: Gathering
    school: SchoolId
    source: str
    known: Known
    rows: Counter[str] = field(default_factory=Counter)
    ours: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    twice: Counter[str] = field(default_factory=Counter)
    dangling: Counter[tuple[str, str]] = field(default_factory=Counter)
    tombstones: int = 0
    numbers: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    rejected: list[Rejected] = field(default_factory=list)
    protected: set[Protected] = field(default_factory=set)
    _there: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set), repr=False)
    _roles: dict[str, list[Cells]] = field(default_factory=lambda: defaultdict(list), repr=False)

    def read(self) -> None:
        """Read everything.

        Raises:
            SchemaError: a file is damaged, or is no CSV in UTF-8.
        """
        for told in self._standing("academicSessions"):
            self._take(Collection.SESSIONS, "academicSessions", told)
        for told in self._standing("courses"):
            self._there["courses"].add(hash(told.row.id))
        self._read_classes()
        self._read_roles()
        self._read_users()
        self._read_enrollments()
        for told in self._standing("demographics"):
            if told.row.id in self.gathered.users:
                self._take(Collection.DEMOGRAPHICS, "demographics", told)

    def _read_classes(self) -> None:
        for told in self._standing("classes"):
            self._there["classes"].add(hash(told.row.id))
            if told.row.cells["schoolSourcedId"] == self.gathered.org:
                self._take(Collection.CLASSES, "classes", told)
                self._refer("classes", "courses", told.row.cells["courseSourcedId"])
                for term in listed(told.row.cells["termSourcedIds"]):
                    if self.layers.has_bulk("academicSessions") and term not in self.gathered.sessions:
                        self.dangling["classes", "academicSessions"] += 1
        self.ours["classes"] = len(self.gathered.classes)  # courses at our school are of no use

    def _read_roles(self) -> None:
        seen: set[int] = set()
        for told in self._standing("roles"):
            cells = told.row.cells
            if cells["orgSourcedId"] != self.gathered.org and cells["role"] not in GUARDIAN_ROLES:
                continue
            if hash(told.row.id) in seen:
                self._turn_away_twin("roles", told)
                continue
            seen.add(hash(told.row.id))
            self.ours["roles"] += cells["orgSourcedId"] == self.gathered.org
            kept = ("role", "roleType", "orgSourcedId", "beginDate", "endDate")
            self._roles[cells["userSourcedId"]].append({column: cells[column] for column in kept if cells[column]})

    def _read_users(self) -> None:
        self._roles_of_known()
        pupils = {user for user, roles in self._roles.items() if any(self._is_ours(one, STUDENT) for one in roles)}
        agents: set[str] = set()
        for told in self._standing("users", again=True):
            if told.row.id in pupils:
                agents.update(listed(told.row.cells["agentSourcedIds"]))
        for told in self._standing("users"):
            own, cells = told.row.id, told.row.cells
            self._there["users"].add(hash(own))
            here = any(one.get("orgSourcedId") == self.gathered.org for one in self._roles.get(own, ()))
            if here or own in agents or not pupils.isdisjoint(listed(cells["agentSourcedIds"])):
                self._take(Collection.USERS, "users", told)
                self.numbers[own] = numbers_in(cells)
        self.ours["users"] = len(self.gathered.pupils())
        for user, roles in self._roles.items():
            if any(one.get("orgSourcedId") == self.gathered.org for one in roles):
                self._refer("roles", "users", user)

    def _read_enrollments(self) -> None:
        """Take places in our classes; those in courses are looked at for dangling references only."""
        for told in self._standing("enrollments"):
            cells = told.row.cells
            if cells["classSourcedId"] in self.gathered.classes:
                self._take(Collection.ENROLLMENTS, "enrollments", told)
                self._refer("enrollments", "users", cells["userSourcedId"])
            elif cells["schoolSourcedId"] == self.gathered.org:
                self._refer("enrollments", "classes", cells["classSourcedId"])
        self.ours["enrollments"] = len(self.gathered.enrolments)

    def _roles_of_known(self) -> None:
        """Give people whom we know from this source the role that they have with us, where no role has come yet.

        A delta tells of a renamed pupil without repeating the role.
        """
        if self.layers.has_bulk("roles"):
            return
        for kind, role in _ROLE_OF_KIND.items():
            for user in self.known.of(kind):
                if user not in self._roles:
                    self._roles[user].append({"role": role, "roleType": "primary", "orgSourcedId": self.gathered.org})

    def _is_ours(self, role: Cells, word: str) -> bool:
        return role.get("orgSourcedId") == self.gathered.org and role.get("role") == word

    def _standing(self, name: str, *, again: bool = False) -> Iterator[Told]:
        """Yield the good rows that stand; what is wrong with others is noted, unless they are read ``again``."""
        for told in self.layers.rows(name):
            if told.row.faults:
                if not again:
                    self._turn_away(name, told)
            elif told.stands:
                self.rows[name] += not again
                yield told
            elif not again:
                self.tombstones += 1

    def _take(self, collection: Collection, name: str, told: Told) -> None:
        roles = self._roles.get(told.row.id, ()) if collection is Collection.USERS else ()
        if not self.gathered.take(collection, [object_in(told.row.cells, roles=roles)]):
            self._turn_away_twin(name, told)

    def _refer(self, name: str, target: str, own: str) -> None:
        if own and self.layers.has_bulk(target) and hash(own) not in self._there[target]:
            self.dangling[name, target] += 1

    def _turn_away_twin(self, name: str, told: Told) -> None:
        self.twice[name] += 1
        text = Text(
            ru="Запись с этим sourcedId в файле уже была: оставлена первая. Оставьте в файле одну.",
            en="A record with this sourcedId came before in the file: the first one was kept. Leave one in the file.",
        )
        found = fault(
            "oneroster_csv.duplicate",
            text,
            path=f"{file_name(name)}#column=1",
            line=told.row.line,
            field="sourcedId",
            record=told.row.id,
        )
        self._reject(name, told, (found,))

    def _turn_away(self, name: str, told: Told) -> None:
        cells = told.row.cells
        elsewhere = {"classes": "schoolSourcedId", "enrollments": "schoolSourcedId", "roles": "orgSourcedId"}.get(name)
        org = cells.get(elsewhere, "") if elsewhere else ""
        is_guardian = name == "roles" and cells.get("role") in GUARDIAN_ROLES
        readable = not any(one.code == "oneroster_csv.row_width" for one in told.row.faults)
        if readable and org and org != self.gathered.org and not is_guardian:
            return
        if name == "users" and told.row.id and told.row.id not in self._roles:
            return
        self._there[name].add(hash(told.row.id))
        self.broken[name] += 1
        self._reject(name, told, told.row.faults)

    def _reject(self, name: str, told: Told, faults: tuple[Fault, ...]) -> None:
        cells = told.row.cells
        kinds: tuple[RecordKind, ...] = ()
        own, prefix_kind = told.row.id, None
        match name:
            case "users":
                kinds = _PEOPLE
            case "roles":
                kinds, own = _PEOPLE, cells.get("userSourcedId", "")
            case "classes":
                kinds = (RecordKind.CLASS,)
            case "enrollments":
                kinds, own, prefix_kind = (RecordKind.ENROLLMENT,), cells.get("userSourcedId", ""), RecordKind.PUPIL
        for kind in kinds:
            prefix = (issued_id(self.school, self.source, (prefix_kind or kind).value, own),) if own else ()
            self.protected.add(Protected(kind=kind, prefix=prefix))
        shown = kinds[0].value if kinds else name
        raw = json.dumps(dict(cells), ensure_ascii=False, separators=(",", ":"))
        self.rejected.append(
            Rejected(record=told.row.id or f"{name}:{told.row.line}", kind=shown, faults=faults, raw=raw)
        )
