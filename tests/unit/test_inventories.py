# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The template of a site: what stands in it, and what its comments offer, can be planned."""

from __future__ import annotations

import re

import pytest
import yaml

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import desired as rke2_desired
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import settings as rke2_settings
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan
from tests.unit import tree

FOLDER = "inventories/onprem/group_vars/all/"


def offers(file: str) -> list[str]:
    """Each variable that stands in comments, with the lines below it that belong to it."""
    code = [line[2:] for line in tree.read(FOLDER + file).splitlines() if re.match(r"# +[a-z0-9_-]+: *\S*|# +[a-z0-9_]+: *$|#  +", line)]
    return re.findall(r"^[a-z0-9_]+:.*\n(?: .*\n)*", "\n".join(code) + "\n", re.M)


def settings(file: str) -> dict:
    """What stands in it."""
    return yaml.safe_load(tree.read(FOLDER + file)) or {}


def platform(variables: dict) -> dict:
    """The platform_* variables, without that prefix."""
    return {name.removeprefix("platform_"): value for name, value in variables.items() if name.startswith("platform_")}


def test_the_template_can_be_planned():
    assert plan.build(platform(settings("platform.yml")))["platform"]["name"] == "onprem"


@pytest.mark.parametrize("offer", offers("platform.yml"))
def test_what_its_comments_offer_can_be_planned(offer):
    assert plan.build(platform({**settings("platform.yml"), **yaml.safe_load(offer)}))["order"]


def test_all_its_offers_can_be_taken_at_once():
    taken = [yaml.safe_load(offer) for offer in offers("platform.yml")]
    assert {name for offer in taken for name in offer} == {"platform_components", "platform_choices", "platform_external", "platform_endpoints"}
    whole = dict(settings("platform.yml"))
    for offer in taken:
        whole.update(offer)
    assert plan.build(platform(whole))["components"]["openbao"]["external"] is True


@pytest.mark.parametrize("file", ["vault.yml", "bootstrap.yml"])
def test_other_offers_are_variables_of_a_role(file):
    options = yaml.safe_load(tree.read("roles/vault/meta/argument_specs.yml"))["argument_specs"]["main"]["options"]
    named = {name for offer in offers(file) for name in yaml.safe_load(offer)} | set(settings(file))
    assert {name for name in named if name not in options} <= {"bootstrap_store", "passphrase_file"}


def test_offers_for_rke2_are_options_of_its_role():
    options = yaml.safe_load(tree.read("roles/rke2/meta/argument_specs.yml"))["argument_specs"]["main"]["options"]
    named = {name for offer in offers("rke2.yml") for name in yaml.safe_load(offer)}
    assert len(named) > 5 and named <= set(options)


def test_offers_for_rke2_can_be_planned():
    taken = [yaml.safe_load(offer) for offer in offers("rke2.yml")]
    site = {name.removeprefix("rke2_"): value for offer in taken for name, value in offer.items() if name.removeprefix("rke2_") in rke2_settings.SETTINGS}
    nodes = {f"server-{number}": {"role": "server", "address": f"10.0.0.{number}", "zone": "a"} for number in (1, 2, 3)}
    made = rke2_desired.rke2_spec({"version": "v1.36.4+rke2r1", **site}, nodes)
    assert made["nodes"]["server-1"]["config"]["profile"] == "cis"
