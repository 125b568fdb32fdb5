"""``gateway sign FILE`` and ``gateway verify FILE``: detached CMS signatures, and PDF files with a signature inside."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.archive.verification import ArchiveTrust, verify_file
from gateway.cli.context import Session, command
from gateway.cli.output import FAILED, Voice
from gateway.signing.cms import verify_detached
from gateway.signing.keys import load_roots

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


def add_to(main: click.Group) -> None:
    """Add the commands."""
    command(main, "sign")(sign)
    command(main, "verify")(verify)


@click.argument("file", type=_FILE)
def sign(session: Session, voice: Voice, file: Path) -> None:
    """Write a detached signature of a file with the director's key beside it, as FILE.sig."""
    signature = file.with_name(f"{file.name}.sig")
    signature.write_bytes(session.gateway.signer.sign_detached(file.read_bytes()))
    voice.answer({"ok": True, "signature": str(signature)})


@click.argument("file", type=_FILE)
@click.option("--signature", type=_FILE, default=None, help="The detached signature; FILE.sig without it.")
@click.option("--roots", type=_FILE, default=None, help="Trusted authorities (PEM); else those of the settings.")
def verify(session: Session, voice: Voice, file: Path, signature: Path | None, roots: Path | None) -> None:
    """Tell whether a file is what was signed, and by whom. A PDF is also judged by the signature inside it."""
    beside = signature or file.with_name(f"{file.name}.sig")
    trusted = load_roots(roots) if roots else session.gateway.identity.roots
    content = file.read_bytes()
    if content.startswith(b"%PDF-"):
        trust = ArchiveTrust(roots=trusted, directors=session.gateway.archive_trust.directors)
        detached = beside.read_bytes() if beside.exists() else None
        report = verify_file(content, detached, trust, at=session.gateway.clock(), location=file.name)
        findings = [found.text.in_language(voice.language) for found in report.findings]
        signer = report.signer.subject if report.signer else None
        voice.answer({"ok": report.sound, "signer": signer, "findings": findings})
        if not report.sound:
            raise SystemExit(FAILED)
        return
    signer_facts = verify_detached(content, beside.read_bytes(), trusted, session.gateway.clock())
    voice.answer({"ok": True, "signer": signer_facts.certificate.subject})
