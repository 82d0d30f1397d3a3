# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The policies that the catalogue derives, on a real server: each may what it is for, and no more. With hvac, none of our code asks."""

from __future__ import annotations

import hvac
import pytest
from hvac.exceptions import Forbidden

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.vault import vault_spec
from tests.lab.vault_runs import Runs

PLAN = plan.build({"name": "test", "domain": "platform.example.com"})
# Another cluster's API is not there: the method is made, its configuration is the site's.
SITE = {
    "mounts": {"transit": {"type": "transit"}, "pki": {"type": "pki", "tune": {"max_lease_ttl": "87600h"}}},
    "transit": {"transit": {"keys": {"platform": {"type": "aes256-gcm96"}}}},
    "pki": {"pki": {"root": {"common_name": "Test", "ttl": "87600h", "key_type": "ec", "key_bits": 256},
                    "roles": {"web": {"allowed_domains": ["example.com"], "allow_subdomains": True, "key_type": "ec", "key_bits": 256}}}},
}


@pytest.fixture(scope="module")
def desired():
    """Everything that the own catalogue and a site want of Vault."""
    made = vault_spec(PLAN, SITE)
    made["auth"]["kubernetes"].pop("config")
    return made


@pytest.fixture
def server(bao_server, desired):
    """A server in that state."""
    found = bao_server(storage="inmem")
    Runs(found)(desired)
    return found


@pytest.fixture
def login(server):
    """Clients with the token of one policy."""
    def client(policy: str) -> hvac.Client:
        root = hvac.Client(server.addr, server.root_token, verify=server.ca_file)
        token = root.auth.token.create(policies=[policy], ttl="10m")["auth"]["client_token"]
        return hvac.Client(server.addr, token, verify=server.ca_file)
    return client


def read(client: hvac.Client, path: str) -> dict:
    """A secret's values."""
    mount, rest = path.split("/", 1)
    return client.secrets.kv.v2.read_secret_version(rest, mount_point=mount, raise_on_deleted_version=True)["data"]["data"]


def test_every_seed_is_there(login):
    admin = login("platform-admin")
    for entry in PLAN["components"].values():
        for secret in entry["secrets"]:
            found = read(admin, secret["path"])
            assert set(found) >= {*secret["data"], *secret.get("generate", {})}
            assert all(found[key] for key in found)


def test_a_component_reads_its_own_path_and_no_other(login):
    grafana = login("grafana")
    assert len(read(grafana, "platform/grafana/admin")["password"]) == 40
    for path in ("platform/harbor/admin", "platform/openbao/admin", "platform/keycloak/automation"):
        with pytest.raises(Forbidden):
            read(grafana, path)
    with pytest.raises(Forbidden):
        grafana.secrets.kv.v2.create_or_update_secret("grafana/admin", {"password": "x"}, mount_point="platform")
    with pytest.raises(Forbidden):
        grafana.secrets.kv.v2.list_secrets("", mount_point="platform")


def test_external_secrets_reads_for_a_namespace_what_becomes_a_kubernetes_secret_there(login):
    wanted = [(secret["path"], {target["namespace"] for target in secret["to"]})
              for entry in PLAN["components"].values() for secret in entry["secrets"]]
    namespaces = set().union(*(spaces for _path, spaces in wanted))
    assert len(namespaces) > 3
    for namespace in sorted(namespaces):
        reader = login(f"external-secrets.{namespace}")
        for path, spaces in wanted:
            if namespace in spaces:
                assert read(reader, path)
            else:
                with pytest.raises(Forbidden):
                    read(reader, path)


def test_an_operator_sees_what_there_is_but_no_value(login):
    operator = login("platform-operator")
    assert "grafana/" in operator.secrets.kv.v2.list_secrets("", mount_point="platform")["data"]["keys"]
    assert "platform/" in operator.sys.list_mounted_secrets_engines()["data"]
    with pytest.raises(Forbidden):
        read(operator, "platform/grafana/admin")
    with pytest.raises(Forbidden):
        operator.sys.create_or_update_policy("mine", 'path "*" { capabilities = ["sudo"] }')


def test_a_person_logs_in_without_keycloak(server, login):
    password = read(login("platform-admin"), "platform/openbao/admin")["password"]
    person = hvac.Client(server.addr, verify=server.ca_file)
    person.auth.userpass.login("platform-admin", password)
    assert read(person, "platform/harbor/admin")["username"] == "admin"


def test_automation_can_do_the_whole_run_and_then_finds_nothing_to_do(server, desired, login):
    token = login("platform-automation").token
    run = Runs(server, {"token": token})
    assert run(desired)["plan"] == []


def test_automation_can_bring_in_something_new(server, desired, login):
    """A mount, a method and their content, in one run, by the policy that the run itself extends."""
    token = login("platform-automation").token
    extra = {
        **SITE,
        "mounts": {**SITE["mounts"], "team": {"type": "kv", "options": {"version": "2"}}},
        "secrets": {"team/one": {"generate": {"password": {"length": 20}}}},
        "auth": {"approle": {"type": "approle", "roles": {"ci": {"token_policies": ["grafana"]}}}},
    }
    wanted = vault_spec(PLAN, extra)
    wanted["auth"]["kubernetes"].pop("config")
    run = Runs(server, {"token": token})
    assert run(wanted)["plan"]
    assert run(wanted)["plan"] == []
    assert len(read(login("platform-admin"), "team/one")["password"]) == 20


def test_automation_does_not_touch_the_server_itself(server, login):
    automation = login("platform-automation")
    for path in ("sys/seal", "sys/rotate", "sys/raw/core/x", "sys/audit/mine", "auth/token/create"):
        with pytest.raises(Forbidden):
            automation.adapter.put(f"/v1/{path}", json={})
    assert not hvac.Client(server.addr, server.root_token, verify=server.ca_file).sys.is_sealed()
