# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What several tests of the lab begin with."""
from __future__ import annotations

import pathlib

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import Layout


@pytest.fixture
def fresh(tmp_path: pathlib.Path) -> Layout:
    """An instance that doesn't exist yet."""
    return Layout("unit", str(tmp_path / "fresh"), 20000)
