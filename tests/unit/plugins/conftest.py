# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the tests of plugins of several kinds share."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def private_files():
    """Files of these tests are their owner's alone."""
    before = os.umask(0o077)
    yield
    os.umask(before)
