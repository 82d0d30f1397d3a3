# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Versions and ranges."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.versions import parse, within


@pytest.mark.parametrize(("text", "version"), [
    ("1.35.4", (1, 35, 4)), ("v1.35.4", (1, 35, 4)), ("v1.35.4+rke2r1", (1, 35, 4)), ("1.30", (1, 30, 0)), ("1.30-eks-abc", (1, 30, 0)),
])
def test_versions(text, version):
    assert parse(text) == version


@pytest.mark.parametrize("text", ["latest", "", "1", "x1.30", "None"])
def test_what_is_no_version(text):
    with pytest.raises(ValueError, match="is no version such as 1.35.4"):
        parse(text)


@pytest.mark.parametrize(("version", "wanted", "fits"), [
    ("1.30.0", ">=1.30,<1.37", True),
    ("1.36.9", ">=1.30,<1.37", True),
    ("1.37.0", ">=1.30,<1.37", False),
    ("1.29.15", ">=1.30,<1.37", False),
    ("1.9.0", ">=1.10", False),
    ("1.35.4", "==1.35.4", True),
    ("1.35.5", "==1.35.4", False),
    ("1.35.5", "!=1.35.5", False),
    ("1.35.4", ">1.35.3, <=1.35.4", True),
    ("v1.35.4+rke2r1", " >= 1.35 ", True),
])
def test_ranges(version, wanted, fits):
    assert within(version, wanted) is fits


def test_a_version_that_is_none_is_told():
    with pytest.raises(ValueError, match="'newest' is no version"):
        within("newest", ">=1.30")
