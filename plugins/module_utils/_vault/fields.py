# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Types of fields that only Vault has, and when two policies are the same."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import TYPES

_HCL = re.compile(r'"(?:\\.|[^"\\])*"|(?:#|//)[^\n]*|/\*.*?\*/|[{}\[\]=,()]|(?:(?!//|/\*)[^\s"{}\[\]=,()#])+', re.S)


def cidrs(value: t.Any) -> list[str]:
    """Vault drops the prefix of a single address."""
    return sorted({re.sub(r"/32$" if "." in item else r"/128$", "", item) for item in TYPES["set"](value)})


def claims(value: t.Any) -> dict[str, list[str]]:
    """bound_claims: a single value and a list of one are the same to Vault."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("a map of claims to values")
    return {str(key): sorted(str(part) for part in item) if isinstance(item, (list, tuple)) else [str(item)] for key, item in value.items()}


def same_policy(one: str, other: str) -> bool:
    """Are two HCL policies equal but for white space between words?"""
    return one == other or [token.rstrip() for token in _HCL.findall(one)] == [token.rstrip() for token in _HCL.findall(other)]
