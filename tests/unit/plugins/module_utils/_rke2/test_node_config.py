# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RKE2's configuration files, with PyYAML as the judge of what they mean."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as some

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_config
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import fingerprint

CONFIG = {"server": "https://api.example.com:9345", "tls-san": ["api.example.com", "10.0.0.1"], "debug": True, "protect-kernel-defaults": False,
          "etcd-snapshot-retention": 5, "write-kubeconfig-mode": "0600", "disable": [], "node-taint": ["a=b:NoSchedule"], "cluster-dns": None}
TEXT = some.text(some.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30)
VALUE = some.one_of(TEXT, some.booleans(), some.integers(-10**9, 10**9), some.none())
KEYS = some.from_regex(r"\A[a-z][a-z0-9-]{0,20}\Z")


def test_what_is_written_is_yaml_and_is_read_back():
    text = node_config.emit(CONFIG, "a note")
    assert text.startswith("# a note\n") and yaml.safe_load(text) == CONFIG == node_config.parse(text)


@pytest.mark.parametrize("key", ["no", "y", "on", "off", "null", "true", "1", "north"])
def test_a_key_is_a_text(key):
    text = node_config.emit({key: "a"})
    assert yaml.safe_load(text) == {key: "a"} == node_config.parse(text)


@given(some.dictionaries(KEYS, some.one_of(VALUE, some.lists(VALUE, max_size=4)), max_size=6))
def test_whatever_is_written_means_the_same_to_both_readers(config):
    text = node_config.emit(config)
    assert node_config.parse(text) == config == (yaml.safe_load(text) or {})


@pytest.mark.parametrize("text", [
    "a: 1\n", "a: 'it''s'\n", "a: \"b # c\"  # d\n", "a: b # c\n", "a: [x, \"y, z\", 'w']\n", "a:\n- x\n- y\n", "a:\n  - x   # why\n  - 'y'\nb: true\n",
    "---\n# c\na: https://h:1/x\n\nb:\n", "\"a\": 1\n'b': 2\n", "a: []\n", "a: -5\n", "a: v1.35.4+rke2r1\n", "a: ~\n", "a: x:y\n", "a: FALSE\n", "a: #c\n",
    "a:\n# c\n  - x\n",
])
def test_what_people_write_is_read_as_yaml_reads_it(text):
    assert node_config.parse(text) == yaml.safe_load(text)


@pytest.mark.parametrize("text", ["a: {b: c}\n", "a: |\n  x\n", "a: &x y\n", "a: !x y\n", "a:\n  b: c\n", "x\n", "- a\n", "a: [x, [y]]\n", "a: \"x\n",
                                  "a: [x\n", "a: >\n  b\n"])
def test_what_rke2_has_no_form_for_is_told_with_its_line(text):
    with pytest.raises(node_config.Unreadable, match=r"^f\.yaml:[12]: "):
        node_config.parse(text, "f.yaml")


def test_a_fault_does_not_show_the_rest_of_its_line():
    with pytest.raises(node_config.Unreadable) as caught:
        node_config.parse("token {K10secret}\n")
    assert "K10secret" not in str(caught.value)


def test_the_documented_example_of_several_files():
    parts = [{"token": "boop", "node-label": ["foo=bar", "bar=baz"]}, {"write-kubeconfig-mode": 600, "node-taint": ["alice=bob:NoExecute"]},
             {"write-kubeconfig-mode": 777, "node-label": ["other=what", "foo=three"], "node-taint+": ["charlie=delta:NoSchedule"]}]
    assert node_config.merge(parts) == {"write-kubeconfig-mode": 777, "token": "boop", "node-label": ["other=what", "foo=three"],
                                        "node-taint": ["alice=bob:NoExecute", "charlie=delta:NoSchedule"]}
    assert node_config.merge([{"a+": ["x"]}, {"a+": "y"}]) == {"a": ["x", "y"]} and node_config.merge([{"a": None}, {"a+": ["x"]}]) == {"a": ["x"]}


def test_secrets_are_told_as_fingerprints_and_tokens_by_their_password():
    told = node_config.redact({"token": "K10" + "a" * 64 + "::server:pw", "agent-token": "pw", "etcd-s3-secret-key": "s3", "cni": "cilium",
                               "datastore-endpoint": None})
    assert told == {"token": fingerprint("pw"), "agent-token": fingerprint("pw"), "etcd-s3-secret-key": fingerprint("s3"), "cni": "cilium",
                    "datastore-endpoint": None}


def test_a_full_token_names_the_ca():
    assert node_config.full_token("pw", "a" * 64, "server") == "K10" + "a" * 64 + "::server:pw"
    assert node_config.full_token("pw", None, "server") == "pw"
    assert node_config.full_token("K10x::server:pw", "a" * 64, "server") == "K10x::server:pw"
