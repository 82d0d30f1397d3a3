# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a GitOps repository."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan as planner
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.render import render_spec, to_yaml
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.vault import vault_spec
from tests.unit.plugins.plugin_utils._catalog_specs.test_helm import GITOPS, app
from tests.unit.plugins.plugin_utils._catalog_specs.test_vault import OPENBAO, OPERATOR
from tests.unit.plugins.plugin_utils.support import component, make

SITE = {"domain": "platform.example.com"}


def parsed(text):
    """The documents of a file."""
    return list(yaml.safe_load_all(text))


def test_a_folder_a_wave_and_in_it_a_folder_a_component(tmp_path):
    files = render_spec(make(tmp_path, app(), component("b", wave="access"), values={"a": {"x": 1}}))
    assert list(files) == [
        "05-platform/a/namespace.yaml", "05-platform/a/release.yaml", "05-platform/a/values.yaml", "06-access/b/namespace.yaml",
        "components.yaml", "mirror.yaml",
    ]
    assert parsed(files["05-platform/a/release.yaml"])[0]["version"] == "1.2.3"
    assert parsed(files["05-platform/a/values.yaml"]) == [{"x": 1}]


def test_argo_cds_application_in_the_place_of_a_release(tmp_path):
    files = render_spec(make(tmp_path, app(), GITOPS, delivery="argocd", values={"a": {"x": 1}}))
    assert "05-platform/a/application.yaml" in files and "05-platform/a/release.yaml" not in files
    assert "05-platform/argo-cd/release.yaml" in files


def test_external_secrets_lie_with_their_component(tmp_path):
    secret = {"path": "platform/a/x", "generate": {"p": 32}, "to": {"name": "s"}}
    files = render_spec(make(tmp_path, OPENBAO, OPERATOR, component("a", secrets=[secret])), interval="5m")
    assert parsed(files["05-platform/a/external-secrets.yaml"])[0]["spec"]["refreshInterval"] == "5m"
    assert parsed(files["02-secrets/external-secrets/external-secrets.yaml"])[0]["kind"] == "ClusterSecretStore"


def test_vault_is_there_when_it_is_given(tmp_path):
    made = make(tmp_path, component("a"))
    assert "vault.json" not in render_spec(made)
    assert json.loads(render_spec(made, {"b": 1, "a": 2})["vault.json"]) == {"a": 2, "b": 1}


def test_keycloak_and_the_servers_are_there_when_they_are_given(tmp_path):
    made = make(tmp_path, component("a"))
    assert {"keycloak.json", "rke2.yaml"}.isdisjoint(render_spec(made, {}, servers={}))
    files = render_spec(made, keycloak={"realms": {}}, servers={"kube-apiserver-arg": ["a=b"]})
    assert json.loads(files["keycloak.json"]) == {"realms": {}} and parsed(files["rke2.yaml"]) == [{"kube-apiserver-arg": ["a=b"]}]
    assert "vault.json" not in files


def test_what_is_outside_has_no_files(tmp_path):
    files = render_spec(make(tmp_path, app(), external=["a"]))
    assert [name for name in files if "/a/" in name] == []
    assert parsed(files["components.yaml"])[0][0]["external"] is True


def test_the_report_names_licence_and_waiver():
    report = {item["name"]: item for item in parsed(render_spec(planner.build(SITE))["components.yaml"])[0]}
    assert report["grafana"]["license"] == "AGPL-3.0-only"
    assert "unmodified" in report["grafana"]["waiver"]
    assert "waiver" not in report["keycloak"]
    assert report["harbor"]["version"] == "2.15.1"


@pytest.mark.parametrize("site", [{}, {"tier": 2}, {"profile": "aws"}, {"delivery": "argocd"}], ids=str)
def test_the_own_catalogue_gives_objects_that_are_whole(site):
    made = planner.build({**SITE, **site})
    files = render_spec(made, vault_spec(made))
    for name, text in files.items():
        if name.endswith(("namespace.yaml", "manifests.yaml", "external-secrets.yaml", "application.yaml")):
            for thing in parsed(text):
                assert thing["apiVersion"] and thing["kind"] and thing["metadata"]["name"], name
        assert text.endswith("\n") and not re.search(r"\(\([a-z-]+\.[a-z]", text), name


def test_twice_the_same():
    one, two = (render_spec(planner.build(SITE), vault_spec(planner.build(SITE))) for _number in range(2))
    assert one == two


def test_two_profiles_differ_in_what_the_profile_says():
    aws, onprem = (render_spec(planner.build({**SITE, "profile": profile})) for profile in ("aws", "onprem"))
    differ = {name for name in {*aws, *onprem} if aws.get(name) != onprem.get(name)}
    assert differ == {
        "01-foundation/longhorn/namespace.yaml", "01-foundation/longhorn/release.yaml", "01-foundation/longhorn/values.yaml",
        "02-secrets/openbao/values.yaml", "04-registry/harbor/values.yaml", "components.yaml", "mirror.yaml",
    }


@pytest.mark.parametrize(("documents", "text"), [
    (({"b": 1, "a": [1, "x"]},), "---\nb: 1\na:\n- 1\n- x\n"),
    (({"a": 1}, {"b": 2}), "---\na: 1\n---\nb: 2\n"),
    (({"a": "one\ntwo\n"},), "---\na: |\n  one\n  two\n"),
    (({"a": "yes", "b": "1", "c": "0x1"},), "---\na: 'yes'\nb: '1'\nc: '0x1'\n"),
    (({"a": "한국어"},), "---\na: 한국어\n"),
])
def test_yaml_as_people_read_it(documents, text):
    assert to_yaml(*documents) == text


def test_equal_parts_are_written_out():
    part = {"x": 1}
    assert "&" not in to_yaml({"a": part, "b": part})


def test_long_lines_stay_whole():
    text = "word " * 100
    assert parsed(to_yaml({"a": text})) == [{"a": text}]
