# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What tests need of Debian is there, is brought, or is told by the reason of a skip; never a silent gap."""

from __future__ import annotations

import os
import subprocess

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import debian
from tests.lab import packages

NOTHING = packages.Set(("no-such-package",), ("no-such-program",), "no-such-package no-such/question boolean true\n")


@pytest.mark.parametrize("name", sorted(packages.SETS))
def test_every_set_brings_its_programs(name):
    found = packages.programs(name)
    assert set(found) == set(packages.SETS[name].programs) and all(os.access(path, os.X_OK) for path in found.values())


def test_who_may_not_install_is_told_what_is_lacking(monkeypatch):
    monkeypatch.setitem(packages.SETS, "nothing", NOTHING)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(pytest.skip.Exception, match="no no-such-program here: install what brings it .Debian: no-such-package.*as root on Debian"):
        packages.programs("nothing")


def test_packages_are_kept_apart_from_the_labs_and_their_questions_answered_first(monkeypatch, tmp_path):
    done = []
    monkeypatch.setitem(packages.SETS, "nothing", NOTHING)
    monkeypatch.setenv("LAB_CACHE", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(packages.shutil, "which", lambda program, path=None: None if program == "no-such-program" and not done[1:] else f"/usr/bin/{program}")
    monkeypatch.setattr(subprocess, "run", lambda argv, **options: done.append((*argv, options["input"])))
    monkeypatch.setattr(debian, "install", lambda names, archive: done.append((*names, archive)))
    assert packages.programs("nothing") == {"no-such-program": "/usr/bin/no-such-program"}
    assert done == [("debconf-set-selections", NOTHING.answers), ("no-such-package", str(tmp_path / "debian/nothing"))]
