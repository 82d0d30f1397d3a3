# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is rendered is what the owners of these kinds accept: every object against the schema of its CustomResourceDefinition, unknown fields refused
as `kubectl --validate=strict` does."""

from __future__ import annotations

import json
import pathlib
import re

import jsonschema
import pytest
import yaml

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.render import render_spec

FIXTURE = pathlib.Path(__file__).parent / "fixtures/crds.json"
KINDS = {(crd["apiVersion"], crd["kind"]): crd for crd in json.loads(FIXTURE.read_text(encoding="utf-8"))}
# Kubernetes' own kinds; the lab's API server proves these.
OWN = {"v1", "apps/v1", "policy/v1", "networking.k8s.io/v1", "rbac.authorization.k8s.io/v1", "scheduling.k8s.io/v1", "apiextensions.k8s.io/v1"}
SITES = [{}, {"tier": 2}, {"profile": "aws"}, {"delivery": "argocd"}, {"external": ["openbao"], "endpoints": {"openbao": {"url": "https://vault.example.com"}}}]


def strict(schema):
    """A structural schema as JSON Schema: what has properties takes no others."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: {name: strict(inner) for name, inner in value.items()} if key == "properties" else strict(value) for key, value in schema.items()}
    if "properties" in made and "additionalProperties" not in made and not made.get("x-kubernetes-preserve-unknown-fields"):
        made["additionalProperties"] = False
    if made.pop("x-kubernetes-int-or-string", False):
        made.pop("type", None)
    return made


def objects(site):
    """(file, object) of everything that is rendered for a site."""
    files = render_spec(plan.build({"domain": "platform.example.com", **site}), ca="PEM" if "external" in site else "")
    for name, text in files.items():
        if name.endswith(("namespace.yaml", "manifests.yaml", "external-secrets.yaml", "application.yaml")):
            for thing in yaml.safe_load_all(text):
                yield name, thing


@pytest.mark.parametrize("site", SITES, ids=str)
def test_every_object_is_valid(site):
    seen = set()
    for name, thing in objects(site):
        key = (thing["apiVersion"], thing["kind"])
        if thing["apiVersion"] in OWN:
            continue
        assert key in KINDS, f"{name}: no schema of {key} among the fixtures"
        schema = strict(KINDS[key]["schema"])
        schema["properties"].update({"metadata": {"type": "object"}, "apiVersion": {}, "kind": {}})
        faults = [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in jsonschema.Draft202012Validator(schema).iter_errors(thing)]
        assert faults == [], f"{name}: {thing['kind']} {thing['metadata']['name']}"
        assert ("namespace" in thing["metadata"]) == (KINDS[key]["scope"] == "Namespaced"), f"{name}: {thing['metadata']['name']}"
        seen.add(thing["kind"])
    assert {"ExternalSecret", "ClusterSecretStore", "Certificate", "Cluster"} <= seen


def test_strict_refuses_a_field_that_is_not_there():
    name, thing = next((name, thing) for name, thing in objects({}) if thing["kind"] == "ExternalSecret")
    thing["spec"]["refresInterval"] = "1h"
    schema = strict(KINDS[(thing["apiVersion"], thing["kind"])]["schema"])
    schema["properties"].update({"metadata": {"type": "object"}})
    assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(thing)], name


@pytest.mark.parametrize("site", SITES, ids=str)
def test_every_namespaced_object_lies_in_a_namespace_of_the_platform(site):
    """A namespace that is used is made by the plan."""
    things = [thing for _name, thing in objects(site)]
    made = {thing["metadata"]["name"] for thing in things if thing["kind"] == "Namespace"}
    used = {thing["metadata"]["namespace"] for thing in things if "namespace" in thing["metadata"]}
    assert used <= made


def test_every_secret_that_is_mounted_is_made():
    """Names of Secrets in manifests and values lead to an ExternalSecret, a Certificate, or are said to come from elsewhere."""
    elsewhere = {"openbao-seal", "platform-ca"}
    plan_ = plan.build({"domain": "platform.example.com"})
    made = {target["name"] for entry in plan_["components"].values() for secret in entry["secrets"] for target in secret["to"]}
    made |= {thing["spec"]["secretName"] for _name, thing in objects({}) if thing["kind"] == "Certificate"}
    named = set()

    def walk(value, key=""):
        if isinstance(value, dict):
            if value.get("type") == "secret" and "name" in value:
                named.add(value["name"])
            for inner_key, inner in value.items():
                walk(inner, inner_key)
        elif isinstance(value, list):
            for inner in value:
                walk(inner, key)
        elif value and isinstance(value, str) and (key in ("secretName", "existingXsrfSecret") or re.fullmatch("existingSecret.*(?<!Key)", key)):
            named.add(value)

    for entry in plan_["components"].values():
        walk(entry["values"])
        walk([thing for thing in entry["manifests"] if thing["kind"] != "CustomResourceDefinition"])
    assert named - made - elsewhere == set()
    assert {"harbor-admin", "keycloak-database", "openbao-tls", "grafana-oidc"} <= named
