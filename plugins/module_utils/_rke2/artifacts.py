# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lock of RKE2's releases: version → architecture → file → sha256. Pure.

It is made from the files ``sha256sum-<architecture>.txt`` that each release publishes (https://github.com/rancher/rke2/releases), by ``scripts/rke2-lock``.
"""

from __future__ import annotations

import difflib
import re
import typing as t

VERSION = re.compile(r"^v[0-9]+\.[0-9]+\.[0-9]+(-[a-z0-9.]+)?\+rke2r[0-9]+$")
DIGEST = re.compile(r"^[0-9a-f]{64}$")
ARCHITECTURES = ("amd64", "arm64")
# What this collection puts on nodes: programs, and archives of images.
USED = re.compile(r"^(rke2\.linux-(amd64|arm64)\.tar\.gz|rke2-images[a-z0-9-]*\.linux-(amd64|arm64)\.tar\.(zst|gz))$")
NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
SUMS = re.compile(r"^([0-9a-f]{64})[ \t]+[ *]?(\S+)$")
HINT = "«scripts/rke2-lock» makes it of the release's sha256sum-<architecture>.txt"

Lock = t.Mapping[str, t.Mapping[str, t.Mapping[str, str]]]


def faults(lock: t.Any) -> list[str]:
    """All that is wrong with a lock."""
    if not isinstance(lock, dict):
        return ["it must be a mapping of versions"]
    found = []
    for version, by_arch in lock.items():
        if not VERSION.match(str(version)):
            found.append(f"{version}: is no version of RKE2, such as v1.36.4+rke2r1")
        if not isinstance(by_arch, dict) or not by_arch:
            found.append(f"{version}: must be a mapping of architectures")
            continue
        for arch, files in by_arch.items():
            where = f"{version}.{arch}"
            if arch not in ARCHITECTURES:
                found.append(f"{where}: the architecture must be one of {', '.join(ARCHITECTURES)}")
            if not isinstance(files, dict) or not files:
                found.append(f"{where}: must be a mapping of files to their sha256")
                continue
            found += [f"{where}: {name} is no name of a file" for name in files if not NAME.match(str(name))]
            found += [f"{where}: {name} belongs to another architecture" for name in files if f".linux-{other(arch)}." in str(name)]
            found += [f"{where}: the sha256 of {name} must be 64 hexadecimal digits, quoted" for name, digest in files.items()
                      if not isinstance(digest, str) or not DIGEST.match(digest)]
    return found


def other(arch: str) -> str:
    """The architecture that isn't meant."""
    return next((one for one in ARCHITECTURES if one != arch), arch)


def choose(lock: Lock, version: str, architectures: t.Iterable[str], names: t.Iterable[str]) -> tuple[dict[str, dict[str, str]], list[str]]:
    """The files that are wanted of a release by architecture, with their digests, and what the lock lacks of them. ``names``: «{arch}» stands for it."""
    if version not in lock:
        known = ", ".join(sorted(lock)) or "none"
        return {}, [f"the lock has no entry for {version} (it has {known}); {HINT}"]
    chosen: dict[str, dict[str, str]] = {}
    missing = []
    names = list(names)
    for arch in architectures:
        there = lock[version].get(arch)
        if there is None:
            missing.append(f"the lock has no entry for {version} on {arch}; {HINT}")
            continue
        for name in (one.replace("{arch}", arch) for one in names):
            if name in there:
                chosen.setdefault(arch, {})[name] = there[name]
            else:
                near = difflib.get_close_matches(name, list(there), 1, 0.8)
                missing.append(f"the lock has no {name} of {version}{f'; did you mean {near[0]}?' if near else ''}; {HINT}")
    return chosen, missing


def of_sums(text: str) -> dict[str, str]:
    """The files that are used of those that a release's ``sha256sum`` file names. Raises ValueError for a line of another form."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        match = SUMS.match(line.strip())
        if not match:
            raise ValueError(f"line {number} is no output of sha256sum: «{line.strip()[:80]}»")
        if USED.match(match.group(2)):
            found[match.group(2)] = match.group(1)
    return found


def merged(lock: Lock, version: str, arch: str, files: t.Mapping[str, str]) -> dict[str, dict[str, dict[str, str]]]:
    """The lock with what is known now. Raises ValueError where a release's file has another digest than before: a published file never changes."""
    whole = {one: {two: dict(three) for two, three in by_arch.items()} for one, by_arch in lock.items()}
    there = whole.setdefault(version, {}).setdefault(arch, {})
    changed = [name for name, digest in files.items() if there.get(name, digest) != digest]
    if changed:
        raise ValueError(f"{version} on {arch}: {', '.join(sorted(changed))} had another sha256 before; find out why before you trust "
                         "the new one, then remove the old entry")
    there.update(files)
    return whole


def emit(lock: Lock) -> str:
    """The lock as text, newest version first."""
    lines = ["---"]
    for version in sorted(lock, key=order, reverse=True):
        lines.append(f"{version}:")
        for arch in sorted(lock[version]):
            lines.append(f"  {arch}:")
            lines.extend(f'    {name}: "{digest}"' for name, digest in sorted(lock[version][arch].items()))
    return "\n".join(lines) + "\n"


def order(version: str) -> tuple[int, ...]:
    """By what versions are sorted."""
    return tuple(int(part) for part in re.findall(r"[0-9]+", version.replace("rke2r", "")))
