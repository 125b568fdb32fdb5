"""Links between the documents lead somewhere, every document is linked, and README names two scripts."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    [*DOCS.rglob("*.md"), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")), ROOT / "queue/outbox/README.md"]
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", flags=re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", flags=re.MULTILINE)


def targets(page: Path) -> list[str]:
    """Return where the relative links of a page lead."""
    found = LINK.findall(FENCE.sub("", page.read_text("utf-8")))
    return [unquote(target) for target in found if "://" not in target and not target.startswith("mailto:")]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings as code forges make them."""
    headings = HEADING.findall(FENCE.sub("", page.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target in targets(page):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            broken.append(target)
    assert not broken


def test_every_document_can_be_reached_from_readme() -> None:
    reached: set[Path] = set()
    coming = [ROOT / "README.md"]
    while coming:
        page = coming.pop()
        if page in reached or not page.is_file() or page.suffix != ".md":
            continue
        reached.add(page)
        coming += [(page.parent / target.partition("#")[0]).resolve() for target in targets(page) if target[0] != "#"]
    assert set(DOCS.rglob("*.md")) - reached == set()


def test_readme_names_exactly_the_two_commands() -> None:
    named = set(re.findall(r"script/\w+", (ROOT / "README.md").read_text("utf-8")))
    assert named == {"script/demo", "script/test"}


def test_no_document_holds_an_address_of_somebodys_machine() -> None:
    for page in PAGES:
        assert not re.search(r"/(?:home|Users|work|root)/", page.read_text("utf-8")), page
