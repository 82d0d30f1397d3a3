#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: rke2_artifacts
short_description: Have the files of an RKE2 release on the controller, verified
version_added: 0.1.0
description:
  - Takes the files from a URL into a cache, or from a folder as they lie there, and verifies each by the sha256 of a lock. A site without a way out
    uses the same path, with a folder or with a server of its own.
  - A file that is in the cache is not fetched again. A transfer that breaks, or a run that is killed, goes on where it ended. A file is put in place
    whole, once it is verified.
  - A version that isn't in the lock is refused. C(scripts/rke2-lock) adds one.
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
attributes:
  check_mode:
    support: full
    description: Tells what would be fetched. Files that are there are verified.
  diff_mode:
    support: none
    description: What is fetched are programs.
  platform:
    support: full
    platforms: posix
    description: Every POSIX system.
options:
  version:
    description: The release, such as V(v1.36.4+rke2r1).
    type: str
    required: true
  architectures:
    description: The nodes' architectures.
    type: list
    elements: str
    choices: [amd64, arm64]
    default: [amd64]
  files:
    description: Names of the wanted files; C({arch}) stands for the architecture.
    type: list
    elements: str
    default: ["rke2.linux-{arch}.tar.gz"]
  lock:
    description: The lock, a YAML file of versions, architectures, files and their sha256.
    type: path
    required: true
  source:
    description: URL below which there is a folder a version, or a folder on the controller that has the files (below version and architecture, below
      version, or at once).
    type: str
    default: https://github.com/rancher/rke2/releases/download
  cache:
    description: Folder for what is fetched and for what is known of it.
    type: path
    required: true
  ca_file:
    description: CA of the source's server, where it is one of the site's own.
    type: path
  timeout:
    description: Seconds without an answer after which a transfer is tried again.
    type: int
    default: 30
  progress:
    description: File that progress lines are appended to. The action plugin sets it.
    type: path
"""

EXAMPLES = r"""
- name: Have the release
  unifiedmeta.platform.rke2_artifacts:
    version: v1.36.4+rke2r1
    files: ["rke2.linux-{arch}.tar.gz", "rke2-images-core.linux-{arch}.tar.zst"]
    lock: artifacts.yml
    cache: "{{ lookup('env', 'HOME') }}/.cache/unifiedmeta/rke2"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
folder:
  description: The folder to hand to O(unifiedmeta.platform.rke2_node#module:source).
  returned: success
  type: str
artifacts:
  description: The wanted files by architecture, with their sha256.
  returned: success
  type: dict
  sample: {"amd64": {"rke2.linux-amd64.tar.gz": "7bcbd3167d6947e1d79cdf722acdc740b28021fefb50dd5b974a1980776d4079"}}
fetched:
  description: Addresses of the files that were, or would be, fetched.
  returned: success
  type: list
  elements: str
"""

import traceback
import typing as t

try:
    import yaml
    YAML_ERROR = None
except ImportError:
    YAML_ERROR = traceback.format_exc()

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _module
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.progress import Progress
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import artifacts
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.artifacts_fetch import FetchError, Store

SPEC = {
    "version": {"type": "str", "required": True}, "lock": {"type": "path", "required": True}, "cache": {"type": "path", "required": True},
    "architectures": {"type": "list", "elements": "str", "choices": list(artifacts.ARCHITECTURES), "default": ["amd64"]},
    "files": {"type": "list", "elements": "str", "default": ["rke2.linux-{arch}.tar.gz"]},
    "source": {"type": "str", "default": "https://github.com/rancher/rke2/releases/download"},
    "ca_file": {"type": "path"}, "timeout": {"type": "int", "default": 30}, "progress": {"type": "path"},
}


def read_lock(path: str) -> t.Any:
    """The lock. Raises Refused with all its faults."""
    try:
        with open(path, encoding="utf-8") as handle:
            lock = yaml.safe_load(handle) or {}
    except (OSError, yaml.YAMLError) as error:
        raise Refused("", [f"the lock {path} can't be read: {error}"]) from error
    faults = artifacts.faults(lock)
    if faults:
        raise Refused(f"the lock {path}", faults)
    return lock


def work(module: _module.Module) -> dict[str, t.Any]:
    """Choose, fetch what is lacking, report."""
    params = module.params
    chosen, missing = artifacts.choose(read_lock(params["lock"]), params["version"], params["architectures"], params["files"])
    if missing:
        raise Refused("", missing)
    store = Store(params["source"], params["cache"], ca_file=params["ca_file"], timeout=params["timeout"])
    wanted = [(arch, name, digest) for arch, files in chosen.items() for name, digest in files.items()]
    lacking = [one for one in wanted if not store.there(store.place(params["version"], one[0], one[1]), one[2])]
    fetched = [store.url(params["version"], name) if store.remote else store.place(params["version"], arch, name) for arch, name, _digest in lacking]
    progress = Progress(params["progress"])
    if not module.check_mode or not store.remote:
        for arch, name, digest in lacking:
            with progress.step(f"{params['version']}: {name}"):
                store.fetch(params["version"], arch, name, digest, progress.say)
    return {"changed": bool(lacking), "folder": store.folder, "artifacts": chosen, "fetched": fetched}


def main() -> t.NoReturn:
    _module.run(SPEC, work, (FetchError, OSError), libraries=(("PyYAML", YAML_ERROR),))


if __name__ == "__main__":
    main()
