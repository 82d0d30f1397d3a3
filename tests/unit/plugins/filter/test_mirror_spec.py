# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter mirror_spec; what every filter of a plan has is shown in test_specs.py."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.filter.mirror_spec import FilterModule
from tests.unit.plugins.filter.example import PLAN

run = FilterModule().filters()["mirror_spec"]


def test_images_and_charts():
    made = run(PLAN)
    assert set(made) == {"images", "charts"}
    assert "docker.io/grafana/grafana:13.2.0" in [image["source"] for image in made["images"]]
