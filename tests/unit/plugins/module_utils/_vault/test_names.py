# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What may be a name in Vault: a path."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.names import named


@pytest.mark.parametrize(("given", "name"), [("a", "a"), ("/a/", "a"), ("a/b", "a/b"), (" a ", "a"), (3, "3"), ("한국", "한국")])
def test_names(given, name):
    desired = Desired()
    assert list(named(desired, {given: 1}, "config.x")) == [(name, 1, f"config.x.{given}")]
    assert desired.faults == []


@pytest.mark.parametrize("given", ["", "/", "a//b", "a b", "a\nb", "..", "a/../b", "a/.", "../../sys/policies/acl/evil"])
def test_what_can_not_be_a_name(given):
    desired = Desired()
    assert list(named(desired, {given: 1, "good": 2}, "config.x")) == [("good", 2, "config.x.good")]
    assert len(desired.faults) == 1 and "can't be a name" in desired.faults[0]
