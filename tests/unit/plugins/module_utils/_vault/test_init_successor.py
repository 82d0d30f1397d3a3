# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The login that comes after the root token, tried on servers that answer by script; tests/lab/test_site.py tries it on real ones."""

from __future__ import annotations

import json

import pytest
import yaml

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import Http
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.init_api import InitError, Server, errors
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.init_successor import prove

WAY = {"mount": "/kubernetes/", "role": "automation", "namespace": "system", "service_account": "automation", "audiences": ["vault"]}


@pytest.fixture
def cluster(scripted, tmp_path):
    """Factory of (scripted API server, kubeconfig)."""
    def make(*script):
        found = scripted(*script)
        path = tmp_path / "kubeconfig"
        path.write_text(yaml.safe_dump({
            "current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
            "clusters": [{"name": "k", "cluster": {"server": found.url}}], "users": [{"name": "u", "user": {"token": "t"}}]}), "utf-8")
        return found, str(path)

    return make


def leader(found):
    return Server("a", Http("Vault", found.url, errors=errors))


def test_it_logs_in_and_gives_the_token_back(scripted, cluster):
    kubernetes, kubeconfig = cluster((201, {"status": {"token": "jwt"}}))
    vault = scripted((200, {"auth": {"client_token": "made"}}), (204, b""))
    prove(leader(vault), WAY, kubeconfig, 5.0)
    assert kubernetes.seen[0][1] == "/api/v1/namespaces/system/serviceaccounts/automation/token"
    assert vault.seen[0][1] == "/v1/auth/kubernetes/login"
    assert json.loads(kubernetes.seen[0][3])["spec"]["audiences"] == ["vault"]
    assert [(seen[0], seen[1]) for seen in vault.seen] == [("POST", "/v1/auth/kubernetes/login"), ("POST", "/v1/auth/token/revoke-self")]
    assert json.loads(vault.seen[0][3]) == {"role": "automation", "jwt": "jwt"} and vault.seen[1][2]["X-Vault-Token"] == "made"


def refusal(vault, kubeconfig):
    with pytest.raises(InitError) as caught:
        prove(leader(vault), WAY, kubeconfig, 5.0)
    assert "the root token is kept" in str(caught.value) and "run again" in str(caught.value)
    return str(caught.value)


def test_vault_refuses_it(scripted, cluster):
    _kubernetes, kubeconfig = cluster((201, {"status": {"token": "jwt-secret"}}))
    said = refusal(scripted((403, {"errors": ["permission denied"]})), kubeconfig)
    assert "permission denied" in said and "«kubernetes»" in said and "jwt-secret" not in said


def test_kubernetes_refuses_it(scripted, cluster):
    _kubernetes, kubeconfig = cluster((404, {"message": 'serviceaccounts "automation" not found'}))
    vault = scripted((200, {}))
    assert "not found" in refusal(vault, kubeconfig) and vault.seen == []


def test_no_cluster_at_all(scripted, tmp_path):
    assert "can't be read" in refusal(scripted((200, {})), str(tmp_path / "none"))
