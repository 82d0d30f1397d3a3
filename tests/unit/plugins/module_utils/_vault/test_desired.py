# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The option ``config`` into objects; everything that is wrong with it, at once."""

from __future__ import annotations

import sys

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.desired import parse

POLICY = 'path "a" { capabilities = ["read"] }'


def faults(config: dict) -> list[str]:
    return parse(config).faults


def test_nothing_is_nothing():
    desired = parse({})
    assert desired.items == {} and desired.sections == set() and desired.faults == []
    assert parse({"policies": None}).sections == {"policy"}


def test_mounts():
    desired = parse(
        {
            "mounts": {
                "platform/": {"type": "kv", "options": {"version": 2}, "tune": {"max_lease_ttl": "768h"}, "config": {"max_versions": "10"}, "description": "d"},
                "short": {"type": "kv-v2"},
                "old": {"type": "kv-v1"},
                "team/pki": {"type": "pki", "tune": None},
            }
        }
    )
    assert desired.faults == []
    assert desired.items["mount:platform"].fields == {"type": "kv", "options": {"version": "2"}, "description": "d", "max_lease_ttl": 2764800}
    assert desired.items["kv_config:platform"].fields == {"max_versions": 10}
    assert desired.items["kv_config:platform"].needs == ("mount:platform",)
    assert desired.items["mount:short"].fields == {"type": "kv", "options": {"version": "2"}}
    assert desired.items["mount:old"].fields["options"] == {"version": "1"}
    assert desired.sections == {"mount"}


def test_auth_methods_and_roles():
    desired = parse(
        {
            "auth": {
                "kubernetes": {
                    "type": "kubernetes",
                    "tune": {"token_type": "batch"},
                    "config": {"kubernetes_host": "https://h", "token_reviewer_jwt": "vault:a/b#c"},
                    "roles": {"r": {"bound_service_account_names": "a", "bound_service_account_namespaces": "x", "policies": ["p"], "ttl": 60}},
                },
                "jwt": {"type": "jwt", "roles": {"r": {"user_claim": "sub"}}},
                "people": {"type": "userpass", "users": {"Kim": {"password": "vault:a/b#c"}}},
            }
        }
    )
    assert desired.faults == []
    assert desired.items["auth:kubernetes"].fields == {"type": "kubernetes", "token_type": "batch"}
    assert desired.items["auth_config:kubernetes"].fields["token_reviewer_jwt"] == "vault:a/b#c"
    role = desired.items["auth_role:kubernetes/r"]
    assert role.fields["token_policies"] == ["p"] and role.fields["token_ttl"] == 60 and role.needs == ("auth:kubernetes",) and role.parent == "kubernetes"
    assert desired.items["auth_role:jwt/r"].fields["role_type"] == "jwt"
    assert "auth_role:people/kim" in desired.items, "Vault keeps user names in lower case"
    assert desired.sections == {"auth", "auth_role:kubernetes", "auth_role:jwt", "auth_role:people"}


def test_roles_are_spoken_about_only_where_they_are_given():
    assert parse({"auth": {"a": {"type": "approle"}}}).sections == {"auth"}
    assert parse({"auth": {"a": {"type": "approle", "roles": {}}}}).sections == {"auth", "auth_role:a"}


def test_policies_in_both_forms():
    desired = parse({"policies": {"Grafana": POLICY, "made": {"path": {"a/b": {"capabilities": ["read", "list"]}, "c": {"capabilities": ["deny"]}}}}})
    assert desired.faults == []
    assert desired.items["policy:grafana"].fields == {"policy": POLICY}
    assert desired.items["policy:made"].fields["policy"] == 'path "a/b" {\n  capabilities = ["read", "list"]\n}\n\npath "c" {\n  capabilities = ["deny"]\n}\n'


def test_seeds():
    desired = parse(
        {
            "secrets": {
                "platform/grafana/admin": {
                    "data": {"user": "admin", "port": 3000, "tls": True},
                    "generate": {"password": 32, "key": {"kind": "ed25519", "public": "key.pub"}},
                }
            }
        }
    )
    assert desired.faults == []
    seed = desired.items["secret:platform/grafana/admin"]
    assert seed.extra["data"] == {"user": "admin", "port": "3000", "tls": "true"}
    assert seed.extra["keys"] == ["key", "key.pub", "password", "port", "tls", "user"]
    assert seed.extra["generate"]["password"] == {"kind": "password", "length": 32}


def test_audit():
    desired = parse({"audit": {"file": {"type": "file", "options": {"file_path": "/x", "log_raw": False}}}})
    assert desired.items["audit:file"].fields == {"type": "file", "options": {"file_path": "/x", "log_raw": "false"}}


FAULTS = [
    ({"polices": {}}, "config: unknown key polices; did you mean policies?"),
    ({"policies": []}, "config.policies: must be a map of names, not a list"),
    ({"mounts": {"a": {}}}, "config.mounts.a.type: is missing"),
    ({"mounts": {"a": {"type": "kv", "tun": {}}}}, "unknown key tun; did you mean tune?"),
    ({"mounts": {"a": {"type": "kv", "tune": {"max_lease_tll": 1}}}}, "config.mounts.a.tune: unknown key max_lease_tll; did you mean max_lease_ttl?"),
    ({"mounts": {"a": {"type": "kv", "tune": {"description": "x"}}}}, "config.mounts.a.tune: unknown key description"),
    ({"mounts": {"a": {"type": "pki", "config": {"max_versions": 1}}}}, "config.mounts.a.config: only a kv mount of version 2 has one"),
    ({"mounts": {"a": {"type": "kv-v2", "config": {"max_version": 1}}}}, "did you mean max_versions?"),
    ({"mounts": {"a b": {"type": "kv"}}}, "«a b» can't be a name"),
    ({"mounts": {"a": {"type": "kv"}, "a/": {"type": "kv"}}}, "mount a is declared at config.mounts.a already"),
    ({"auth": {"a": {"type": "approl"}}}, "must be one of approle, jwt, kubernetes, oidc, userpass, not «approl»; did you mean approle?"),
    ({"auth": {"a": {}}}, "config.auth.a.type: must be one of"),
    ({"auth": {"a": {"type": "approle", "config": {"x": 1}}}}, "config.auth.a.config: the method approle has none"),
    ({"auth": {"a": {"type": "approle", "users": {}}}}, "the method approle has roles, not users"),
    ({"auth": {"a": {"type": "userpass", "roles": {}}}}, "the method userpass has users, not roles"),
    ({"auth": {"a": {"type": "approle", "roles": ["r"]}}}, "config.auth.a.roles: must be a map of names, not a list"),
    ({"auth": {"a": {"type": "kubernetes", "roles": {"r": {}}}}}, "bound_service_account_names: is missing"),
    ({"auth": {"a": {"type": "kubernetes", "roles": {"r": {"bound_service_account_names": "x"}}}}}, "bound_service_account_namespaces: is missing"),
    ({"auth": {"a": {"type": "oidc", "roles": {"r": {"user_claim": "sub"}}}}}, "allowed_redirect_uris: is missing"),
    ({"auth": {"a": {"type": "jwt", "roles": {"r": {}}}}}, "user_claim: is missing"),
    ({"auth": {"a": {"type": "userpass", "users": {"u": {}}}}}, "password: is missing"),
    ({"auth": {"a": {"type": "userpass", "users": {"u": {"password": "vault:oops"}}}}}, "config.auth.a.users.u.password: «vault:oops» isn't a reference"),
    ({"auth": {"a": {"type": "approle", "roles": {"r": {"token_ttl": "soon"}}}}}, "config.auth.a.roles.r.token_ttl: must be a duration"),
    ({"policies": {"root": POLICY}}, "Vault has this policy of its own"),
    ({"policies": {"Default": POLICY}}, "Vault has this policy of its own"),
    ({"policies": {"a": ""}}, "config.policies.a: is empty"),
    ({"policies": {"a": 3}}, "config.policies.a: must be HCL as a text"),
    ({"policies": {"a": {"path": {"x": {"capabilities": ["reed"]}}}}}, "unknown capability reed; did you mean read?"),
    ({"policies": {"a": {"path": {"x": {"capabilities": "read"}}}}}, "config.policies.a.path.x: must be {capabilities: […]}"),
    ({"policies": {"a": {"path": {'x"': {"capabilities": ["read"]}}}}}, "holds a character that a path can't"),
    ({"policies": {"a": POLICY, "A": POLICY}}, "policy a is declared at config.policies.a already"),
    ({"secrets": {"x": {"data": {"a": "b"}}}}, "config.secrets.x: must be <mount>/<path>, such as platform/x"),
    ({"secrets": {"m/x": {}}}, "must hold data (key to value), generate (key to generator), or both"),
    ({"secrets": {"m/x": {"generate": []}}}, "must hold data"),
    ({"secrets": {"m/x": {"generate": {"a": 3}}}}, "config.secrets.m/x.generate.a: length of the generator password is a number from 16"),
    ({"secrets": {"m/x": {"data": {"a": "1"}, "generate": {"a": 20}}}}, "the key a is given twice"),
    ({"secrets": {"m/x": {"data": {"pub": "1"}, "generate": {"a": {"kind": "ed25519", "public": "pub"}}}}}, "the key pub is given twice"),
    ({"secrets": {"m/x": {"data": {"a": ["b"]}}}}, "config.secrets.m/x.data.a: must be a text"),
    ({"secrets": {"m/x": {"data": {"a": "vault:m/y#b"}}}}, "no reference: refer to the other secret where it is used"),
    ({"secrets": {"m/x": {"dta": {}}}}, "unknown key dta; did you mean data?"),
    ({"audit": {"file": {"options": {}}}}, "config.audit.file.type: is missing"),
]


@pytest.mark.parametrize(("config", "fault"), FAULTS, ids=[str(number) for number in range(len(FAULTS))])
def test_a_fault_is_one_sentence(config, fault):
    found = faults(config)
    assert any(fault in sentence for sentence in found), found
    assert len(found) <= 2


def test_all_faults_are_told_together():
    config: dict = {}
    for part, _fault in FAULTS:
        for section, content in part.items():
            if isinstance(content, dict):
                target = config.setdefault(section, {})
                target.update({f"{name}-{len(target)}": value for name, value in content.items()})
    assert len(faults(config)) >= 25


def test_no_fault_shows_a_value():
    secret = "hunter2-hunter2"
    config = {
        "auth": {"a": {"type": "userpass", "users": {"u": {"password": [secret], "token_ttl": secret}}}},
        "secrets": {"m/x": {"data": {"a": [secret]}, "generate": {"b": secret}}},
    }
    assert faults(config) and secret not in "".join(faults(config))


def test_the_cost_is_a_straight_line():
    """Twice the objects, about twice the calls: counted, since a clock tells about the machine too."""

    def calls(size: int) -> int:
        config = {
            "policies": {f"p{n}": POLICY for n in range(size)},
            "secrets": {f"m/{n}": {"generate": {"a": 20}} for n in range(size)},
            "auth": {"a": {"type": "approle", "roles": {f"r{n}": {"token_policies": [f"p{n}"], "token_ttl": "1h"} for n in range(size)}}},
        }
        count = 0

        def counted(_frame, event, _argument):
            nonlocal count
            count += event in ("call", "c_call")

        sys.setprofile(counted)
        try:
            parse(config)
        finally:
            sys.setprofile(None)
        return count

    assert calls(400) < 2.1 * calls(200)
