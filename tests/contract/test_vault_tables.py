"""Every field that a desired state may name is one that the server's own API description knows."""
from __future__ import annotations

import time

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import tables
from tests.contract.openapi import Api, recorded

API = Api(recorded())
# Ours alone: they say where other objects are declared, or are put into the API's own words by the planner.
OURS = {"tune", "roles", "users", "rotate_root", "aliases", "member_entities", "signed_by", "issuer_name"}
# HashiCorp Vault has these, OpenBao has not.
VAULT_ONLY = {"force_no_cache", "allowed_managed_keys", "use_annotations_as_alias_metadata"}
# An intermediate is generated as a request and signed by its issuer: these go to the second call.
SIGNED = {"max_path_length", "permitted_dns_domains"}
# The API's description has a database connection's own fields only: the plugins' are on their pages (OpenBao and HashiCorp Vault, API documents,
# secret/databases: postgresql, mysql-maria, cassandra, influxdb, valkey; redis).
_LOGIN, _SQL = {"username", "password"}, {"connection_url", "max_open_connections", "max_idle_connections", "max_connection_lifetime", "disable_escaping"}
_TLS = {"host", "port", "tls", "insecure_tls"}
PLUGINS = {
    "postgresql": _LOGIN | _SQL | {"username_template", "password_authentication"},
    "mysql": _LOGIN | _SQL | {"username_template", "tls_certificate_key", "tls_ca", "tls_server_name"},
    "cassandra": _LOGIN | _TLS - {"host"} | {"hosts", "tls_server_name", "pem_bundle", "pem_json", "protocol_version", "connect_timeout", "username_template"},
    "influxdb": _LOGIN | _TLS | {"pem_bundle", "pem_json", "connect_timeout", "username_template"},
    "valkey": _LOGIN | _TLS,
    "redis and Google's postgresql, of HashiCorp Vault": {"ca_cert", "private_key", "auth_type", "service_account_json"},
}

CASES = [
    ("TUNE", "/sys/mounts/x/tune", None), ("AUTH_TUNE", "/sys/auth/x/tune", None), ("MOUNT", "/sys/mounts/x", None), ("AUTH", "/sys/auth/x", None),
    ("KV_CONFIG", "/x/config", "kv"), ("DATABASE_ROLE", "/x/roles/r", "database"), ("STATIC_ROLE", "/x/static-roles/r", "database"),
    ("PKI_ROOT", "/x/root/generate/internal", "pki"), ("PKI_INTERMEDIATE", "/x/intermediate/generate/internal", "pki"), ("PKI_URLS", "/x/config/urls", "pki"),
    ("PKI_ROLE", "/x/roles/r", "pki"), ("ENTITY", "/identity/entity", None), ("GROUP", "/identity/group", None), ("AUDIT", "/sys/audit/x", None),
]


@pytest.mark.parametrize("name, path, kind", CASES, ids=[case[0] for case in CASES])
def test_fields_of_a_table(name, path, kind):
    fields = set(getattr(tables, name)) - OURS - VAULT_ONLY - (SIGNED if name == "PKI_INTERMEDIATE" else set())
    assert API.check("POST", path, fields, kind) is None


def test_fields_of_a_signed_intermediate():
    assert API.check("POST", "/x/root/sign-intermediate", SIGNED, "pki") is None


def test_fields_of_a_database_connection():
    """Each is the API's or a plugin's, and no plugin's is forgotten."""
    of_plugins = set().union(*PLUGINS.values())
    assert not of_plugins - set(tables.CONNECTION)
    assert API.check("POST", "/x/config/c", set(tables.CONNECTION) - of_plugins - OURS, "database") is None


def test_what_is_ours_alone_is_somewhere():
    everywhere = {name: found for name, found in vars(tables).items() if name.isupper() and isinstance(found, dict)}
    assert not OURS - {field for found in everywhere.values() for field in found}


def test_fields_of_a_transit_key():
    known = {field for path in ("/x/keys/k", "/x/keys/k/config") for _template, fields in API.find("POST", path, "transit") for field in fields}
    assert set(tables.TRANSIT_KEY) <= known


@pytest.mark.parametrize("method", sorted(set(tables.ROLES) - {"jwt", "oidc"}))
def test_fields_of_a_role(method):
    folder, fields = tables.ROLES[method]
    assert API.check("POST", f"/auth/x/{folder}/r", fields, method) is None


@pytest.mark.parametrize("method", sorted(tables.AUTH_CONFIG))
def test_fields_of_an_auth_methods_configuration(method):
    assert API.check("POST", "/auth/x/config", set(tables.AUTH_CONFIG[method]) - VAULT_ONLY, method) is None


def test_a_field_that_is_not_there_is_found():
    assert "no field tokenpolicies" in API.check("POST", "/auth/x/role/r", [*tables.TOKEN, "tokenpolicies"], "kubernetes")


@pytest.mark.parametrize("method", ["jwt", "oidc"])
def test_fields_of_a_jwt_role_by_the_server_itself(bao_server, method):
    """The description confuses these roles with another kind (two schemas of one name), so the server's answer is asked."""
    server = bao_server(storage="inmem")
    server.call("POST", "sys/auth/jwt", {"type": method})
    time.sleep(0.1)
    folder, fields = tables.ROLES[method]
    server.call("POST", f"auth/jwt/{folder}/r", {"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["a"]})
    assert set(fields) <= set(server.call("GET", f"auth/jwt/{folder}/r")["data"])
