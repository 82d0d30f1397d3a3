# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every role's argument_specs against its defaults, and its Molecule scenario."""

from __future__ import annotations

import re
import typing as t

import pytest
import yaml

from tests.unit import tree

pytestmark = pytest.mark.parametrize("role", tree.roles())


class _Loader(yaml.SafeLoader):
    """Reads Ansible's own tags (!vault, !unsafe) as plain text."""


_Loader.add_multi_constructor("!", lambda loader, _suffix, node: loader.construct_scalar(node))


def load(name: str) -> t.Any:
    """Content of a YAML file, an empty dict when it isn't there."""
    return (yaml.load(tree.read(name), Loader=_Loader) or {}) if name in tree.files() else {}


def options(role: str) -> dict[str, t.Any]:
    """All options of a role's entry points, by name."""
    specs = load(f"roles/{role}/meta/argument_specs.yml").get("argument_specs", {})
    return {name: option for entry in specs.values() for name, option in (entry.get("options") or {}).items()}


def is_template(value: t.Any) -> bool:
    """Whether a default is computed when it is used."""
    return "{{" in str(value)


def test_has_a_spec_for_each_entry_point(role):
    entries = {re.fullmatch(rf"roles/{role}/tasks/([a-z][a-z_]*)\.yml", name) for name in tree.files()} - {None}
    specs = load(f"roles/{role}/meta/argument_specs.yml").get("argument_specs", {})
    assert "main" in specs
    assert set(specs) <= {entry.group(1) for entry in entries}
    for name, spec in specs.items():
        assert spec.get("short_description"), name


def test_defaults_and_options_have_the_same_names(role):
    defaults, declared = load(f"roles/{role}/defaults/main.yml"), options(role)
    assert set(defaults) - set(declared) == set(), "in defaults, but no option"
    optional = {name for name, option in declared.items() if not option.get("required") and not name.startswith("platform_")}
    undefaulted = {name for name in optional - set(defaults) if "default" in declared[name]}
    assert undefaulted == set(), "an option's default that defaults/main.yml lacks"


def test_defaults_and_options_have_the_same_values(role):
    defaults, declared = load(f"roles/{role}/defaults/main.yml"), options(role)
    other = {name: (value, declared[name].get("default")) for name, value in defaults.items()
             if name in declared and not is_template(value) and value not in (None, "", [], {}) and declared[name].get("default") != value}
    assert other == {}, "(defaults/main.yml, argument_specs.yml)"


def test_options_are_explained_and_typed(role):
    assert [name for name, option in options(role).items() if not option.get("description") or not option.get("type")] == []


def test_variables_carry_the_role_s_prefix(role):
    names = set(load(f"roles/{role}/defaults/main.yml")) | {
        name for file in tree.files() if re.match(rf"roles/{role}/vars/.*\.yml$", file) for name in load(file)}
    assert [name for name in names if not re.match(rf"_*{role}_", name)] == []


def test_a_molecule_scenario_names_it(role):
    scenarios = [name for name in tree.files() if re.match(r"molecule/[^/]+/.*\.yml$", name)]
    assert [name for name in scenarios if re.search(rf"\b{role}\b", name + tree.read(name))] != []


def test_each_option_is_set_by_a_test(role):
    """To something, on real servers: in tests/lab, tests/chaos or a Molecule scenario. What nobody sets, nobody knows to work."""
    texts = [tree.read(name) for name in tree.files() if re.match(r"(tests/(lab|chaos)/.*\.py|(\.config/)?molecule/.*\.yml)$", name)]
    unset = [name for name in options(role) if not any(re.search(rf"""\b{name}["']?\s*[:=](?!=)""", text) for text in texts)]
    assert unset == []
