# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of what runs."""
from __future__ import annotations

import pathlib

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.assemble import Options
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.cache import Cache
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.summary import hints, summary

LAYOUT = Layout("unit", "/state", 20000)


def options(kubernetes: str = "build", *servers: str) -> Options:
    """Returns options."""
    return Options(LAYOUT, Cache("/cache"), "/files", kubernetes, servers, False, 2, "")


def test_each_server_has_a_row_with_a_url_and_a_place() -> None:
    rows = {row["system"]: row for row in summary(options("build", "openbao", "postgres", "keycloak", "registry", "s3"))}
    assert list(rows) == ["Kubernetes", "OpenBao", "PostgreSQL", "Keycloak", "OCI registry", "S3 server"]
    assert rows["Keycloak"] == {"system": "Keycloak", "url": "https://localhost:20343", "credentials": "/state/credentials/keycloak.json"}
    assert rows["Kubernetes"] == {"system": "Kubernetes", "url": "https://127.0.0.1:20443", "credentials": "/state/kubeconfig"}
    assert rows["OpenBao"]["url"] == "https://127.0.0.1:20200"
    assert rows["PostgreSQL"]["url"] == "127.0.0.1:20432"


def test_only_what_runs_has_a_row() -> None:
    assert [row["system"] for row in summary(options("build", "s3"))] == ["Kubernetes", "S3 server"]


def test_lines_to_look_at_it_name_every_setting() -> None:
    text = "\n".join(hints(options("build", "openbao")))
    places = ("PATH=/cache/bin:", "KUBECONFIG=/state/kubeconfig", "VAULT_ADDR=https://127.0.0.1:20200", "VAULT_CACERT=/state/ca.crt")
    for words in (*places, "role=platform-automation"):
        assert words in text
    assert "export VAULT_TOKEN=$(kubectl create token " in text and "kv get platform/keycloak" not in text
    assert hints(options("build", "openbao", "keycloak"))[-1] == "bao kv get platform/keycloak/admin"
    assert "bao" not in "\n".join(hints(options("build", "s3")))


def test_credentials_are_paths_never_values() -> None:
    for row in summary(options("build", "openbao", "postgres", "registry", "s3")):
        assert pathlib.PurePath(row["credentials"]).is_absolute()


def test_a_cluster_from_elsewhere_is_named_by_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/their/config")
    assert summary(options("kubeconfig"))[0]["url"] == "kubeconfig: /their/config"
