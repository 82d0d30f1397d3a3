# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kubeconfigs for people."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.kubeconfig import merged, named

RKE2 = {
    "apiVersion": "v1", "kind": "Config", "current-context": "default", "preferences": {},
    "clusters": [{"name": "default", "cluster": {"server": "https://127.0.0.1:6443", "certificate-authority-data": "Q0E="}}],
    "users": [{"name": "default", "user": {"client-certificate-data": "Q0VSVA==", "client-key-data": "S0VZ"}}],
    "contexts": [{"name": "default", "context": {"cluster": "default", "user": "default"}}],
}
OURS = named(RKE2, "site", "https://api.example.com:6443")
OTHER = {"clusters": [{"name": "other", "cluster": {"server": "https://other"}}], "users": [{"name": "other", "user": {"token": "t"}}],
         "contexts": [{"name": "other", "context": {"cluster": "other", "user": "other"}}], "current-context": "other", "x-mine": 1}


def test_names_and_address():
    assert OURS["clusters"] == [{"name": "site", "cluster": {"server": "https://api.example.com:6443", "certificate-authority-data": "Q0E="}}]
    assert OURS["contexts"] == [{"name": "site", "context": {"cluster": "site", "user": "site"}}] and OURS["current-context"] == "site"
    assert OURS["users"][0]["user"] == RKE2["users"][0]["user"]


@pytest.mark.parametrize("config", [{}, {"clusters": []}, {"clusters": [{"name": "a"}]}, {"clusters": "a", "users": "b"}])
def test_what_is_no_kubeconfig(config):
    with pytest.raises(ValueError, match="it has no cluster and no user"):
        named(config, "a", "b")


def test_merged_into_one_that_is_there():
    before = copy.deepcopy(OTHER)
    made = merged(OTHER, OURS)
    assert [entry["name"] for entry in made["clusters"]] == ["other", "site"] and made["current-context"] == "other" and made["x-mine"] == 1
    assert before == OTHER and merged(made, OURS) == made, "a second time changes nothing"


def test_selected_on_request():
    assert merged(OTHER, OURS, select=True)["current-context"] == "site"


def test_an_older_entry_is_replaced_in_its_place():
    made = merged(merged(OURS, OTHER), named(RKE2, "site", "https://new:6443"))
    assert [(entry["name"], entry["cluster"]["server"]) for entry in made["clusters"]] == [("site", "https://new:6443"), ("other", "https://other")]


def test_merged_into_nothing():
    assert merged(None, OURS)["current-context"] == "site" and merged({}, OURS)["kind"] == "Config"


@pytest.mark.parametrize("existing", [{"clusters": "a"}, {"users": [{"name": "a"}]}, {"contexts": ["a"]}])
def test_it_is_not_merged_into_what_is_none(existing):
    with pytest.raises(ValueError, match="are no list of names and"):
        merged(existing, OURS)
