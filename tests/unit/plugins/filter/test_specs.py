# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every filter of a plan has in common: found by Ansible, documented, plain in and out. Each one's own is in the test of its name."""

from __future__ import annotations

import importlib
import inspect
import json
import pathlib

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible.plugins.loader import filter_loader, fragment_loader

from tests.unit.plugins.filter.example import PLAN
from tests.unit.tree import ROOT

# These take no plan: the profile's seal, the inventory, answers of hosts, settings of a cluster.
OTHERS = ("vault_seal_spec", "rke2_nodes_spec", "rke2_facts_spec", "rke2_fingerprints_spec", "rke2_spec", "rke2_userdata_spec")
NAMES = sorted(path.stem for path in pathlib.Path(ROOT, "plugins/filter").glob("*_spec.py") if path.stem not in OTHERS)


@pytest.fixture(params=NAMES)
def name(request) -> str:
    """Each filter of a plan."""
    return request.param


@pytest.fixture
def module(name):
    """Its module."""
    return importlib.import_module(f"ansible_collections.unifiedmeta.platform.plugins.filter.{name}")


@pytest.fixture
def run(module, name):
    """The filter itself."""
    return module.FilterModule().filters()[name]


def test_there_are_filters():
    assert len(NAMES) > 5


def test_ansible_finds_it_and_its_options_are_documented(name, module, run):
    """The loader finds the filter by its full name; its options are those of the function; an example uses it."""
    assert filter_loader.get(f"unifiedmeta.platform.{name}") is not None
    documents = yaml.safe_load(module.DOCUMENTATION)
    for fragment in documents.get("extends_documentation_fragment", []):
        documents["options"] = {**documents.get("options", {}), **yaml.safe_load(fragment_loader.get(fragment).DOCUMENTATION)["options"]}
    assert documents["name"] == name
    assert documents["options"]["_input"]["required"] is True
    parameters = inspect.signature(inspect.unwrap(run)).parameters
    wanted = [word for word, how in parameters.items() if how.kind is not how.VAR_KEYWORD][1:]
    have = set(documents["options"]) - {"_input"}
    passes_on = any(how.kind is how.VAR_KEYWORD for how in parameters.values())
    assert set(wanted) <= have and (passes_on or have == set(wanted)), (wanted, have)
    defaults = {word: how.default for word, how in parameters.items() if how.default not in (how.empty, None)}
    assert {word: documents["options"][word].get("default") for word in defaults} == defaults
    assert f"unifiedmeta.platform.{name}" in module.EXAMPLES
    assert yaml.safe_load(module.RETURN)["_value"]["type"] == "dict"


def test_the_result_is_plain_data(run):
    made = run(PLAN)
    assert json.loads(json.dumps(made)) == made


def test_it_takes_plans_only(run, name):
    with pytest.raises(AnsibleFilterError, match=f"{name}: the input is no plan"):
        run({"components": {}})


def test_it_refuses_options_that_it_has_not(run, name):
    with pytest.raises(AnsibleFilterError, match=f"{name}: .*intervall"):
        run(PLAN, intervall="5m")
