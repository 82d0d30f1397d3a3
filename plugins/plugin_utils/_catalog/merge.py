# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers: mappings merge deeply, everything else is replaced by the later layer."""

from __future__ import annotations

import typing as t


def merge(*layers: t.Any) -> dict[t.Any, t.Any]:
    """Merge mappings, the last one wins. Lists are replaced whole, as Helm does; None stays None, which tells Helm to
    drop the chart's own default. The layers are not changed, and the result shares nothing with them."""
    result: dict[t.Any, t.Any] = {}
    for layer in layers:
        for key, value in (layer or {}).items():
            below = result.get(key)
            result[key] = merge(below if isinstance(below, dict) else {}, value) if isinstance(value, dict) else plain(value)
    return result


def plain(value: t.Any) -> t.Any:
    """The same data as plain Python: ansible-core's own text, mapping and list types (tagged, lazy, unsafe) are left behind,
    because yaml and json dumpers don't know all of them."""
    if isinstance(value, dict):
        return {plain(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            # str(x) of a subclass may be anything; str.__str__(x) is its plain text.
            return str.__str__(value) if kind is str else kind(value)
    return value
