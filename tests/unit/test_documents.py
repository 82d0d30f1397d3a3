# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the documents promise: commands exist, links lead somewhere."""

from __future__ import annotations

import re

import pytest

from tests.unit import tree

PAGES = [name for name in tree.files() if name.endswith(".md") and not name.startswith(("LICENSES/", "CHANGELOG"))]


def code(text: str) -> list[str]:
    """Every line of code in a page: in blocks and between backticks."""
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.M | re.S)
    return [line for block in blocks for line in block.splitlines()] + re.findall(r"`([^`\n]+)`", text)


def anchors(text: str) -> set[str]:
    """The anchors that a page's headings get on the usual forges."""
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, re.M)}


@pytest.mark.parametrize("page", PAGES)
def test_make_targets_exist(page):
    targets = set(re.findall(r"^([a-z][a-z-]*):", tree.read("Makefile"), re.M))
    used = {word for line in code(tree.read(page)) for call in re.findall(r"(?:^|[\s;&(])make((?: [a-z][a-z-]*)+)", line) for word in call.split()}
    assert used - targets == set()


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    text = re.sub(r"^```.*?^```", "", tree.read(page), flags=re.M | re.S)
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _hash, anchor = target.partition("#")
        path = (tree.ROOT / page).parent / file if file else tree.ROOT / page
        if not path.exists() or (anchor and path.suffix == ".md" and anchor not in anchors(path.read_text(encoding="utf-8"))):
            broken.append(target)
    assert broken == []


def test_readme_shows_the_commands_that_people_need():
    for command in ("make demo", "make demo-down", "make test", "ansible-playbook site.yml -i inventories/onprem"):
        assert command in tree.read("README.md")


def test_make_lists_every_target():
    makefile = tree.read("Makefile")
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, re.M).group(1).split())
    assert phony == set(re.findall(r"^([a-z][a-z-]*):.* ## ", makefile, re.M))
