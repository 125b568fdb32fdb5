"""Validation of a batch of 100 MB as XML and of its JSON twin, each in a process of its own.

``value``: MB a second from the file to validated records, as the intake reads it. ``bound``: the same of the bare
parser: lxml's ``iterparse`` that forgets every element, the standard library's ``json.load``. ``peers`` holds the
peak memory of the whole process in MB, and that of the bare parser. ``--quick`` takes 10 MB.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from figure import Figure

MEGABYTES = 100
FEW_MEGABYTES = 10
MEASURE = {
    "ours": """
from gateway.journal.documents import open_document
with open(file, "rb") as source:
    document = open_document(source, f"application/{form}")
    assert not any(record.faults for record in document.records())
    assert not document.envelope().faults
""",
    "bare xml": """
from lxml import etree
for _, element in etree.iterparse(file):
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]
""",
    "bare json": """
import json
with open(file, "rb") as source:
    json.load(source)
""",
}
AROUND = """
import json, resource, sys, time
file, form = sys.argv[1:]
started = time.perf_counter()
{}
seconds = time.perf_counter() - started
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:
    size = (FEW_MEGABYTES if quick else MEGABYTES) * 10**6
    figures = []
    for form, pieces in (("json", _json), ("xml", _xml)):
        file = folder / f"batch.{form}"
        with file.open("w", encoding="utf-8") as written:
            for piece in pieces():
                written.write(piece)
                if written.tell() > size:
                    break
            written.write("]}" if form == "json" else "</marks></journalBatch>")
        megabytes = file.stat().st_size / 10**6
        seconds, memory = _run("ours", file, form)
        bare_seconds, bare_memory = _run(f"bare {form}", file, form)
        figures.append(
            Figure(
                name=f"validation_{form}",
                value=megabytes / seconds,
                unit="MB/s",
                bound=megabytes / bare_seconds,
                peers={"peak MB": memory, "bare peak MB": bare_memory},
            )
        )
    return figures


def _run(what: str, file: Path, form: str) -> tuple[float, float]:
    print(f"validating {form}: {what} … ", file=sys.stderr)
    code = AROUND.format(MEASURE[what])
    done = subprocess.run([sys.executable, "-c", code, file, form], check=True, capture_output=True, text=True)
    seconds, memory = json.loads(done.stdout)
    return seconds, memory


def _marks() -> Iterator[dict[str, str | int]]:
    number = 0
    while True:
        number += 1
        yield {
            "id": f"M-{number}",
            "lesson": f"L-{number // 25}",
            "pupil": f"P-{number % 700}",
            "value": 2 + number % 4,
            "workKind": "oral",
            "comment": "Хороший ответ у доски",
        }


def _json() -> Iterator[str]:
    yield '{"version": "1.1", "school": "s", "sentAt": "2026-09-15T15:00:00Z", "marks": [\n'
    for number, mark in enumerate(_marks()):
        yield (",\n" if number else "") + json.dumps(mark, ensure_ascii=False)


def _xml() -> Iterator[str]:
    yield '<journalBatch xmlns="urn:school-gateway:journal:1.1" version="1.1"><school>s</school>'
    yield "<sentAt>2026-09-15T15:00:00Z</sentAt><marks>\n"
    for mark in _marks():
        yield "<mark>" + "".join(f"<{name}>{value}</{name}>" for name, value in mark.items()) + "</mark>\n"
