# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names, fingerprints, suggestions."""

from __future__ import annotations

import ast
import pathlib

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import names

FULL = "K10" + "a" * 64 + "::server:"


@pytest.mark.parametrize(
    ("token", "password"),
    [
        ("secret", "secret"),
        (FULL + "secret", "secret"),
        ("K10" + "a" * 64 + "::node:s:e:c", "s:e:c"),
        ("K10" + "a" * 64 + "::abcdef.0123456789abcdef", "abcdef.0123456789abcdef"),
        ("K10short::server:secret", "K10short::server:secret"),
    ],
)
def test_password(token, password):
    assert names.password(token) == password


def test_a_fingerprint_is_of_the_password_and_shows_nothing_of_it():
    assert names.fingerprint("secret") == names.fingerprint(FULL + "secret") == "sha256:2bb80d537b1da3e3"
    assert names.fingerprint("secret") != names.fingerprint("secret2")


@pytest.mark.parametrize("name", ["s1", "s1.example.org", "a-b", "1", "a" * 63])
def test_good_node_names(name):
    assert names.node_name_fault(name) is None


@pytest.mark.parametrize("name", ["", "S1", "s_1", "-s", "s-", "s..x", "a" * 64, ".".join(["a" * 60] * 5), "s1\n"])
def test_bad_node_names(name):
    assert "lower case letters" in names.node_name_fault(name)


def test_suggestion():
    assert names.suggestion("kubelte-arg", ["kubelet-arg", "cni"]) == "; did you mean kubelet-arg?"
    assert names.suggestion("xyz", ["kubelet-arg"]) == ""


def test_it_needs_the_standard_library_only():
    tree = ast.parse(pathlib.Path(names.__file__).read_text("utf-8"))
    imported = {
        node.module if isinstance(node, ast.ImportFrom) else node.names[0].name for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))
    }
    assert imported == {"__future__", "difflib", "hashlib", "re", "typing"}


def test_where_things_lie():
    assert names.CONFIG == "/etc/rancher/rke2/config.yaml" and names.REGISTRIES == "/etc/rancher/rke2/registries.yaml"
    assert names.PSS != "/etc/rancher/rke2/rke2-pss.yaml"
