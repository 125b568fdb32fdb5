"""Medical certificates: for some of the illnesses, and for exemptions from physical education all the year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from gateway.model.attendance import HealthSheet, MedicalCertificate
from gateway.model.ids import MedicalCertificateId, PupilId, RecordId
from gateway.sandbox.school.curriculum import SPORT_SUBJECT
from gateway.sandbox.school.draws import fraction, pick
from gateway.sandbox.school.sample import SampleSchool
from gateway.sandbox.school.spells import Spell, SpellKind, spell_around

ILLNESS = SpellKind(name="illness", chance=0.19, shortest=3, longest=10)
_CERTIFIED = 0.6
_EXEMPT = 0.012
_HEALTH_GROUPS = ("основная", "основная", "основная", "подготовительная", "специальная")


def illness_certificate(sample: SampleSchool, day: date, pupil: PupilId, source_id: str) -> MedicalCertificate | None:
    """Return the certificate of the illness that the pupil has on the day, if there is one."""
    spell = spell_around(ILLNESS, day, sample.seed, pupil)
    if spell is None or fraction("certified", sample.seed, spell.first, pupil) >= _CERTIFIED:
        return None
    return MedicalCertificate(
        id=_certificate_id(spell, source_id), pupil=pupil, valid_from=spell.first, valid_to=spell.last
    )


def exemptions(sample: SampleSchool) -> tuple[MedicalCertificate, ...]:
    """Return the certificates of those who are exempt from physical education for the whole year."""
    return tuple(
        MedicalCertificate(
            id=MedicalCertificateId(f"MC-{sample.year}-{pupil.source_id}"),
            pupil=pupil.id,
            valid_from=date(sample.year, 9, 1),
            valid_to=date(sample.year + 1, 8, 31),
            exempt_from=(SPORT_SUBJECT,),
        )
        for pupil in sample.pupils
        if fraction("exempt", sample.seed, pupil.id) < _EXEMPT
    )


def health_sheets(sample: SampleSchool) -> Iterator[HealthSheet]:
    """Yield every pupil's health sheet (R-ROST-18)."""
    for pupil in sample.pupils:
        group = pick(_HEALTH_GROUPS, "health", sample.seed, pupil.id)
        yield HealthSheet(
            id=RecordId(f"HS-{sample.year}-{pupil.source_id}"),
            pupil=pupil.id,
            filled_on=date(sample.year, 8, 28),
            content=f"Физкультурная группа: {group}.",
        )


def _certificate_id(spell: Spell, source_id: str) -> MedicalCertificateId:
    return MedicalCertificateId(f"MC-{spell.first:%Y%m%d}-{source_id}")
