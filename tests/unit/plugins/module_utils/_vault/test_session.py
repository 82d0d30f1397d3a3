# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From connection options to a client."""

from __future__ import annotations

import pytest
import yaml
from ansible.module_utils.basic import env_fallback

from ansible_collections.unifiedmeta.platform.plugins.doc_fragments.vault import ModuleDocFragment
from ansible_collections.unifiedmeta.platform.plugins.module_utils import _bootstrap
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes import client
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Unforeseeable
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import session
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.session import Session
from tests.lab.vault_runs import parameters
from tests.unit.plugins.module_utils._vault.conftest import Table, data

LOGIN = {"auth": {"client_token": "made", "lease_duration": 600, "policies": ["automation"]}}
WAY = {"method": "kubernetes", "mount": "kubernetes", "role": "r", "namespace": "n", "service_account": "s", "audiences": ["vault"]}


@pytest.fixture
def opened(scripted, quick):
    """Factory of (session, table, values that were registered)."""

    def make(answers=None, **options):
        table, seen = Table(scripted, answers or {}), []
        return Session(parameters(url=table.url, **options), seen.append), table, seen

    return make


# --- the specification -----------------------------------------------------------------------------------------------------------
def test_environment_variables_are_the_fallback():
    made = session.spec(env_fallback, own={"type": "str"})
    assert made["url"]["fallback"] == (env_fallback, ["VAULT_ADDR"]) and made["token"]["no_log"] is True and made["own"] == {"type": "str"}
    assert {name for name, option in made.items() if "fallback" in option} == {"url", "token", "ca_file", "namespace", "kubeconfig"}
    assert session.SPEC["url"]["fallback"] == "VAULT_ADDR", "the shared table stays as it is"


def test_the_documentation_says_the_same():
    documented = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]

    def same(spec, told):
        assert set(spec) == set(told)
        for name, option in spec.items():
            assert option.get("type", "str") == told[name]["type"] and option.get("default") == told[name].get("default"), name
            assert option.get("choices") == told[name].get("choices") and bool(option.get("required")) == bool(told[name].get("required")), name
            if "options" in option:
                same(option["options"], told[name]["suboptions"])

    same(session.SPEC, documented)
    inside = yaml.safe_load(ModuleDocFragment.NESTED)["options"]["vault"]
    same(session.nested(env_fallback)["vault"]["options"], inside["suboptions"])
    assert "O(vault.token)" in ModuleDocFragment.NESTED and "O(token)" not in ModuleDocFragment.NESTED


# --- the address -----------------------------------------------------------------------------------------------------------------
def test_without_an_address_there_is_nothing_to_do():
    with pytest.raises(ApiError, match=r"no address is given; set url \(or VAULT_ADDR\), or port_forward"):
        Session(parameters(), print)


def test_options_reach_the_client(opened):
    made, table, _seen = opened(namespace="team", timeout=3, concurrency=5, token="t")
    assert made.vault.http.timeout == 3 and made.vault.http.concurrency == 5
    made.vault.read("x")
    headers = table.server.seen[0][2]
    assert headers["X-Vault-Token"] == "t" and headers["X-Vault-Namespace"] == "team/"


def test_a_port_forward_keeps_the_services_own_name(monkeypatch):
    monkeypatch.setattr(Session, "_adapter", lambda self: None)
    forward = {"namespace": "openbao", "service": "openbao-active", "port": 8200}
    assert Session(parameters(port_forward=forward), print).vault.http.base_url == "https://openbao-active.openbao.svc:8200/v1"
    assert Session(parameters(port_forward=forward, url="https://x:1"), print).vault.http.base_url == "https://x:1/v1"


# --- logins ----------------------------------------------------------------------------------------------------------------------
def test_a_given_token_is_registered_and_not_revoked(opened):
    made, table, seen = opened(token="a-given-token")
    with made:
        made.vault.read("x")
    assert seen == ["a-given-token"] and table.asked() == ["GET x"]


def test_errors_do_not_show_what_was_registered(opened):
    made, _table, _seen = opened({"GET x": (400, {"errors": ["bad a-given-token here"]})}, token="a-given-token")
    with pytest.raises(ApiError, match=r"bad \(secret\) here"):
        made.vault.read("x")


def test_a_login_by_kubernetes_is_revoked_at_the_end(opened, monkeypatch):
    monkeypatch.setattr(Session, "_jwt", lambda self, way: "jwt-of-" + way["service_account"])
    made, table, seen = opened({"POST auth/kubernetes/login": LOGIN}, login=[WAY])
    with made:
        made.vault.read("x")
    assert table.asked() == ["POST auth/kubernetes/login", "GET x", "POST auth/token/revoke-self"]
    assert seen == ["jwt-of-s", "made"] and made.login.policies == ["automation"]


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        (
            {"method": "kubernetes", "mount": "k", "role": None, "namespace": "n", "service_account": None, "audiences": []},
            "role, service_account of this login is missing",
        ),
        (WAY, "kubernetes: "),
    ],
)
def test_a_login_that_lacks_something_says_so(opened, monkeypatch, tmp_path, way, reason):
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    made, _table, _seen = opened(login=[way], kubeconfig=str(tmp_path / "none"))
    with pytest.raises(ApiError) as error:
        made.vault.read("x")
    assert reason in str(error.value)


@pytest.mark.parametrize(("status", "noted"), [(404, "n/s"), (403, "")])
def test_an_account_that_is_not_there_is_noted(opened, monkeypatch, status, noted):
    def refuse(*_args, **_kwargs):
        raise ApiError("Kubernetes", status=status, detail="no")

    monkeypatch.setattr(client, "request_token", refuse)
    monkeypatch.setattr(Session, "kubernetes", lambda self: None)
    made, _table, _seen = opened(login=[WAY])
    with pytest.raises(ApiError, match="kubernetes: "):
        made.vault.read("x")
    assert made.account_missing == noted


def test_the_bootstrap_stores_root_token(opened, tmp_path):
    folder = tmp_path / "store"
    folder.mkdir(mode=0o700)
    options = {"path": str(folder / "site.json"), "passphrase": None, "encrypt": False, "content": None, "wait": 1.0}
    store = _bootstrap.Store.of(options)
    with store.locked():
        store.write({**store.read(), "vaults": {"openbao": {"answer": {"root_token": "root-of-the-store"}}}})
    made, table, seen = opened(login=[{"method": "bootstrap", "name": "openbao", "store": options}])
    made.vault.read("x")
    assert table.server.seen[0][2]["X-Vault-Token"] == "root-of-the-store" and seen == ["root-of-the-store"]
    made, _table, _seen = opened(login=[{"method": "bootstrap", "name": "another", "store": options}])
    with pytest.raises(ApiError, match="the bootstrap store's root token is not there"):
        made.vault.read("x")


def test_a_bootstrap_store_that_can_not_be_read_is_a_reason(opened, tmp_path):
    options = {"path": str(tmp_path / "no" / "store"), "passphrase": None, "encrypt": True, "content": "garbage", "wait": 1.0}
    made, _table, _seen = opened({"GET x": data()}, login=[{"method": "bootstrap", "name": "openbao", "store": options}])
    with pytest.raises(ApiError, match="bootstrap: "):
        made.vault.read("x")


@pytest.mark.parametrize(("check", "error"), [(True, Unforeseeable), (False, ApiError)])
def test_in_check_mode_an_earlier_task_may_make_the_account(opened, monkeypatch, check, error):
    def refuse(*_args, **_kwargs):
        raise ApiError("Kubernetes", status=404, detail="no")

    monkeypatch.setattr(client, "request_token", refuse)
    monkeypatch.setattr(Session, "kubernetes", lambda self: None)
    made, _table, _seen = opened(login=[WAY])
    made.check = check
    with pytest.raises(error, match="n/s that logs in isn't there" if check else "kubernetes: "), made:
        made.vault.read("x")


def test_secrets_of_the_cluster_are_read_by_its_client(opened, monkeypatch):
    class Cluster:
        def get(self, path, **_options):
            return {"data": {"key": "eA=="}} if path == "api/v1/namespaces/n/secrets/s" else None

    monkeypatch.setattr(Session, "kubernetes", lambda self: Cluster())
    made, _table, _seen = opened()
    assert made.readers()["kubernetes"]("n/s") == {"key": "x"} and made.readers()["kubernetes"]("n/none") is None


def test_the_cluster_is_met_once_and_only_when_needed(opened, monkeypatch):
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes import client

    met = []
    monkeypatch.setattr(client, "connect", lambda path, timeout: met.append((path, timeout)) or object())
    made, _table, _seen = opened(kubeconfig="/k", timeout=7)
    assert met == []
    assert made.kubernetes() is made.kubernetes() and met == [("/k", 7)]
