"""The pages of decisions: each has a number of its own, stands in the list and is found by its links."""

import re

from tests.house.source import ROOT

FOLDER = ROOT / "docs" / "decisions"
PAGES = sorted(page.name for page in FOLDER.glob("[0-9]*.md"))


def test_each_decision_has_a_number_of_its_own():
    assert [page[:4] for page in PAGES] == [f"{number:04}" for number in range(1, len(PAGES) + 1)]


def test_each_decision_begins_with_its_number():
    assert [page for page in PAGES if not (FOLDER / page).read_text().startswith(f"# {page[:4]} ")] == []


def test_the_list_names_each_decision_once():
    listed = re.findall(r"^\| \[(\d{4})\]\((\S+)\) \|", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert listed == [(page[:4], page) for page in PAGES]


def test_links_to_decisions_lead_somewhere():
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for link in re.findall(r"\((?:\S*/)?(\d{4}-[\w-]+\.md)\)", page.read_text()):
            assert link in PAGES, f"{page.relative_to(ROOT)} points to {link}"
