# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/render.yml, as `make render` runs it."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def site(tmp_path):
    """An inventory."""
    (tmp_path / "hosts.yml").write_text(
        "all:\n  children:\n    platform_controller:\n      hosts:\n        localhost:\n          ansible_connection: local\n"
        f"          ansible_python_interpreter: {sys.executable}\n  vars:\n    platform_domain: platform.example.com\n", encoding="utf-8")
    return tmp_path / "hosts.yml"


def run(site, dest, *options, **variables):
    """Exit status, count of changes, output of a run."""
    command = [sys.executable, "-m", "ansible", "playbook", "playbooks/render.yml", "-i", str(site), "-e", f"render_dest={dest}"]
    command += ["-e", json.dumps(variables), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = re.search(r"changed=(\d+)", done.stdout)
    return done.returncode, int(found.group(1)) if found else None, done.stdout + done.stderr


def files(folder):
    """Every file with its text."""
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*")) if path.is_file()}


def test_written_once_then_kept_then_changed_as_check_mode_said(site, tmp_path):
    dest = tmp_path / "out"
    assert run(site, dest)[:2] == (0, 1)
    first = files(dest)
    assert {"components.yaml", "mirror.yaml", "vault.json", "05-platform/grafana/release.yaml"} <= set(first)
    assert "oidc-issuer-url=https://keycloak.platform.example.com/realms/platform" in first["rke2.yaml"]
    assert "grafana" in json.loads(first["keycloak.json"])["realms"]["platform"]["clients"]
    assert run(site, dest)[:2] == (0, 0)
    change = {"platform_components": {"grafana": {"enabled": False}}}
    status, changes, text = run(site, dest, "--check", "--diff", **change)
    assert (status, changes) == (0, 1)
    assert "05-platform/grafana/release.yaml" in text
    assert files(dest) == first
    assert run(site, dest, **change)[:2] == (0, 1)
    assert not (dest / "05-platform/grafana").exists()


def test_the_sites_part_of_keycloak(site, tmp_path):
    dest = tmp_path / "out"
    assert run(site, dest, keycloak_config={"realms": {"platform": {"groups": {"auditors": {}}}}}, keycloak_kubernetes_client="kubectl",
               keycloak_kubernetes_prefix="people:", keycloak_kubernetes_redirects=["http://localhost:9000"], keycloak_locale="ko")[0] == 0
    written = files(dest)
    realm = json.loads(written["keycloak.json"])["realms"]["platform"]
    assert realm["clients"]["kubectl"]["redirectUris"] == ["http://localhost:9000"] and realm["settings"]["defaultLocale"] == "ko"
    assert "auditors" in realm["groups"] and "oidc-client-id=kubectl" in written["rke2.yaml"] and "oidc-groups-prefix=people:" in written["rke2.yaml"]


def test_without_keycloak_nothing_of_it(site, tmp_path):
    others = {name: {"enabled": False} for name in ("keycloak", "argo-cd", "grafana", "harbor", "pomerium", "rancher")}
    status, _changes, text = run(site, tmp_path / "out", platform_components=others)
    assert status == 0, text
    written = files(tmp_path / "out")
    assert "keycloak.json" not in written and "oidc" not in written["rke2.yaml"] and "cni: cilium" in written["rke2.yaml"]


def test_faults_change_nothing(site, tmp_path):
    status, _changes, text = run(site, tmp_path / "out", platform_components={"grafna": {}})
    assert status != 0
    assert "there is no component 'grafna'; did you mean 'grafana'?" in text
    assert not (tmp_path / "out").exists()


def test_each_fault_is_told_once(site, tmp_path):
    _status, _changes, text = run(site, tmp_path / "out", platform_components={"grafna": {}}, platform_tier=9)
    assert [text.count(fault) for fault in ("there is no component 'grafna'", "platform_tier: 9 is not allowed")] == [1, 1]
    assert "TASK [Write the plan]" not in text


@pytest.mark.parametrize("there", [True, False])
def test_the_ca_of_a_vault_outside_of_the_cluster(site, tmp_path, there):
    (tmp_path / "ca.crt").write_text("PEM\n", encoding="utf-8")
    ca_file = str(tmp_path / ("ca.crt" if there else "no.crt"))
    status, _changes, text = run(site, tmp_path / "out", platform_external=["openbao"],
                                 platform_endpoints={"openbao": {"url": "https://vault.example.com:8200", "ca_file": ca_file}})
    if there:
        assert "caBundle: UEVN" in (tmp_path / "out/02-secrets/external-secrets/external-secrets.yaml").read_text(encoding="utf-8")
    else:
        assert status != 0 and f"There is no file {ca_file}, which platform_endpoints.openbao.ca_file names" in " ".join(text.split())


def test_the_folder_must_be_named_in_full(site, tmp_path):
    status, _changes, text = run(site, "out")
    assert status != 0
    assert "Give the folder as an absolute path" in text
