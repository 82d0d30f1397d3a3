# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The machine's own Java."""
from __future__ import annotations

import pathlib

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import java


@pytest.mark.parametrize(("text", "number"), [
    ('IMPLEMENTOR="Debian"\nJAVA_VERSION="17.0.15"\n', 17), ('JAVA_VERSION="25"\n', 25), ('JAVA_VERSION="1.8.0_402"\n', 1),
    ("", 0), ('OTHER_JAVA_VERSION="21"\n', 0),
])
def test_the_version_in_a_release_file(text: str, number: int) -> None:
    assert java.major(text) == number


def install(folder: pathlib.Path, release: str | None) -> str:
    """Puts a Java below the folder and a link to it where programs are looked for; returns that place."""
    home = folder / "jvm/java"
    (home / "bin").mkdir(parents=True)
    (home / "bin/java").write_text("#!/bin/sh\n")
    (home / "bin/java").chmod(0o755)
    if release is not None:
        (home / "release").write_text(release)
    (folder / "bin").mkdir()
    (folder / "bin/java").symlink_to(home / "bin/java")
    return str(folder / "bin")


def test_a_new_enough_one_is_taken_by_the_path_that_stays(tmp_path: pathlib.Path) -> None:
    path = install(tmp_path, 'JAVA_VERSION="17.0.15"\n')
    assert java.find(path) == f"{path}/java"


@pytest.mark.parametrize("release", ['JAVA_VERSION="11.0.2"\n', "", None], ids=["old", "empty", "unknown"])
def test_one_that_is_old_or_does_not_say_is_not(tmp_path: pathlib.Path, release: str | None) -> None:
    assert java.find(install(tmp_path, release)) is None


def test_a_machine_without_any(tmp_path: pathlib.Path) -> None:
    assert java.find(str(tmp_path)) is None
