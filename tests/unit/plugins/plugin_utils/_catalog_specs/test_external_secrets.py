# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ExternalSecrets and their store."""

from __future__ import annotations

import base64

import pytest

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan as planner
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.external_secrets import external_secrets_spec
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.vault import vault_spec
from tests.unit.plugins.plugin_utils._catalog_specs.test_vault import OPENBAO, OPERATOR
from tests.unit.plugins.plugin_utils.support import component, make

ADMIN = {"path": "platform/a/admin", "data": {"username": "admin"}, "generate": {"password": 40, "key": {"kind": "rsa", "public": "pub"}}}


def spec(folder, *secrets, options=None, **site):
    """What is made for a component with secrets."""
    return external_secrets_spec(make(folder, OPENBAO, OPERATOR, component("a", secrets=list(secrets)), **site), **(options or {}))


def test_a_kubernetes_secret_with_all_keys(tmp_path):
    made = spec(tmp_path, {**ADMIN, "to": {"name": "a-admin"}})["a"][0]
    assert (made["apiVersion"], made["kind"], made["metadata"]["name"], made["metadata"]["namespace"]) == (
        "external-secrets.io/v1", "ExternalSecret", "a-admin", "a")
    keys = ("key", "password", "pub", "username")
    assert made["spec"]["data"] == [{"secretKey": key, "remoteRef": {"key": "platform/a/admin", "property": key}} for key in keys]
    assert made["spec"]["target"]["template"] == {
        "type": "Opaque", "engineVersion": "v2", "metadata": {"labels": {"app.kubernetes.io/managed-by": "unifiedmeta"}}}
    assert made["spec"]["secretStoreRef"] == {"kind": "ClusterSecretStore", "name": "platform-a"}
    assert (made["spec"]["refreshPolicy"], made["spec"]["refreshInterval"]) == ("Periodic", "1h")


def test_chosen_keys_under_other_names(tmp_path):
    target = {"name": "x", "namespace": "b", "type": "kubernetes.io/basic-auth", "keys": {"user": "username"}, "labels": {"l": 1}}
    made = spec(tmp_path, {**ADMIN, "to": target})["a"][0]
    assert made["metadata"]["namespace"] == "b"
    assert [item["secretKey"] for item in made["spec"]["data"]] == ["user"]
    assert made["spec"]["target"]["template"]["type"] == "kubernetes.io/basic-auth"
    assert made["spec"]["target"]["template"]["metadata"]["labels"]["l"] == "1"


def test_a_template_over_the_keys(tmp_path):
    made = spec(tmp_path, {**ADMIN, "to": {"name": "x", "refresh": "on-change", "template": {"b": "{{ .password | bcrypt }}", "a": "1"}}})["a"][0]
    assert made["spec"]["target"]["template"]["data"] == {"a": "1", "b": "{{ .password | bcrypt }}"}
    assert made["spec"]["refreshPolicy"] == "OnChange"
    assert "password" in [item["secretKey"] for item in made["spec"]["data"]]


def test_two_secrets_fill_one(tmp_path):
    two = {"path": "platform/a/token", "generate": {"token": 32}, "to": {"name": "x", "labels": {"b": "2"}}}
    made = spec(tmp_path, {**ADMIN, "to": {"name": "x", "keys": {"user": "username"}, "labels": {"a": "1"}}}, two)["a"]
    assert len(made) == 1
    assert [(item["secretKey"], item["remoteRef"]["key"]) for item in made[0]["spec"]["data"]] == [("user", "platform/a/admin"), ("token", "platform/a/token")]
    assert {"a", "b"} <= set(made[0]["spec"]["target"]["template"]["metadata"]["labels"])


def test_one_secret_in_two_places(tmp_path):
    made = spec(tmp_path, {**ADMIN, "to": [{"name": "x"}, {"name": "y", "namespace": "b"}]})["a"]
    assert [(item["metadata"]["namespace"], item["metadata"]["name"]) for item in made] == [("a", "x"), ("b", "y")]


def test_a_store_serves_one_namespace_by_a_role_of_its_own(tmp_path):
    """Who may write ExternalSecrets in one namespace does not reach what belongs to another."""
    made = spec(tmp_path, {**ADMIN, "to": [{"name": "x"}, {"name": "x", "namespace": "b"}]})
    stores = made["external-secrets"]
    assert [(store["kind"], store["metadata"]["name"], store["spec"]["conditions"]) for store in stores] == [
        ("ClusterSecretStore", f"platform-{namespace}", [{"namespaces": [namespace]}]) for namespace in ("a", "b")]
    assert stores[1]["spec"]["provider"]["vault"] == {
        "server": "https://openbao-active.openbao.svc:8200", "version": "v2",
        "auth": {"kubernetes": {"mountPath": "kubernetes", "role": "external-secrets.b",
                                "serviceAccountRef": {"name": "external-secrets", "namespace": "external-secrets", "audiences": ["vault"]}}},
        "caProvider": {"type": "Secret", "name": "openbao-tls", "namespace": "openbao", "key": "ca.crt"},
    }
    assert [(item["metadata"]["namespace"], item["spec"]["secretStoreRef"]["name"]) for item in made["a"]] == [("a", "platform-a"), ("b", "platform-b")]


def test_vault_has_each_role_that_a_store_logs_in_by():
    made = planner.build({"domain": "platform.example.com"})
    roles = vault_spec(made)["auth"]["kubernetes"]["roles"]
    stores = [store["spec"]["provider"]["vault"]["auth"]["kubernetes"] for store in external_secrets_spec(made)["external-secrets"]
              if store["kind"] == "ClusterSecretStore"]
    assert len(stores) > 3
    for login in stores:
        account, role = login["serviceAccountRef"], roles[login["role"]]
        assert (role["bound_service_account_names"], role["bound_service_account_namespaces"]) == ([account["name"]], [account["namespace"]])
        assert account["audiences"] == [role["audience"]]


def test_the_operators_own_secret_comes_after_the_stores(tmp_path):
    own = component("external-secrets", wave="secrets", secrets=[{"path": "platform/es/x", "generate": {"k": 32}, "to": {"name": "x"}}])
    made = external_secrets_spec(make(tmp_path, OPENBAO, own))["external-secrets"]
    assert [thing["kind"] for thing in made] == ["ClusterSecretStore", "ExternalSecret"]


def test_a_vault_outside(tmp_path):
    site = {"external": ["openbao"], "endpoints": {"openbao": {"url": "https://vault.example.com:8200/"}}}
    vault = spec(tmp_path, {**ADMIN, "to": {"name": "x"}}, options={"ca": "PEM"}, **site)["external-secrets"][0]["spec"]["provider"]["vault"]
    assert (vault["server"], base64.b64decode(vault["caBundle"]), "caProvider" in vault) == ("https://vault.example.com:8200", b"PEM", False)


def test_a_vault_outside_with_a_public_certificate(tmp_path):
    vault = spec(tmp_path, {**ADMIN, "to": {"name": "x"}}, external=["openbao"])["external-secrets"][0]["spec"]["provider"]["vault"]
    assert "caBundle" not in vault and "caProvider" not in vault


def test_options(tmp_path):
    options = {"server": "https://x:1", "store": "s", "mount": "cluster-a", "audience": "v", "interval": "5m"}
    made = spec(tmp_path, {**ADMIN, "to": {"name": "x"}}, options=options)
    store = made["external-secrets"][0]
    assert (store["metadata"]["name"], store["spec"]["provider"]["vault"]["server"]) == ("s-a", "https://x:1")
    assert store["spec"]["provider"]["vault"]["auth"]["kubernetes"]["mountPath"] == "cluster-a"
    assert store["spec"]["provider"]["vault"]["auth"]["kubernetes"]["serviceAccountRef"]["audiences"] == ["v"]
    assert (made["a"][0]["spec"]["refreshInterval"], made["a"][0]["spec"]["secretStoreRef"]["name"]) == ("5m", "s-a")


def test_nothing_to_make_no_store(tmp_path):
    assert spec(tmp_path, ADMIN) == {}


def test_what_is_outside_gets_no_kubernetes_secret(tmp_path):
    assert spec(tmp_path, {**ADMIN, "to": {"name": "x"}}, external=["a"]) == {}


@pytest.mark.parametrize(("others", "missing"), [
    ([], "external-secrets and a provider of vault"), ([OPERATOR], "a provider of vault"), ([OPENBAO], "external-secrets"),
])
def test_somebody_must_make_them(tmp_path, others, missing):
    made = make(tmp_path, component("a", secrets=[{**ADMIN, "to": {"name": "x"}}]), *others)
    with pytest.raises(ValueError, match=f"the plan has no {missing}: enable it, or name it in platform_external"):
        external_secrets_spec(made)


def test_no_secret_is_in_the_manifests():
    made = external_secrets_spec(planner.build({"domain": "platform.example.com"}))
    kinds = {thing["kind"] for things in made.values() for thing in things}
    assert kinds == {"ExternalSecret", "ClusterSecretStore"}
