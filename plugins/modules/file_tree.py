#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: file_tree
short_description: Keep many text files in a folder, and remove those that are no longer wanted
version_added: 0.1.0
description:
  - Writes all files of a folder in one task, each whole or not at all, and only those that differ.
  - Remembers in a marker file what it has written. A file of an earlier run that is no longer wanted is removed, and so are the folders
    that become empty by it. Files of others are never touched, unless they have the path of a wanted file.
  - Links below the folder are not followed. One in the place of a file is replaced, one in the place of a folder is an error.
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
attributes:
  check_mode:
    support: full
    description: The difference is the one that a run writes.
  diff_mode:
    support: full
    description: The texts of the files that differ, before and after.
  platform:
    support: full
    platforms: posix
    description: Every POSIX system.
options:
  dest:
    description: The folder. It is made when it is missing.
    type: path
    required: true
  files:
    description: Relative path and text of each file.
    type: dict
    required: true
  marker:
    description: Name of the file in O(dest) that lists what this module has written. Two uses of one folder need two names.
    type: str
    default: .file_tree.json
"""

EXAMPLES = r"""
- name: Write the plan of the site
  unifiedmeta.platform.file_tree:
    dest: /srv/gitops
    files: "{{ lookup('unifiedmeta.platform.catalog') | unifiedmeta.platform.render_spec }}"
"""

RETURN = r"""
created:
  description: Paths that were not there.
  type: list
  elements: str
  returned: success
updated:
  description: Paths whose text was another.
  type: list
  elements: str
  returned: success
removed:
  description: Paths that an earlier run has written and that are no longer wanted.
  type: list
  elements: str
  returned: success
count:
  description: Number of files that are wanted.
  type: int
  returned: success
"""

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _file_tree, _module
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused

SPEC = {"dest": {"type": "path", "required": True}, "files": {"type": "dict", "required": True}, "marker": {"type": "str", "default": ".file_tree.json"}}


def diffs(difference: _file_tree.Difference) -> list[dict[str, str]]:
    """The difference as Ansible shows it."""
    return [
        {"before_header": path, "after_header": path, "before": difference.before[path] or "", "after": difference.after[path] or ""}
        for path in difference.after
    ]


def work(module: _module.Module) -> dict[str, t.Any]:
    """Compare, write, report."""
    dest, files, marker = module.params["dest"], module.params["files"], module.params["marker"]
    faults = _file_tree.faults(files, marker)
    if "/" in marker or not marker:
        faults.insert(0, f"marker: '{marker}' must be the name of a file in dest")
    if faults:
        raise Refused("", faults)
    difference = _file_tree.compare(dest, files, marker)
    if not module.check_mode and (difference.after or sorted(files) != sorted(_file_tree.owned(dest, marker))):
        _file_tree.apply(dest, files, marker, difference)
    shown = {"diff": diffs(difference)} if module._diff else {}  # pylint: disable=protected-access  # Ansible has no public name for it.
    return {"changed": bool(difference.after), "count": len(files), "created": difference.paths(create=True),
            "updated": difference.paths(change=True), "removed": difference.paths(remove=True), **shown}


def main() -> t.NoReturn:
    _module.run(SPEC, work, (_file_tree.TreeError,), counted=("files",))


if __name__ == "__main__":
    main()
