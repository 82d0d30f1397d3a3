# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""bootstrap_escrow as a process, and its run on a Vault that answers by script; a real one is met in tests/lab/test_bootstrap_escrow.py."""

from __future__ import annotations

import yaml

from ansible_collections.unifiedmeta.platform.plugins.modules import bootstrap_escrow

SERVER = {"url": "https://127.0.0.1:9", "token": "hvs.of-a-test"}


def test_own_options_are_documented():
    assert set(yaml.safe_load(bootstrap_escrow.DOCUMENTATION)["options"]) == {"path", "keep"}
    assert set(yaml.safe_load(bootstrap_escrow.RETURN)) == {"plan", "stats"}


def test_all_faults_of_the_options(module):
    result = module("bootstrap_escrow", {**SERVER, "store": {"path": "relative"}, "path": "platform", "keep": {"a": "b"}})
    for said in ("must name a mount and a folder", "isn't a reference", "must be absolute", "no passphrase"):
        assert said in result["msg"]


def test_a_server_that_does_not_answer(module, tmp_path):
    result = module("bootstrap_escrow", {**SERVER, "store": {"path": str(tmp_path / "s/store"), "encrypt": False},
                                         "keep": {"a": "vault:platform/a#b"}})
    assert result["failed"] and "nothing listens on 127.0.0.1:9" in result["msg"]


def test_an_empty_store_asks_nobody(module, tmp_path):
    result = module("bootstrap_escrow", {**SERVER, "store": {"path": str(tmp_path / "s/store"), "encrypt": False}})
    assert not result["changed"] and result["plan"] == [] and result["stats"]["requests"] == 0
