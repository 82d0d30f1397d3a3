# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Version ranges such as '>=1.30,<1.37'."""

from __future__ import annotations

import operator
import re

_OPERATORS = {">=": operator.ge, "<=": operator.le, "==": operator.eq, "!=": operator.ne, ">": operator.gt, "<": operator.lt}
_RULE = re.compile(r" *(>=|<=|==|!=|>|<) *([0-9.]+) *")


def parse(version: str) -> tuple[int, ...]:
    """'v1.35.4+rke2r1' -> (1, 35, 4). Raises ValueError for what is no version."""
    found = re.match(r"v?(\d+)\.(\d+)(?:\.(\d+))?", str(version))
    if not found:
        raise ValueError(f"'{version}' is no version such as 1.35.4")
    return tuple(int(part) for part in found.groups(default="0"))


def within(version: str, wanted: str) -> bool:
    """Whether a version satisfies every rule of a range; what a rule leaves out counts as zero."""
    have = parse(version)
    return all(_OPERATORS[sign](have, parse(bound)) for sign, bound in _RULE.findall(wanted))
