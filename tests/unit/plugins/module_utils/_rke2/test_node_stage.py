# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A release beside what runs."""

from __future__ import annotations

import hashlib
import os
import tarfile

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_facts, node_files, node_stage

VERSION, TARBALL, IMAGE = "v1.35.4+rke2r1", "rke2.linux-amd64.tar.gz", "rke2-images-core.linux-amd64.tar.zst"


def put(host, source, name=TARBALL, version=VERSION, digest=None):
    node_stage.put(host.layout, version, name, digest or node_files.sha256(str(source)), str(source))


def test_a_tarball_is_unpacked_and_the_running_one_is_not_touched(host):
    host.install("v1.34.1+rke2r1")
    before, source = host.path("/usr/local/bin/rke2").read_bytes(), host.tarball()
    digest = node_files.sha256(str(source))
    assert node_stage.missing(host.layout, VERSION, {TARBALL: digest}) == [TARBALL]
    put(host, source)
    assert node_stage.missing(host.layout, VERSION, {TARBALL: digest}) == [] and node_facts.staged(host.layout) == {VERSION: {TARBALL: digest}}
    members = node_stage.manifest(host.layout, VERSION)["members"]
    assert members["bin/rke2"]["mode"] == 0o755 and members["lib/systemd/system/rke2-server.service"]["mode"] == 0o644
    for path, one in members.items():
        assert node_files.sha256(node_stage.member(host.layout, VERSION, path)) == one["sha256"]
    assert host.path("/usr/local/bin/rke2").read_bytes() == before and not source.exists() and host.said() == []


def test_another_digest_is_missing_again(host):
    put(host, host.tarball())
    assert node_stage.missing(host.layout, VERSION, {TARBALL: "0" * 64}) == [TARBALL]


def test_a_file_that_is_another_one_is_refused_before_it_is_opened(host):
    source = host.tarball()
    with pytest.raises(Refused, match="the lock says 000"):
        put(host, source, digest="0" * 64)
    assert not host.path("/var/lib/rancher/rke2-platform").exists()


def test_a_tarball_of_another_version_is_refused(host):
    with pytest.raises(Refused, match=r"says that it is v1.34.1\+rke2r1, wanted is v1.35.4\+rke2r1"):
        put(host, host.tarball("v1.34.1+rke2r1"))
    assert node_facts.staged(host.layout) == {}


def test_a_tarball_without_the_program_is_refused(host):
    source = host.folder / TARBALL
    with tarfile.open(source, "w:gz"):
        pass
    with pytest.raises(Refused, match="nothing of RKE2"):
        put(host, source)


def entry(name, kind=tarfile.REGTYPE, target=""):
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, target
    return made


@pytest.mark.parametrize("bad", [entry("../../etc/cron.d/x"), entry("/etc/cron.d/x"), entry("bin/sh", tarfile.SYMTYPE, "/bin/sh"), entry("etc/passwd"),
                                 entry("bin/x", tarfile.LNKTYPE, "bin/rke2"), entry("bin/null", tarfile.CHRTYPE)])
def test_a_tarball_that_reaches_elsewhere_is_refused(host, bad):
    with pytest.raises(Refused, match="which a release of RKE2 doesn't"):
        put(host, host.tarball(extra=[bad]))
    assert not host.path("/etc/cron.d").exists() and node_facts.staged(host.layout) == {}


def test_folders_in_a_tarball_are_no_fault(host):
    put(host, host.tarball(extra=[entry("bin", tarfile.DIRTYPE), entry("./", tarfile.DIRTYPE)]))
    assert VERSION in node_facts.staged(host.layout)


def test_what_a_killed_run_left_is_made_anew_and_cleared(host):
    host.write(f"/var/lib/rancher/rke2-platform/staged/.{VERSION}/tree/bin/rke2", "half")
    put(host, host.tarball())
    assert node_stage.forget(host.layout, {VERSION}) == []
    host.write("/var/lib/rancher/rke2-platform/staged/.v9/tree/x", "half")
    host.write("/var/lib/rancher/rke2-platform/staged/v1.30.0+rke2r1/manifest.json", "{}")
    assert node_stage.forget(host.layout, {VERSION}) == [".v9", "v1.30.0+rke2r1"]
    assert list(node_facts.staged(host.layout)) == [VERSION]


def test_nothing_is_forgotten_where_nothing_is(host):
    assert node_stage.forget(host.layout, set()) == []


def test_images_go_where_rke2_imports_them_and_are_imported_once(host):
    source = host.folder / "upload"
    source.write_bytes(b"archive")
    source.chmod(0o600)
    put(host, source, IMAGE)
    place = host.path(f"/var/lib/rancher/rke2/agent/images/{IMAGE}")
    assert place.read_bytes() == b"archive" and place.stat().st_mode & 0o777 == 0o644 and not source.exists()
    assert (place.parent / ".cache.json").read_text("utf-8") == ""
    digest = hashlib.sha256(b"archive").hexdigest()
    assert node_facts.images(host.layout) == {IMAGE: digest} and node_stage.missing(host.layout, VERSION, {IMAGE: digest}) == []


def test_rke2s_own_note_of_what_it_has_imported_stays(host):
    host.write("/var/lib/rancher/rke2/agent/images/.cache.json", '{"a": 1}')
    source = host.folder / "upload"
    source.write_bytes(b"archive")
    put(host, source, IMAGE)
    assert host.path("/var/lib/rancher/rke2/agent/images/.cache.json").read_text("utf-8") == '{"a": 1}'


def test_images_from_another_file_system(host, monkeypatch):
    real = os.rename

    def rename(source, target):
        if target.endswith(IMAGE):
            raise OSError(18, "Invalid cross-device link")
        real(source, target)

    monkeypatch.setattr(os, "rename", rename)
    source = host.folder / "upload"
    source.write_bytes(b"archive")
    put(host, source, IMAGE)
    assert host.path(f"/var/lib/rancher/rke2/agent/images/{IMAGE}").read_bytes() == b"archive" and not source.exists()


def test_a_disk_that_gets_full_is_told(host, monkeypatch):
    def full(*_given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(node_stage, "_image", full)
    source = host.folder / "upload"
    source.write_bytes(b"archive")
    with pytest.raises(Refused, match="the disk is full; make room below /var/lib/rancher"):
        put(host, source, IMAGE)


def test_what_does_not_fit_is_refused_before_it_is_sent(host):
    node_stage.need_space(host.layout, {TARBALL: 1000, IMAGE: 1000})
    with pytest.raises(Refused, match=r"need [0-9]+ MiB below /var/lib/rancher, where [0-9]+ MiB are free"):
        node_stage.need_space(host.layout, {IMAGE: 1 << 60})
