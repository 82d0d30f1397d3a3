# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter rke2_fingerprints_spec."""

from __future__ import annotations

import yaml
from ansible.plugins.loader import filter_loader

from ansible_collections.unifiedmeta.platform.plugins.filter import rke2_fingerprints_spec as module

run = module.FilterModule().filters()["rke2_fingerprints_spec"]


def test_ansible_finds_it_and_it_is_documented():
    assert filter_loader.get("unifiedmeta.platform.rke2_fingerprints_spec") is not None
    assert set(yaml.safe_load(module.DOCUMENTATION)["options"]) == {"_input"}


def test_a_secret_is_not_to_be_seen():
    made = run({"token": "the-clusters-token", "agent-token": ""})
    assert list(made) == ["token"] and made["token"].startswith("sha256:") and len(made["token"]) == 23 and "clusters" not in str(made)


def test_both_forms_of_a_token_have_one_fingerprint():
    assert run({"token": "x" * 32}) == run({"token": f"K10{'0' * 64}::server:{'x' * 32}"})
