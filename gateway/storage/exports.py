"""Export packages in the database, and the facts that exports are made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, insert, select, update

from gateway.errors import Text
from gateway.model.export_package import ExportPackage, PackageState, Receipt
from gateway.model.ids import PeriodId, SchoolId
from gateway.model.performance_facts import PerformanceFacts
from gateway.storage.performance_facts import read_performance_facts
from gateway.storage.tables.documents import export_package
from gateway.storage.tables.school import school as school_table


class SqlExports:
    """The exports of one school (port `gateway.ports.exports.Exports`)."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def facts(self, period: PeriodId) -> PerformanceFacts | None:
        """Return what journal and roster hold for a period, ``None`` if the school has no such period."""
        return read_performance_facts(self._connection, self._school, period)

    def hold(self) -> None:
        """Let no other export of the school in until the transaction ends.

        SQLite has one writer at a time anyway; PostgreSQL locks the school's row.
        """
        self._connection.execute(
            select(school_table.c.school_id).where(school_table.c.school_id == self._school).with_for_update()
        )

    def newest(self, definition: str, period: PeriodId) -> ExportPackage | None:
        """Return the package of a definition and period that was made last."""
        return self._first(self._of(definition, period))

    def last_accepted(self, definition: str, period: PeriodId) -> ExportPackage | None:
        """Return the package of a definition and period that was made last of those the recipient took."""
        accepted = export_package.c.state == PackageState.ACCEPTED
        return self._first(self._of(definition, period).where(accepted))

    def package(self, package: str) -> ExportPackage | None:
        """Return a package by its id."""
        return self._first(self._all().where(export_package.c.id == package))

    def recent(self, *, limit: int = 50) -> Sequence[ExportPackage]:
        """Return the packages made last, newest first."""
        newest_first = self._all().order_by(export_package.c.made_at.desc(), export_package.c.id).limit(limit)
        return [_package(row) for row in self._connection.execute(newest_first).mappings()]

    def add(self, package: ExportPackage) -> None:
        """Keep a new package."""
        self._connection.execute(
            insert(export_package).values(
                school_id=self._school,
                id=package.id,
                definition=package.definition,
                schema_version=package.schema_version,
                recipient=package.recipient,
                period_id=package.period,
                period_start=package.period_start,
                period_end=package.period_end,
                version=package.version,
                made_at=package.made_at,
                content_digest=package.content_digest,
                document=package.document,
                signature=package.signature,
                manifest=dict(package.manifest),
                size=package.size,
                message_id=package.message,
                state=package.state,
                receipt=package.receipt,
                receipt_at=package.receipt_at,
            )
        )

    def accept(self, package: str, receipt: Receipt, at: datetime) -> bool:
        """Note a receipt; tell whether that changed anything. A receipt once noted stays."""
        answer = {
            "accepted_at": receipt.accepted_at.isoformat(),
            "status": receipt.status.value,
            "records_accepted": receipt.records_accepted,
            "rejected": [
                {"record": record.record, "code": record.code, "reason": record.reason} for record in receipt.rejected
            ],
        }
        return self._answered(
            package, {"state": PackageState.ACCEPTED, "receipt": receipt.id, "receipt_at": at, "answer": answer}
        )

    def refuse(self, package: str, code: str, text: Text, at: datetime) -> bool:
        """Note why a package was refused; tell whether that changed anything. An accepted package stays accepted."""
        answer = {"code": code, "ru": text.ru, "en": text.en, "refused_at": at.isoformat()}
        return self._answered(
            package, {"state": PackageState.REFUSED, "answer": answer}, unless=(PackageState.REFUSED,)
        )

    def _answered(self, package: str, values: dict[str, Any], *, unless: tuple[PackageState, ...] = ()) -> bool:
        statement = (
            update(export_package)
            .where(export_package.c.school_id == self._school, export_package.c.id == package)
            .where(export_package.c.state.not_in([PackageState.ACCEPTED, *unless]))
            .values(**values)
        )
        return self._connection.execute(statement).rowcount == 1

    def _all(self) -> Select[Any]:
        return select(export_package).where(export_package.c.school_id == self._school)

    def _of(self, definition: str, period: PeriodId) -> Select[Any]:
        columns = export_package.c
        return (
            self._all()
            .where(columns.definition == definition, columns.period_id == period)
            .order_by(columns.version.desc())
        )

    def _first(self, statement: Select[Any]) -> ExportPackage | None:
        row = self._connection.execute(statement.limit(1)).mappings().first()
        return _package(row) if row else None


def _package(row: RowMapping) -> ExportPackage:
    return ExportPackage(
        id=row["id"],
        definition=row["definition"],
        schema_version=row["schema_version"],
        recipient=row["recipient"],
        period=PeriodId(row["period_id"]),
        period_start=row["period_start"],
        period_end=row["period_end"],
        version=row["version"],
        made_at=row["made_at"],
        content_digest=row["content_digest"],
        document=row["document"],
        signature=row["signature"],
        manifest=row["manifest"],
        size=row["size"],
        message=row["message_id"],
        state=PackageState(row["state"]),
        receipt=row["receipt"],
        receipt_at=row["receipt_at"],
    )
