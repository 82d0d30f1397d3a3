# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every kind of object on a real server: check equals run, a second run writes nothing, drift is repaired, the rest is left alone."""

from __future__ import annotations

import copy
import pathlib

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from tests.lab.vault_full import POLICY, PUBLIC_KEY, full
from tests.lab.vault_runs import changes


@pytest.fixture
def config(server):
    return full(pathlib.Path(server.ca_file).read_text("utf-8"))


def test_everything_from_nothing(run, config, server):
    first = run.twice(config)
    assert {entry["action"] for entry in first["plan"]} == {"create"} and len(first["plan"]) == 39
    found = server.call("GET", "platform/data/grafana/admin")["data"]["data"]
    assert found["username"] == "admin" and len(found["password"]) == 32
    assert server.call("POST", "auth/userpass/login/glass", {"password": found["password"]})["auth"]["policies"] == ["default", "ops"]
    assert server.call("GET", "auth/kubernetes/role/grafana")["data"]["token_ttl"] == 3600
    group = server.call("GET", "identity/group/name/admins")["data"]
    assert group["alias"]["name"] == "platform-admins" and group["alias"]["mount_path"] == "auth/oidc/"


# what a person did by hand -> what the plan repairs
DRIFT = {
    "mount tuned": (
        ("POST", "sys/mounts/platform/tune", {"description": "?", "max_lease_ttl": "1h"}),
        "update mount platform",
        ["description", "max_lease_ttl"],
    ),
    "kv settings": (("POST", "platform/config", {"max_versions": 1}), "update kv_config platform", ["max_versions"]),
    "auth tuned": (("POST", "sys/auth/kubernetes/tune", {"default_lease_ttl": "2h"}), "update auth kubernetes", ["default_lease_ttl"]),
    "auth configuration": (
        ("POST", "auth/jwt/config", {"jwt_validation_pubkeys": [PUBLIC_KEY], "default_role": "x"}),
        "update auth_config jwt",
        ["default_role"],
    ),
    "kubernetes role": (
        ("POST", "auth/kubernetes/role/grafana", {"bound_service_account_names": ["evil"]}),
        "update auth_role kubernetes/grafana",
        ["bound_service_account_names"],
    ),
    "approle": (("POST", "auth/approle/role/ci", {"token_bound_cidrs": []}), "update auth_role approle/ci", ["token_bound_cidrs"]),
    "jwt role": (
        ("POST", "auth/jwt/role/ci", {"role_type": "jwt", "user_claim": "sub", "bound_audiences": "z"}),
        "update auth_role jwt/ci",
        ["bound_audiences"],
    ),
    "policy": (("PUT", "sys/policies/acl/grafana", {"policy": 'path "*" { capabilities = ["sudo"] }'}), "update policy grafana", ["policy"]),
    "policy gone": (("DELETE", "sys/policies/acl/grafana", None), "create policy grafana", ["policy"]),
    "pki urls": (("POST", "pki/config/urls", {"issuing_certificates": []}), "update pki_urls pki", ["issuing_certificates"]),
    "pki role": (("PATCH", "pki_int/roles/web", {"allow_bare_domains": False}), "update pki_role pki_int/web", ["allow_bare_domains"]),
    "transit": (("POST", "team/transit/keys/unseal/config", {"auto_rotate_period": "0"}), "update transit_key team/transit/unseal", ["auto_rotate_period"]),
    "group": (
        ("POST", "identity/group/name/people", {"policies": ["default"], "member_entity_ids": []}),
        "update identity_group people",
        ["member_entities", "policies"],
    ),
    "entity": (("POST", "identity/entity/name/lee", {"disabled": False}), "update identity_entity lee", ["disabled"]),
    "role gone": (("DELETE", "auth/approle/role/ci", None), "create auth_role approle/ci", None),
    "group gone": (("DELETE", "identity/group/name/admins", None), "create identity_group admins", None),
}


def test_drift_of_every_kind_is_shown_and_repaired(run, config, server):
    run(config)
    for name, ((method, path, body), change, fields) in DRIFT.items():
        headers = {"Content-Type": "application/merge-patch+json"} if method == "PATCH" else {}
        if method == "PATCH":
            answer = server._session.request(
                method, f"{server.addr}/v1/{path}", json=body, verify=server.ca_file, headers={"X-Vault-Token": server.root_token, **headers}, timeout=10
            )
            assert answer.ok, answer.text
        else:
            server.call(method, path, body)
        result = run.twice(config)
        assert change in changes(result), name
        assert len(result["plan"]) == (2 if name == "group gone" else 1), (name, changes(result))
        if fields:
            assert result["plan"][0]["fields"] == fields, name


def test_undeclared_fields_survive_an_update(run, config, server):
    """Writes that replace a whole object send along what is set but not declared."""
    run(config)
    server.call("POST", "auth/kubernetes/role/grafana", {"token_max_ttl": "9h", "token_policies": ["x"]})
    server.call(
        "POST",
        "auth/kubernetes/config",
        {
            "kubernetes_host": "https://127.0.0.1:1",
            "kubernetes_ca_cert": pathlib.Path(server.ca_file).read_text("utf-8"),
            "disable_local_ca_jwt": True,
            "issuer": "mine",
        },
    )
    server.call("POST", "auth/jwt/role/ci", {"role_type": "jwt", "user_claim": "sub", "bound_audiences": "z", "token_max_ttl": "9h", "bound_subject": "s"})
    server.call("POST", "identity/group/name/people", {"metadata": {"team": "a"}, "policies": ["default"]})
    server.call("POST", "pki/config/urls", {"ocsp_servers": ["http://o/"], "issuing_certificates": []})
    server.call("POST", "pki/roles/web", {"allowed_domains": ["evil"], "no_store": True, "allow_subdomains": True, "max_ttl": "72h", "key_type": "ec"})
    run.twice(config)
    assert server.call("GET", "auth/kubernetes/role/grafana")["data"]["token_max_ttl"] == 32400
    assert server.call("GET", "auth/kubernetes/config")["data"]["issuer"] == "mine"
    role = server.call("GET", "auth/jwt/role/ci")["data"]
    assert role["token_max_ttl"] == 32400 and role["bound_subject"] == "s"
    assert server.call("GET", "pki/config/urls")["data"]["ocsp_servers"] == ["http://o/"]
    assert server.call("GET", "pki/roles/web")["data"]["no_store"] is True


def test_white_space_of_a_policy_is_no_drift(run, server):
    run({"policies": {"grafana": POLICY}})
    server.call("PUT", "sys/policies/acl/grafana", {"policy": "\n" + POLICY.replace("  ", "\t").replace(" = ", "=") + "\n\n"})
    assert not run({"policies": {"grafana": POLICY}})["changed"]


def test_unowned_objects_are_left_alone_or_refused(run, server):
    server.call("PUT", "sys/policies/acl/theirs", {"policy": POLICY})
    server.call("PUT", "sys/policies/acl/same", {"policy": POLICY})
    server.call("PUT", "sys/policies/acl/other", {"policy": POLICY})
    server.call("POST", "sys/mounts/kv", {"type": "kv", "description": "theirs"})
    config = {"policies": {"same": POLICY, "other": 'path "x" { capabilities = ["read"] }'}, "mounts": {"kv": {"type": "kv", "description": "ours"}}}
    with pytest.raises(Refused) as refused:
        run(config)
    assert refused.value.faults == ["mount kv exists, isn't ours and differs in description", "policy other exists, isn't ours and differs in policy"]
    assert "adopt: true" in str(refused.value)
    result = run(config, adopt=True)
    assert changes(result) == ["adopt mount kv", "adopt policy other", "adopt policy same"]
    run.twice(config, prune="owned", adopt=True)
    assert server.call("GET", "sys/policies/acl/theirs")["data"]["policy"] == POLICY


def test_adopted_check_mode_changes_nothing(run, server):
    server.call("PUT", "sys/policies/acl/same", {"policy": POLICY})
    assert changes(run({"policies": {"same": POLICY}}, True, adopt=True)) == ["adopt policy same"]
    assert not run({"policies": {"same": POLICY}})["changed"]


def test_a_type_that_can_not_be_changed_is_refused(run, config):
    run(config)
    other = copy.deepcopy(config)
    other["mounts"]["team/transit"]["type"] = "kv"
    other["transit"] = {}
    other["transit"]["team/transit"] = {"keys": {"unseal": {"type": "chacha20-poly1305"}}}
    with pytest.raises(Refused) as refused:
        run(other)
    text = str(refused.value)
    assert "the mount team/transit has 'transit', and it can't be changed to 'kv'" in text and "nothing was done" in text


def test_pki_leaf_verifies(run, config, server, tmp_path):
    """A leaf of the intermediate is verified by openssl against the root alone."""
    import subprocess  # ansible-test forbids it in plugins, not here

    run(config)
    leaf = server.call("POST", "pki_int/issue/web", {"common_name": "example.org", "ttl": "1h"})["data"]
    files = {"leaf.pem": leaf["certificate"], "chain.pem": "\n".join(leaf["ca_chain"]), "root.pem": server.request("GET", "pki/issuer/root/pem").text}
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    done = subprocess.run(
        ["openssl", "verify", "-CAfile", "root.pem", "-untrusted", "chain.pem", "leaf.pem"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    issuers = server.call("LIST", "pki_int/issuers")["data"]["key_info"]
    run(config)
    assert server.call("LIST", "pki_int/issuers")["data"]["key_info"] == issuers


def test_an_interrupted_intermediate_is_finished_with_the_same_key(run, config, server):
    first = {**config, "pki": {"pki": config["pki"]["pki"]}}
    run(first)
    server.call("POST", "pki_int/intermediate/generate/internal", {"common_name": "Intermediate", "key_name": "intermediate", "key_type": "ec"})
    run.twice(config)
    keys = server.call("LIST", "pki_int/keys")["data"]["key_info"]
    assert [info["key_name"] for info in keys.values()] == ["intermediate"]
