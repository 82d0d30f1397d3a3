# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of vault_init: the documented ones, and every fault of their values."""

from __future__ import annotations

import base64

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import init_options

KEY = base64.b64encode(bytes([0xC6, 0x33]) + bytes(range(60))).decode()


def params(**options):
    return {"servers": [{"url": "https://a:8200", "name": None}], "shares": 1, "threshold": 1, "pgp_keys": [], "root_token_pgp_key": None, **options}


def test_fine():
    assert init_options.check(params()) == ({"shares": [], "root": None}, [])
    assert init_options.check(params(shares=2, threshold=2, pgp_keys=[KEY, KEY], root_token_pgp_key=KEY)) == ({"shares": [KEY, KEY], "root": KEY}, [])


@pytest.mark.parametrize(("shares", "threshold"), [(0, 0), (1, 0), (1, 2), (256, 2), (-1, 1)])
def test_what_is_no_split(shares, threshold):
    assert "is no split" in init_options.check(params(shares=shares, threshold=threshold))[1][0]


@pytest.mark.parametrize(("shares", "threshold"), [(1, 1), (2, 2), (5, 3), (255, 255)])
def test_what_is_a_split(shares, threshold):
    assert init_options.check(params(shares=shares, threshold=threshold))[1] == []


def test_one_share_of_many_is_refused_by_the_server():
    assert "with a threshold of 1 more than one share is refused" in init_options.check(params(shares=3))[1][0]


def test_servers():
    assert "the list is empty" in init_options.check(params(servers=[]))[1][0]
    twice = [{"url": "https://a", "name": None}, {"url": "https://b", "name": "https://a"}]
    assert init_options.check(params(servers=twice))[1] == ["servers: https://a is there twice"]


def test_a_key_for_each_share():
    assert "1 keys for 3 shares" in init_options.check(params(shares=3, threshold=2, pgp_keys=[KEY]))[1][0]


def test_each_key_that_is_none_is_named():
    _pgp, faults = init_options.check(params(shares=3, threshold=2, pgp_keys=["??", KEY, "x y!"], root_token_pgp_key="!"))
    assert [fault.split(": ")[:2] for fault in faults[:2]] == [["pgp_keys", "number 1"], ["pgp_keys", "number 3"]]
    assert faults[2].startswith("root_token_pgp_key: ")


def test_all_faults_at_once():
    assert len(init_options.check(params(servers=[], shares=0, pgp_keys=["?"], root_token_pgp_key="?"))[1]) == 5


def test_the_spec_is_one_for_ansible():
    asked = []
    spec = init_options.spec(lambda *names: asked.append(names))
    assert {name for name, option in spec.items() if "fallback" in option} == {"kubeconfig", "ca_file", "token"}
    assert spec["token"]["fallback"][1] == ["VAULT_TOKEN"]
    assert all(spec[name]["no_log"] is True for name in ("token", "unseal_keys")) and spec["store"]["options"]["passphrase"]["no_log"] is True
    assert spec["store"]["options"]["content"]["no_log"] is True
