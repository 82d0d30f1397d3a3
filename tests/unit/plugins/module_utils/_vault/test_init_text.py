# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every sentence is used, and every name that is used has a sentence."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import init_plan
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.init_text import TEXT

SOURCE = Path(init_plan.__file__).read_text("utf-8")


def test_every_sentence_is_used():
    assert {name for name in TEXT if f'"{name}"' not in SOURCE} == set()


def test_every_name_has_a_sentence():
    used = set(re.findall(r"fault\(\"(\w+)\"", SOURCE)) | set(re.findall(r"TEXT\[\"(\w+)\"\]", SOURCE))
    assert used - set(TEXT) == set()


@pytest.mark.parametrize("name", sorted(TEXT))
def test_a_sentence_is_one(name):
    text = TEXT[name]
    assert text == text.strip() and "  " not in text and not text.endswith(".")
    assert all(field is None or field.isidentifier() for _text, field, _spec, _conversion in string.Formatter().parse(text))
