# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML that people read: in files of a GitOps repository and in manifests of RKE2."""

from __future__ import annotations

import typing as t

import yaml


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Block style, keys as they come, texts of several lines as such, and no aliases: people read these files."""

    def ignore_aliases(self, data: t.Any) -> bool:
        """Write equal parts out."""
        return True


def _text(dumper: t.Any, text: str) -> t.Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def to_yaml(*documents: t.Any) -> str:
    """One or more documents as YAML text."""
    return yaml.dump_all(documents, Dumper=_Dumper, explicit_start=True, sort_keys=False, allow_unicode=True, width=1000)
