# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules that hold for every file of the repository."""

from __future__ import annotations

import ast
import re
from pathlib import PurePosixPath

import pytest

from tests.unit import tree

# Written by tools, or texts of others: nobody reads them top to bottom.
GENERATED = re.compile(r"\.lock$|go\.sum$|^LICENSES/|^changelogs/changelog\.yaml$|^CHANGELOG")
# Put together from parts, so that this file does not break its own rule.
PLACES = ["/wo" + "rk/", "/fa" + "rm/", "/tmp/" + "um", "/ro" + "ot/.pyenv"]
INDEXES = ["py" + "pi.org", "pythonhosted" + ".org", "proxy.golang" + ".org", "sum.golang" + ".org", "npmjs" + ".org", "deb.debian" + ".org",
           "repo1.maven" + ".org", "repo.maven.apache" + ".org", "galaxy.ansible" + ".com", "crates" + ".io"]
UNFINISHED = re.compile("|".join(["TO" + "DO", "FIX" + "ME", r"\bXX" + r"X\b", "raise NotImple" + "mented", r"pytest\.mark\.(sk" + r"ip\b|xfa" + "il)"]))


def test_no_file_is_too_long():
    found = {name: tree.lines(name) for name in tree.files() if re.search(r"\.(py|ya?ml|j2|sh|md|go|toml)$|^Makefile$|^scripts/[^/.]+$", name)
             and not GENERATED.search(name)}
    assert {name: count for name, count in found.items() if count > 300} == {}


@pytest.mark.parametrize(("folder", "most"), [("plugins/modules/", 200), ("roles/[^/]+/tasks/", 60), ("roles/[^/]+/defaults/", 60)])
def test_modules_and_tasks_stay_small(folder, most):
    found = {name: tree.lines(name) for name in tree.files() if re.match(folder, name)}
    assert {name: count for name, count in found.items() if count > most} == {}


def test_every_plugin_has_a_unit_test_of_the_same_name():
    wanted = {}
    for name in tree.plugins():
        path = PurePosixPath(name)
        wanted[name] = str(PurePosixPath("tests/unit") / path.parent / f"test_{path.stem.lstrip('_')}.py")
    assert {name: test for name, test in wanted.items() if test not in tree.files()} == {}


def test_unit_tests_have_a_line_for_each_line_of_plugin():
    tested = sum(tree.lines(name) for name in tree.files() if re.match(r"tests/unit/plugins/.*\.py$", name))
    assert tested >= sum(tree.lines(name) for name in tree.plugins())


def test_python_files_start_as_agreed():
    found = [name for name in tree.files() if name.endswith(".py") and tree.read(name).strip()]
    assert [name for name in found if "from __future__ import annotations" not in tree.read(name)] == []
    assert [name for name in found if name.startswith("plugins/") and "GNU General Public License v3.0+" not in tree.read(name)[:400]] == []


def test_package_markers_are_empty():
    """ansible-test demands it of plugins/; elsewhere a docstring may stand."""
    assert [name for name in tree.files() if re.match(r"plugins/.*__init__\.py$", name) and tree.read(name)] == []


def test_every_function_of_plugins_tells_what_it_does():
    """Public functions and classes below plugins/ have a docstring; plugin entry points have DOCUMENTATION instead."""
    entries = ("main", "LookupModule", "FilterModule", "ActionModule", "CallbackModule")
    missing = []
    for name in tree.plugins():
        for node in ast.parse(tree.read(name)).body:
            public = isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_") and node.name not in entries
            if public and not ast.get_docstring(node):
                missing.append(f"{name}:{node.lineno} {node.name}")
    assert missing == []


@pytest.mark.parametrize("words", [PLACES, INDEXES], ids=["paths of a machine", "package indexes"])
def test_names_no(words):
    found = [(name, word) for name in tree.files() for word in words if word in tree.read(name)]
    assert found == []


def test_nothing_is_left_to_do():
    found = [f"{name}: {line.strip()}" for name in tree.files() if re.search(r"\.(py|ya?ml|j2|sh|go)$|^scripts/", name)
             for line in tree.read(name).splitlines() if UNFINISHED.search(line)]
    assert found == []


def test_locks_pin_everything_by_hash_and_name_no_index():
    locks = [name for name in tree.files() if re.match(r"requirements/.*\.lock$", name)]
    assert {PurePosixPath(name).stem for name in locks} == {"main", "oldest", "newest", "runtime"}
    for name in locks:
        entries = re.split(r"\n(?=[a-z])", tree.read(name))
        assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == [], name
        assert "://" not in tree.read(name), name


def test_a_checkout_is_a_collection():
    """The link that lets `ansible-playbook site.yml` find the collection in a checkout."""
    link = tree.ROOT / ".collections/ansible_collections/unifiedmeta/platform"
    if tree.ROOT.parts[-3:] != ("ansible_collections", "unifiedmeta", "platform"):
        assert link.resolve() == tree.ROOT
