# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cluster's kubeconfig on the controller: whose it is, what becomes of the one that is there, and that nobody sees the key."""

from __future__ import annotations

import pytest
import yaml

from tests.unit.plugins.module_utils._rke2.test_kubeconfig import OTHER, RKE2

KEY = RKE2["users"][0]["user"]["client-key-data"]


@pytest.fixture
def fetch(play, tmp_path):
    """Factory: fetches RKE2's kubeconfig, with further arguments; returns what was printed."""
    (tmp_path / "rke2.yaml").write_text(yaml.safe_dump(RKE2), "utf-8")

    def run(*options, **arguments):
        given = {"source": str(tmp_path / "rke2.yaml"), "path": str(tmp_path / "made/config"), "server": "https://api.example.com:6443", "name": "site"}
        said = play("rke2_kubeconfig", {**given, **arguments}, "-vvv", *options)
        assert KEY not in said
        return said

    return run


def made(tmp_path):
    """The file."""
    return yaml.safe_load((tmp_path / "made/config").read_text("utf-8"))


def test_it_is_the_owners_alone_and_stays(fetch, tmp_path):
    assert "ok=1 changed=1" in fetch()
    assert made(tmp_path)["clusters"][0]["cluster"]["server"] == "https://api.example.com:6443" and made(tmp_path)["current-context"] == "site"
    assert (tmp_path / "made/config").stat().st_mode & 0o777 == 0o600 and (tmp_path / "made").stat().st_mode & 0o777 == 0o700
    assert "ok=1 changed=0" in fetch()
    (tmp_path / "made/config").chmod(0o644)
    assert "ok=1 changed=1" in fetch() and (tmp_path / "made/config").stat().st_mode & 0o777 == 0o600


def test_merged_on_request(fetch, tmp_path):
    (tmp_path / "made").mkdir()
    (tmp_path / "made/config").write_text(yaml.safe_dump(OTHER), "utf-8")
    assert "ok=1 changed=1" in fetch(merge=True)
    assert [entry["name"] for entry in made(tmp_path)["contexts"]] == ["other", "site"] and made(tmp_path)["current-context"] == "other"
    assert "ok=1 changed=1" in fetch(merge=True, select=True) and made(tmp_path)["current-context"] == "site"


def test_not_into_what_is_no_kubeconfig(fetch, tmp_path):
    (tmp_path / "made").mkdir()
    (tmp_path / "made/config").write_text("- a list\n", "utf-8")
    assert "is no kubeconfig, so nothing is merged into it" in fetch(merge=True) and (tmp_path / "made/config").read_text("utf-8") == "- a list\n"


def test_in_check_mode_nothing_is_written(fetch, tmp_path):
    assert "ok=1 changed=1" in fetch("--check") and not (tmp_path / "made").exists()
    assert "RKE2 doesn't run there yet" in fetch("--check", source=str(tmp_path / "nowhere"))


def test_a_server_that_has_none(fetch, tmp_path):
    said = fetch(source=str(tmp_path / "nowhere"))
    assert "can't be read on the server" in said and "is RKE2 running there?" in said and not (tmp_path / "made").exists()
