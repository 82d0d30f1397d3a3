# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an air-gapped site needs."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan as planner
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.mirror import mirror_spec
from tests.unit.plugins.plugin_utils.support import component, make

CHART = {"repository": "https://charts.example.com", "name": "thing", "version": "1.2.3"}


def test_each_image_once_with_those_who_run_it(tmp_path):
    made = mirror_spec(make(tmp_path, component("b", images=["docker.io/a/x:1", "docker.io/a/y:1"]), component("a", images=["docker.io/a/x:1"])))
    assert made["images"] == [
        {"source": "docker.io/a/x:1", "target": "", "components": ["a", "b"]},
        {"source": "docker.io/a/y:1", "target": "", "components": ["b"]},
    ]


@pytest.mark.parametrize("registry", ["harbor.example.com", "harbor.example.com/"])
def test_the_place_in_the_sites_registry(tmp_path, registry):
    made = mirror_spec(make(tmp_path, component("a", images=["docker.io/a/x:1"]), registry=registry))
    assert made["images"][0]["target"] == "harbor.example.com/docker.io/a/x:1"


def test_images_of_two_registries_never_clash(tmp_path):
    made = mirror_spec(make(tmp_path, component("a", images=["docker.io/a/x:1", "quay.io/a/x:1"]), registry="r.example.com"))
    assert len({image["target"] for image in made["images"]}) == 2


def test_charts_as_well(tmp_path):
    made = mirror_spec(make(tmp_path, component("a", delivery="helm", chart=CHART), component("b", delivery="helm", chart=CHART), component("c")))
    assert made["charts"] == [{"repository": "https://charts.example.com", "name": "thing", "version": "1.2.3", "components": ["a", "b"]}]


def test_what_is_outside_is_not_mirrored(tmp_path):
    made = mirror_spec(make(tmp_path, component("a", images=["docker.io/a/x:1"], delivery="helm", chart=CHART), external=["a"]))
    assert made == {"images": [], "charts": []}


def test_the_own_catalogue_pins_every_image():
    made = mirror_spec(planner.build({"domain": "platform.example.com"}))
    assert all(":" in image["source"].split("/")[-1] for image in made["images"])
    assert len(made["images"]) == len({image["source"] for image in made["images"]})
