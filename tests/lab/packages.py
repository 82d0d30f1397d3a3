# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Debian packages that only tests need: an OpenLDAP server, a browser. Brought as the lab brings its own: by apt, kept in the lab's cache for a machine
without a network, and without any of their services running, now or after the next boot."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import typing as t
from dataclasses import dataclass

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import debian
from tests.lab.bao import cache_dir

PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/bin"


@dataclass(frozen=True)
class Set:
    """Packages that go together, the programs that they bring, and answers to what they would ask while they are installed (debconf-set-selections)."""

    packages: tuple[str, ...]
    programs: tuple[str, ...]
    answers: str = ""


SETS = {
    # Without a configuration its service has nothing to start with, at a boot neither: a test's server gets one of its own.
    "slapd": Set(("slapd",), ("slapd",), "slapd slapd/no_configuration boolean true\n"),
    # certutil tells the browser which authority to trust.
    "browser": Set(("chromium", "chromium-driver", "libnss3-tools"), ("chromium", "chromedriver", "certutil")),
}


def programs(name: str) -> dict[str, str]:
    """Paths of a set's programs by their names, brought first where this is Debian and we are root; elsewhere the test is skipped.

    Raises LabError where apt can't bring them.
    """
    wanted, found = SETS[name], _find(SETS[name])
    if len(found) == len(wanted.programs):
        return found
    if os.geteuid() or not shutil.which("apt-get"):
        lacking = ", ".join(sorted(set(wanted.programs) - set(found)))
        pytest.skip(f"no {lacking} here: install what brings it (Debian: {', '.join(wanted.packages)}), or run as root on Debian, which brings it")
    cache_dir().mkdir(parents=True, exist_ok=True)
    with (cache_dir() / ".tests-packages.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if len(_find(wanted)) < len(wanted.programs):
            if wanted.answers:
                subprocess.run(["debconf-set-selections"], input=wanted.answers, text=True, check=True, capture_output=True)
            # A folder of their own: who brings a lab up without a network installs all that the cache has for it, and needs no browser.
            debian.install(list(wanted.packages), str(cache_dir() / "debian" / name))
    found = _find(wanted)
    assert len(found) == len(wanted.programs), f"{wanted.packages} brought {sorted(found)} of {wanted.programs}"
    return found


def _find(wanted: Set) -> dict[str, str]:
    paths: dict[str, t.Any] = {program: shutil.which(program, path=PATH) for program in wanted.programs}
    return {program: path for program, path in paths.items() if path}
