# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of the role lab: somebody else's cluster, a server's program and a cache of one's own, and the cache that goes at the end."""
from __future__ import annotations

import hashlib
import os
import pathlib
import shutil
import subprocess
import typing as t

import pytest

from tests.lab.bao import cache_dir, find_binary
from tests.lab.instance import Lab, reserved

pytestmark = pytest.mark.lab


@pytest.fixture
def cache(lab: Lab) -> t.Iterator[pathlib.Path]:  # pylint: disable=unused-argument
    """A cache beside the real one, which ``lab`` has filled, with the same files in it (hard links, so that their times are the same)."""
    made = cache_dir().with_name(cache_dir().name + "-options")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(mode=0o755)
    for name in [entry for entry in cache_dir().iterdir() if (entry / "MANIFEST.json").exists() or entry.name in ("bin", "debian")]:
        subprocess.run(["cp", "-al", str(name), str(made)], check=True)
    (made / "theirs").write_text("x")
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_everything_of_ones_own(lab: Lab, cache: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bao-of-ours"
    program.symlink_to(os.path.realpath(find_binary()))
    monkeypatch.setenv("KUBECONFIG", lab.kubeconfig)
    variables = {"lab_kubernetes": "kubeconfig", "lab_servers": ["openbao"], "lab_vault_bin": str(program), "lab_cache_dir": str(cache)}
    with reserved("options", **variables) as own:
        try:
            own.playbook(lab_state="absent")
            own.playbook()
            # Its own server, the program that was named; the cluster that was named and no other.
            assert set(own.processes()) == {"openbao"}
            assert pathlib.Path(f"/proc/{own.processes()['openbao'][0]}/cmdline").read_bytes().split(b"\0")[0] == str(program).encode()
            assert own.get(f"{own.vault_addr}/v1/sys/seal-status")[0] == 200
            assert own.kubectl("get", "--raw", "/readyz") == "ok" and lab.url("kube-apiserver") in (own.state_dir / "kubeconfig").read_text()
            assert own.playbook().changed == 0
        finally:
            gone = own.playbook("-v", lab_state="absent", lab_remove_cache=True)
    assert not own.state_dir.exists() and [path.name for path in cache.iterdir()] == ["theirs"], gone.output
    assert (cache_dir() / "bin/bao").exists() and lab.kubectl("get", "--raw", "/readyz") == "ok", "what is others' stays"


def test_an_archive_of_keycloak_that_is_not_the_lock_s_is_not_used(lab: Lab, cache: pathlib.Path, tmp_path: pathlib.Path) -> None:
    for made in cache.glob("keycloak-*"):
        shutil.rmtree(made)
    archive = tmp_path / "keycloak.zip"
    archive.write_bytes(b"something else")
    with reserved("options", lab_servers=["keycloak"], lab_cache_dir=str(cache), lab_keycloak_archive=str(archive)) as own:
        try:
            said = " ".join(own.playbook(check=False).output.split())
            assert f"has the sha256 {hashlib.sha256(b'something else').hexdigest()} and the lock says" in said and "it is not used" in said, said
            assert list(cache.glob("keycloak-*/MANIFEST.json")) == []
        finally:
            own.playbook(lab_state="absent")
