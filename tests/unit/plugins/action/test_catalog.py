# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The first task of a run: the catalogue's faults, each once and by itself."""

from __future__ import annotations

import json


def variables(**platform):
    """Options that set platform_* variables."""
    return "-e", json.dumps({f"platform_{name}": value for name, value in {"domain": "a.example.com", **platform}.items()})


def test_a_sound_site_changes_nothing(play):
    said = play("catalog", {}, *variables())
    assert "ok=1 changed=0" in said


def test_it_tells_what_there_is(play):
    said = play("catalog", {}, "-v", *variables())
    assert "components: -" in said and "- grafana" in said


def test_every_fault_is_told_once(play):
    said = play("catalog", {}, *variables(tier=9, components={"grafna": {}}))
    faults = ("inventory variable platform_components.grafna: there is no component 'grafna'; did you mean 'grafana'?",
              "inventory variable platform_tier: 9 is not allowed; known are 1, 2, 3")
    assert [said.count(fault) for fault in faults] == [1, 1]
    assert "The catalogue has 2 faults; nothing was changed:" in said
    assert "msg: 2 faults in the catalogue or the inventory, told above." in said and "failed=1" in said


def test_one_fault_is_told_in_the_singular(play):
    assert "msg: One fault in the catalogue or the inventory, told above." in play("catalog", {}, *variables(tier=9))


def test_in_check_mode_as_well(play):
    assert "ok=1 changed=0" in play("catalog", {}, "--check", *variables())


def test_it_reads_the_sites_own_catalogues(play, tmp_path):
    assert "there is no such catalogue folder" in play("catalog", {}, *variables(catalogs=[str(tmp_path / "nowhere")]))


def test_it_has_no_options(play):
    assert "Unsupported parameters" in play("catalog", {"paths": []}, *variables())


def test_what_is_no_fault_of_the_catalogue_stays_an_error(play):
    said = play("catalog", {}, *variables(name="{{ nowhere }}"))
    # Quotes around the name are doubled where the callback writes YAML.
    assert "nowhere'" in said and "is undefined" in said and "told above" not in said
