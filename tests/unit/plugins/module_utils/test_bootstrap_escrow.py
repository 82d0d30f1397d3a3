# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is copied between the bootstrap store and Vault, and what never is."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._bootstrap_escrow import Copy, entry, faults, plan


def stored(**values):
    return {name.replace("_", "/"): {"value": value} for name, value in values.items()}


def told(changes):
    return [(change.action, change.kind, change.name) for change in changes]


def test_what_has_no_copy_is_copied():
    changes = plan(stored(rke2_token="t"), {"rke2/token": Copy("bootstrap/rke2/token", None, 0)}, {})
    assert told(changes) == [("create", "copy in Vault", "bootstrap/rke2/token")] and changes[0].before is None


def test_what_differs_follows_the_store():
    changes = plan(stored(rke2_token="new"), {"rke2/token": Copy("b/rke2/token", "old", 3)}, {})
    assert told(changes) == [("update", "copy in Vault", "b/rke2/token")]


def test_what_is_equal_stays():
    assert plan(stored(rke2_token="t"), {"rke2/token": Copy("b/rke2/token", "t", 1)}, {}) == []


def test_vaults_children_are_kept_and_not_copied_back():
    changes = plan(stored(admin="old"), {}, {"admin": "new", "other": "x"})
    assert told(changes) == [("update", "bootstrap secret", "admin"), ("create", "bootstrap secret", "other")]
    assert plan(stored(admin="same"), {"admin": Copy("b/admin", None, 0)}, {"admin": "same"}) == []


def test_what_a_run_will_make_counts_as_there():
    assert told(plan({}, {}, {"admin": None})) == [("create", "bootstrap secret", "admin")]
    assert plan(stored(admin="x"), {}, {"admin": None}) == []


def test_no_value_is_shown():
    changes = plan(stored(a="very-secret", c="very-secret"), {"a": Copy("b/a", "also-secret", 1)}, {"c": "third-secret", "d": "fourth-secret"})
    assert len(changes) == 3 and not any(word in repr(changes) for word in ("very-", "also-", "third-", "fourth-"))


def test_a_secret_of_the_store():
    made = entry("x")
    assert made["value"] == "x" and len(made["created"]) == 20


@pytest.mark.parametrize("path", ["platform", "", "/", "platform/"])
def test_paths_that_are_none(path):
    assert "must name a mount and a folder" in faults(path, {})[0]


def test_all_faults_at_once():
    assert faults("/platform/bootstrap/", {"a": "vault:platform/x#y"}) == []
    assert len(faults("x", {"a": "kubernetes:a/b#c", "b": 5, "c": "vault:platform/x"})) == 4
