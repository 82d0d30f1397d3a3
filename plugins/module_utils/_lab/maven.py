# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keycloak's distribution: fetched by the machine's own Maven, verified by the hash of the lock, built once for PostgreSQL."""
from __future__ import annotations

import contextlib
import glob
import os
import re
import shutil
import typing as t
import zipfile

from ansible.module_utils.urls import open_url

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.cache import digest
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.command import run
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.recipes import KEYCLOAK_BUILD, Recipe

PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
ELSEWHERE = (
    "give the archive itself («-e lab_keycloak_archive=» a file, its folder or a URL; KEYCLOAK_ARCHIVE), or fill the cache on a machine that reaches it "
    "and copy that here (LAB_CACHE)."
)
ADVICE = f"Check that this machine's Maven reaches its repository (its own settings.xml is used); else {ELSEWHERE}"


def parts(recipe: Recipe) -> tuple[str, str]:
    """Returns the artifact as Maven names it (group:artifact:version:type) and its sha256, from the line of the lock."""
    name, sha256 = recipe.source.split(" --hash=sha256:")
    group, artifact, kind, version = name.split(":")
    return f"{group}:{artifact}:{version}:{kind}", sha256.strip()


def fetch(recipe: Recipe, work: str) -> str:
    """Makes Maven copy the archive into ``work``, its plugins and all in a repository of their own there; returns the path. Raises LabError."""
    artifact, _sha256 = parts(recipe)
    target = os.path.join(work, "fetched")
    run(
        [
            "mvn", "--batch-mode", "--quiet", "--strict-checksums", f"-Dmaven.repo.local={os.path.join(work, 'repository')}", f"{PLUGIN}:copy",
            f"-Dartifact={artifact}", f"-DoutputDirectory={target}",
        ],
        ADVICE, cwd=work,
    )
    return glob.glob(os.path.join(target, "*"))[0]


def given(archive: str, recipe: Recipe, work: str) -> str:
    """Returns the path of the archive that a person named: a file, a folder that holds it by its own name, or a URL. Raises LabError."""
    artifact, _sha256 = parts(recipe)
    _group, name, version, kind = artifact.split(":")
    if not re.match(r"https?://", archive):
        place = os.path.join(archive, f"{name}-{version}.{kind}") if os.path.isdir(archive) else archive
        if not os.path.isfile(place):
            raise LabError(f"lab_keycloak_archive is «{archive}», and there is no file {place}: put {name}-{version}.{kind} there, or leave it to Maven.")
        return place
    place = os.path.join(work, "archive.zip")
    try:
        with contextlib.closing(open_url(archive, timeout=60)) as source, open(place, "wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
    except OSError as error:
        raise LabError(f"lab_keycloak_archive can't be fetched: {error}. Check the URL, or leave it to Maven.") from error
    return place


def verify(path: str, recipe: Recipe) -> None:
    """Raises LabError unless the archive is the one of the lock."""
    artifact, sha256 = parts(recipe)
    found = digest(path)
    if found != sha256:
        raise LabError(f"{artifact} has the sha256 {found} and the lock says {sha256}: it is not used. Find out where it came from, or {ELSEWHERE}")


def unpack(path: str, work: str) -> None:
    """Unpacks the archive into ``work``, less its one outermost folder; scripts are made executable."""
    inside = os.path.join(work, "unpacked")
    with zipfile.ZipFile(path) as source:
        source.extractall(inside)
    (top,) = os.listdir(inside)
    for name in os.listdir(os.path.join(inside, top)):
        shutil.move(os.path.join(inside, top, name), os.path.join(work, name))
    shutil.rmtree(inside)
    for script in glob.glob(os.path.join(work, "bin", "*.sh")):
        os.chmod(script, 0o755)


def make(recipe: Recipe, work: str, java: str, archive: str, say: t.Callable[[str], None]) -> dict[str, t.Any]:
    """Fills ``work`` with the distribution, ready for ``start --optimized``. archive: what a person named instead of Maven; say: gets what is going on.

    Raises LabError.
    """
    path = given(archive, recipe, work) if archive else fetch(recipe, work)
    verify(path, recipe)
    say("unpacking")
    unpack(path, work)
    for left in ("fetched", "repository", "archive.zip"):
        place = os.path.join(work, left)
        if os.path.isdir(place):
            shutil.rmtree(place)
        elif os.path.exists(place):
            os.unlink(place)
    say("building it for PostgreSQL (about 1 minute)")
    env = {**{name: value for name, value in os.environ.items() if not name.startswith(("KC_", "JAVA_"))}, "JAVA": java}
    run(
        [os.path.join(work, "bin", "kc.sh"), "build", *KEYCLOAK_BUILD], "See that 1 GB of memory is free for Java, and run again.", env=env, cwd=work,
    )
    shutil.rmtree(os.path.join(work, "data"), ignore_errors=True)
    return {"artifact": parts(recipe)[0]}
