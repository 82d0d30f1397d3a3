"""Adds a release to a lock of RKE2's files, from the sha256sum files that the release publishes.

    rke2-lock LOCK VERSION sha256sum-amd64.txt [sha256sum-arm64.txt]

Fetch those files from the release's page, by a way that you trust. The lock may be the role's (roles/rke2/files/artifacts.yml) or one of your site
(rke2_artifacts_lock). Comments in it are kept above the versions only.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / ".collections"))
sys.path[:0] = [str(path) for path in list(ROOT.parents)[2:3]]

import yaml  # noqa: E402  (the two lines above say where the collection is)

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import artifacts  # noqa: E402


def main(arguments: list[str]) -> str | None:
    """What went wrong, None for nothing."""
    if len(arguments) < 3:
        return __doc__
    path, version = Path(arguments[0]), arguments[1]
    old = path.read_text(encoding="utf-8") if path.exists() else "---\n"
    lock = yaml.safe_load(old) or {}
    try:
        for name in arguments[2:]:
            arch = re.search(r"(amd64|arm64)", Path(name).name)
            if not arch:
                return f"{name}: is called neither after amd64 nor after arm64, as the release's files are"
            files = artifacts.of_sums(Path(name).read_text(encoding="utf-8"))
            if not files:
                return f"{name}: names no file of RKE2 that nodes need"
            lock = artifacts.merged(lock, version, arch[1], files)
    except (OSError, ValueError) as error:
        return str(error)
    faults = artifacts.faults(lock)
    if faults:
        return "\n".join(faults)
    comments = [line for line in old.splitlines() if line.startswith("#")]
    path.write_text("\n".join(["---", *comments, *artifacts.emit(lock).splitlines()[1:]]) + "\n", encoding="utf-8")
    print(f"{path}: {version} has {', '.join(f'{len(lock[version][arch])} files on {arch}' for arch in sorted(lock[version]))}")
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
