# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Debian packages: installed when they bring only programs, unpacked into the cache when they would also start a service."""
from __future__ import annotations

import glob
import os
import shutil
import typing as t
from contextlib import contextmanager

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.command import call, run
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.recipes import Recipe

POLICY, CREATE = "/usr/sbin/policy-rc.d", "/etc/postgresql-common/createcluster.conf"
POLICY_TEXT = "#!/bin/sh\n# unifiedmeta lab: no service is started while its packages are installed\nexit 101\n"
ENVIRONMENT = {"DEBIAN_FRONTEND": "noninteractive", "UCF_FORCE_CONFFOLD": "1", "LC_ALL": "C.UTF-8"}
ADVICE = "Check the machine's Debian package sources («apt-get update» must pass), free the dpkg lock if another program holds it, and run again."
APT = ("apt-get", "-q", "-y", "-o", "APT::Sandbox::User=root", "-o", "DPkg::Lock::Timeout=120")


def missing(packages: t.Iterable[str]) -> list[str]:
    """Returns the packages that are not installed."""
    names = list(packages)
    if not names:
        return []
    said = call(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Abbrev}\n", *names])
    present = {line.split()[0] for line in said.stdout.splitlines() if line.split()[1:2] == ["ii"]}
    return [name for name in names if name not in present]


def install(packages: list[str], archive: str) -> None:
    """Installs packages without starting anything. ``archive``: folder of the cache that keeps their files for a machine without a network.

    Raises LabError.
    """
    os.makedirs(os.path.join(archive, "partial"), exist_ok=True)
    kept = ["-o", f"Dir::Cache::archives={archive}", "-o", "APT::Keep-Downloaded-Packages=true"]
    env = {**os.environ, **ENVIRONMENT}
    with no_services():
        files = sorted(glob.glob(os.path.join(archive, "*.deb")))
        if files and _simulated(packages, files, env):
            # apt checks what it fetches by Debian's signature; these are the very files it fetched and checked when the cache was filled.
            run([*APT, "install", "--no-install-recommends", "--no-download", "-o", "Dpkg::Options::=--force-confold", *files], ADVICE, env=env)
            return
        _refresh(packages, env)
        wanted = [*APT, *kept, "install", "--no-install-recommends", *packages]
        try:
            run(wanted, ADVICE, env=env)
        except LabError:
            # The list may be older than the archive: Debian takes superseded files away.
            run([*APT, "update"], ADVICE, env=env)
            run(wanted, ADVICE, env=env)


def _simulated(packages: list[str], files: list[str], env: dict[str, str]) -> bool:
    """Tells whether the kept files alone bring every one of the packages."""
    names = {os.path.basename(path).split("_")[0] for path in files}
    if not set(packages) <= names:
        return False
    said = call([*APT, "install", "-s", "--no-install-recommends", "--no-download", *files], env=env)
    return said.returncode == 0


def _refresh(packages: list[str], env: dict[str, str]) -> None:
    """Fetches the package lists where they don't know a package."""
    for package in packages:
        said = call(["apt-cache", "policy", package], env=env)
        if "Candidate: (none)" in said.stdout or "Candidate:" not in said.stdout:
            run([*APT, "update"], ADVICE, env=env)
            return


@contextmanager
def no_services() -> t.Iterator[None]:
    """Keeps packages from starting services, and PostgreSQL's from making a cluster of its own, while they are installed.

    What it puts in place it takes away again; what was left by a killed run is recognised by its text and replaced.
    """
    ours = not os.path.exists(POLICY) or _text(POLICY) == POLICY_TEXT
    if ours:
        _put(POLICY, POLICY_TEXT, 0o755)
    made = not os.path.exists(CREATE)
    if made:
        os.makedirs(os.path.dirname(CREATE), exist_ok=True)
        _put(CREATE, "create_main_cluster = false\n", 0o644)
    try:
        yield
    finally:
        if ours and os.path.exists(POLICY):
            os.unlink(POLICY)


def _text(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def _put(path: str, text: str, mode: int) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def unpack(recipe: Recipe, work: str) -> dict[str, t.Any]:
    """Fills ``work`` with files of a package: fetched and verified by apt, not installed, for it would start a service. Raises LabError."""
    env = {**os.environ, **ENVIRONMENT}
    _refresh([recipe.source], env)
    try:
        run([*APT, "download", recipe.source], ADVICE, env=env, cwd=work)
    except Exception:
        # The list may be older than the archive: Debian takes superseded files away.
        run([*APT, "update"], ADVICE, env=env)
        run([*APT, "download", recipe.source], ADVICE, env=env, cwd=work)
    package = glob.glob(os.path.join(work, "*.deb"))[0]
    content = os.path.join(work, "content")
    run(["dpkg-deb", "-x", package, content], ADVICE)
    for name, path in recipe.files.items():
        shutil.move(os.path.join(content, path), os.path.join(work, name))
    shutil.rmtree(content)
    os.unlink(package)
    return {"package": os.path.basename(package)}
