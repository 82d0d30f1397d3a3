# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""catalog/schema.json itself, its defaults, and how its refusals are told."""

from __future__ import annotations

import json

import jsonschema
import pytest

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan, schema, source

WHOLE = schema.load(plan.SCHEMA)


def walk(part, path="$"):
    """Every property of the schema with its path."""
    if isinstance(part, dict):
        for name, inner in part.get("properties", {}).items() if isinstance(part.get("properties"), dict) else ():
            yield f"{path}.{name}", inner
        for key, inner in part.items():
            yield from walk(inner, f"{path}.{key}")
    elif isinstance(part, list):
        for number, inner in enumerate(part):
            yield from walk(inner, f"{path}[{number}]")


def component(**fields):
    """The least component with changes."""
    least = {
        "name": "a", "summary": "A thing", "license": "MIT", "wave": "platform", "delivery": "manifests",
        "namespace": {"name": "a"}, "images": [], "ready": [{"kind": "Deployment", "name": "a"}],
    }
    return {**least, **fields}


def told(data):
    """What is said of a component."""
    return [fault.what for fault in schema.check(source.Document("a.yml", data), schema.validator(plan.SCHEMA))]


def test_it_is_a_schema_of_2020_12():
    assert WHOLE["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(WHOLE)


def test_every_property_is_described_for_people_and_editors():
    missing = [path for path, inner in walk(WHOLE) if len(inner.get("description", "")) < 5 and "const" not in inner]
    assert missing == []


def test_every_mapping_says_what_else_may_stand_in_it():
    open_ones = [path for path, inner in walk({"properties": WHOLE["$defs"]}) if inner.get("type") == "object" and "additionalProperties" not in inner]
    assert open_ones == []


def test_every_reference_leads_somewhere():
    text = json.dumps(WHOLE)
    used = {part.split('"')[0] for part in text.split('"#/$defs/')[1:]}
    assert used <= set(WHOLE["$defs"])
    assert set(WHOLE["$defs"]) <= used


def test_defaults_are_valid_themselves():
    for path, inner in walk(WHOLE):
        if "default" in inner:
            jsonschema.Draft202012Validator({**inner, "$defs": WHOLE["$defs"]}).validate(inner["default"]), path


def test_the_least_component_is_enough():
    assert told(component()) == []


@pytest.mark.parametrize(("fields", "what"), [
    ({"wave": "platfrom"}, 'wave: "platfrom" is not allowed'),
    ({"tiers": []}, "tiers: [] should be non-empty"),
    ({"tiers": [1, 1]}, "tiers: [1, 1] has non-unique elements"),
    ({"name": "Grafana"}, 'name: "Grafana" has the wrong form'),
    ({"name": "a" * 64}, 'name: "' + "a" * 56 + "... has the wrong form"),
    ({"summary": "x"}, "summary: 'x' is too short"),
    ({"homepage": "http://x"}, 'homepage: "http://x" has the wrong form'),
    ({"kubernetes": "1.30"}, 'kubernetes: "1.30" has the wrong form'),
    ({"images": ["grafana:1"]}, 'images[0]: "grafana:1" has the wrong form'),
    ({"images": ["docker.io/grafana/grafana"]}, 'images[0]: "docker.io/grafana/grafana" has the wrong form'),
    ({"namespace": {"name": "a", "pod_security": "none"}}, 'namespace.pod_security: "none" is not allowed'),
    ({"waiver": {"tier": [1], "reason": "short"}}, "waiver.reason: 'short' is too short"),
    ({"slo": {"availability": 20}}, "slo.availability: 20 is less than or equal to the minimum of 50"),
    ({"route": {"host": "a", "service": "a", "allow": []}}, 'route.service: "a" has the wrong form'),
    ({"alerts": [{"name": "down", "expr": "up == 0", "summary": "It is down"}]}, 'alerts[0].name: "down" has the wrong form'),
    ({"probe": [{"http": "health"}]}, 'probe[0].http: "health" has the wrong form'),
    ({"probe": [{"http": "/", "expect": 20}]}, "probe[0].expect: 20 is less than the minimum of 100"),
    ({"ready": []}, "ready: [] should be non-empty"),
    ({"vault": {"policies": [{"path": "x", "capabilities": ["write"]}]}}, 'vault.policies[0].capabilities[0]: "write" is not allowed'),
    ({"vault": {"ttl": "1 hour"}}, 'vault.ttl: "1 hour" has the wrong form'),
    ({"secrets": [{"path": "platform/a", "generate": {}}]}, "secrets[0].generate: {} should be non-empty"),
    ({"secrets": [{"path": "platform/a", "to": {"name": "a", "refresh": "daily"}}]}, 'secrets[0].to.refresh: "daily" is not allowed'),
    ({"secrets": [{"path": "platform/a", "to": "a"}]}, 'secrets[0].to: "a" has the wrong type'),
    ({"backup": {"volumes": "none"}}, "backup: 'include' is missing"),
    ({"delivery": "helm"}, "'chart' is missing"),
    ({"chart": {"repository": "ftp://x", "name": "a", "version": "1.0.0"}}, 'chart.repository: "ftp://x" has the wrong form'),
    ({"chart": {"repository": "https://x", "name": "a", "version": "^1.0"}}, 'chart.version: "^1.0" has the wrong form'),
    ({"sso": {"client": "a", "redirects": ["x"]}}, 'sso.redirects[0]: "x" has the wrong form'),
])
def test_what_is_refused(fields, what):
    assert told(component(**fields)) == [what]


@pytest.mark.parametrize("image", [
    "docker.io/grafana/grafana:13.2.0", "registry.example.com:5000/a/b:1", "ghcr.io/a/b@sha256:" + "0" * 64, "quay.io/a/b_c.d:v1-x@sha256:" + "a" * 64,
])
def test_images_that_are_named_in_full(image):
    assert told(component(images=[image])) == []


def test_defaults_are_filled_in_at_every_depth():
    data = component(secrets=[{"path": "platform/a", "to": [{"name": "x"}]}], vault={"database": [{"name": "a"}]}, alerts=[{"name": "A"}])
    filled = schema.fill(data, WHOLE, WHOLE)
    assert filled["tiers"] == [1, 2]
    assert filled["secrets"][0] == {"path": "platform/a", "to": [{"name": "x", "type": "Opaque", "refresh": "periodic"}], "data": {}}
    assert filled["vault"]["database"][0] == {"name": "a", "mount": "database", "default_ttl": "1h", "max_ttl": "24h"}
    assert filled["alerts"][0]["severity"] == "warning"
    assert "route" not in filled


def test_one_target_is_filled_like_a_list_of_them():
    filled = schema.fill({"to": {"name": "x"}}, WHOLE["$defs"]["secret"], WHOLE)
    assert filled["to"] == {"name": "x", "type": "Opaque", "refresh": "periodic"}


def test_defaults_are_copies():
    first, second = schema.fill(component(), WHOLE, WHOLE), schema.fill(component(), WHOLE, WHOLE)
    first["tiers"].append(3)
    assert second["tiers"] == [1, 2]
    assert WHOLE["properties"]["tiers"]["default"] == [1, 2]


def test_what_a_site_may_change():
    checker = schema.site_validator(plan.SCHEMA)
    allowed = set(checker.schema["properties"])
    assert allowed == (set(WHOLE["properties"]) - set(schema.FIXED)) | {"values"}
    assert "required" in WHOLE["$defs"]["route"], "the schema itself must stay as it is"
    assert schema.check(source.Document("x", {"route": {"host": "y"}, "values": {"a": 1}}), checker) == []


@pytest.mark.parametrize(("path", "text"), [
    ((), ""), (("a",), "a"), (("a", "b"), "a.b"), (("a", 0, "b"), "a[0].b"), ((0,), "[0]"), (("a", 8080), "a[8080]"),
])
def test_paths_as_people_write_them(path, text):
    assert schema.dotted(path) == text


def test_without_jsonschema_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(schema, "jsonschema", None)
    with pytest.raises(ImportError, match="Python library 'jsonschema', which is missing on the controller"):
        schema.require()
    with pytest.raises(ImportError):
        plan.build({"domain": "example.com"})


@pytest.mark.parametrize(("name", "some"), [("wave", {"rke2", "secrets", "backup"}), ("tier", {1, 2, 3}), ("profile", {"aws", "onprem"})])
def test_words_are_written_in_the_schema_alone(name, some):
    assert some <= set(schema.words(name))


def test_the_words_in_their_order():
    assert schema.words("wave") == ("rke2", "foundation", "secrets", "identity", "registry", "platform", "access", "backup")


def test_a_list_of_groups_is_checked_as_groups_of_components_are():
    checker = schema.groups_validator(plan.SCHEMA)
    assert schema.check(source.Document("x", {"groups": ["a-b"]}), checker) == []
    assert len(schema.check(source.Document("x", {"groups": ["A", "b", "b"], "more": 1}), checker)) == 3
