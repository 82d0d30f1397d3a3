# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bootstrap store: private, encrypted, atomic, locked, and clear about what is wrong."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
import time

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _bootstrap
from ansible_collections.unifiedmeta.platform.plugins.module_utils._bootstrap import Store, StoreError, sync_folder

PASSPHRASE = "ganz und gar geheim"


@pytest.fixture
def store(tmp_path):
    return Store(str(tmp_path / "bootstrap" / "store.vault"), PASSPHRASE, wait=0.4)


def filled(store, value="x"):
    data = store.read()
    data["secrets"]["rke2/token"] = {"value": value}
    store.write(data)
    return store


def refusal(call):
    with pytest.raises(StoreError) as caught:
        call()
    return str(caught.value)


def test_there_is_nothing_at_first(store):
    assert store.read() == {"format": 1, "serial": 0, "vaults": {}, "secrets": {}}
    assert not os.path.exists(os.path.dirname(store.path)), "reading makes nothing"


def test_it_keeps_what_was_written(store):
    filled(store, "비밀")
    assert store.read()["secrets"]["rke2/token"]["value"] == "비밀"


def test_modes(store):
    filled(store)
    assert stat.S_IMODE(os.stat(store.path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(os.path.dirname(store.path)).st_mode) == 0o700


def test_it_is_encrypted(store):
    filled(store, "very-secret-value")
    with open(store.path, encoding="ascii") as file:
        text = file.read()
    assert text.startswith("$ANSIBLE_VAULT;1.1;AES256") and "very-secret" not in text


def test_it_may_be_plain(tmp_path):
    plain = filled(Store(str(tmp_path / "s" / "store"), encrypt=False), "open")
    with open(plain.path, encoding="utf-8") as file:
        assert json.load(file)["secrets"]["rke2/token"]["value"] == "open"
    assert plain.read()["serial"] == 1


def test_a_plain_file_is_refused_where_it_should_be_encrypted(tmp_path):
    plain = filled(Store(str(tmp_path / "s" / "store"), encrypt=False))
    assert "isn't encrypted" in refusal(Store(plain.path, PASSPHRASE).read)


def test_the_serial_grows(store):
    for number in (1, 2, 3):
        filled(store)
        assert store.read()["serial"] == number


def test_the_newer_of_two_counts(store, tmp_path):
    filled(store, "old")
    with open(store.path, encoding="ascii") as file:
        content = file.read()
    filled(store, "new")
    assert Store(store.path, PASSPHRASE, content=content).read()["secrets"]["rke2/token"]["value"] == "new"
    elsewhere = Store(str(tmp_path / "b" / "store.vault"), PASSPHRASE, content=content)
    assert elsewhere.read()["secrets"]["rke2/token"]["value"] == "old"


def test_content_alone_is_read_only(store):
    filled(store, "x")
    with open(store.path, encoding="ascii") as file:
        handed = Store(None, PASSPHRASE, content=file.read())
    assert handed.read()["secrets"]["rke2/token"]["value"] == "x" and not handed.writable and "handed in" in handed.where
    assert "read-only" in refusal(lambda: handed.write(handed.read()))
    with handed.locked():
        pass


def test_neither_path_nor_content():
    assert Store(None, PASSPHRASE).faults() == ["bootstrap store: neither path nor content is given"]


def test_all_faults_at_once(tmp_path):
    folder = tmp_path / "loose"
    folder.mkdir(mode=0o755)
    (folder / "store").write_text("x", "utf-8")
    (folder / "store").chmod(0o644)
    found = Store(str(folder / "store")).faults()
    assert len(found) == 3
    assert "no passphrase" in found[0] and "mode 0755" in found[1] and "chmod 0700" in found[1] and "mode 0644" in found[2] and "chmod 0600" in found[2]
    assert refusal(Store(str(folder / "store")).read).count(";") >= 2


def test_no_passphrase_is_fine_where_nothing_is_encrypted(tmp_path):
    assert Store(str(tmp_path / "a" / "b"), encrypt=False).faults() == []


def test_a_relative_path_is_refused():
    assert "must be absolute" in Store("store", PASSPHRASE).faults()[0]


def test_a_link_is_not_followed(store, tmp_path):
    filled(store)
    link = tmp_path / "bootstrap" / "link"
    link.symlink_to(store.path)
    assert "no regular file" in refusal(Store(str(link), PASSPHRASE).read)
    (tmp_path / "other").symlink_to(os.path.dirname(store.path))
    assert "no folder of its own" in refusal(Store(str(tmp_path / "other" / "store.vault"), PASSPHRASE).read)


def test_another_owner_is_refused(store, monkeypatch):
    filled(store)
    mine = os.geteuid()
    monkeypatch.setattr(_bootstrap.os, "geteuid", lambda: mine + 1)
    assert f"belongs to user id {mine}, this run is {mine + 1}" in refusal(store.read)


def test_a_wrong_passphrase(store):
    filled(store)
    assert "the passphrase is wrong" in refusal(Store(store.path, "another passphrase").read)


@pytest.mark.parametrize("content", ["[]", "{}", '{"format": 99}', "no json"])
def test_a_file_that_is_no_store(tmp_path, content):
    folder = tmp_path / "s"
    folder.mkdir(mode=0o700)
    (folder / "store").write_text(content, "utf-8")
    (folder / "store").chmod(0o600)
    said = refusal(Store(str(folder / "store"), encrypt=False).read)
    assert "isn't a bootstrap store" in said or "this version reads 1" in said


def test_of_the_options_of_a_module():
    made = Store.of({"path": "/a/b", "passphrase": "x", "encrypt": True, "content": None, "wait": 3.0, "passphrase_file": "/c"})
    assert (made.path, made.passphrase, made.encrypt, made.wait) == ("/a/b", "x", True, 3.0)
    assert Store.of({}).encrypt and Store.of({}).path is None
    assert set(_bootstrap.STORE_SPEC) == {"path", "passphrase_file", "passphrase", "encrypt", "content", "wait"}


def test_no_secret_in_its_own_picture():
    assert PASSPHRASE not in repr(Store("/a", PASSPHRASE, content=PASSPHRASE))


# --- writing ----------------------------------------------------------------------------------------------------------------------
def test_a_write_that_fails_leaves_the_old_content(store, monkeypatch):
    filled(store, "old")

    def broken(*_args):
        raise OSError(28, "No space left on device")

    data = store.read()
    data["secrets"]["rke2/token"]["value"] = "new"
    monkeypatch.setattr(_bootstrap.os, "replace", broken)
    assert "No space left" in refusal(lambda: store.write(data))
    monkeypatch.undo()
    assert store.read()["secrets"]["rke2/token"]["value"] == "old"


def test_file_and_folder_are_synced_before_a_write_returns(store, monkeypatch):
    synced = []
    real = os.fsync

    def watch(handle):
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        real(handle)

    monkeypatch.setattr(_bootstrap.os, "fsync", watch)
    filled(store)
    assert synced == [store.path + ".new", os.path.dirname(store.path)]


def test_a_file_of_a_killed_run_is_no_obstacle(store):
    filled(store)
    with open(store.path + ".new", "w", encoding="ascii") as file:
        file.write("half")
    filled(store, "again")
    assert store.read()["secrets"]["rke2/token"]["value"] == "again" and not os.path.exists(store.path + ".new")


def test_a_link_in_place_of_the_new_file_is_not_followed(store, tmp_path):
    filled(store)
    target = tmp_path / "target"
    target.write_text("mine", "utf-8")
    os.symlink(target, store.path + ".new")
    assert "can't be written" in refusal(lambda: filled(store))
    assert target.read_text("utf-8") == "mine"


def test_sync_folder_of_a_folder_that_is_gone(tmp_path):
    with pytest.raises(OSError):
        sync_folder(str(tmp_path / "none"))


# --- the lock ---------------------------------------------------------------------------------------------------------------------
def test_the_second_waits_for_the_first(store):
    order = []

    def second():
        with Store(store.path, PASSPHRASE, wait=5).locked():
            order.append("second")

    with store.locked():
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.3)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_the_second_names_the_holder(store):
    with store.locked():
        said = refusal(Store(store.path, PASSPHRASE, wait=0.1).locked().__enter__)
    assert f"in use by process {os.getpid()}" in said and "wait until it has ended" in said


def test_a_killed_holder_frees_the_lock(store, tmp_path):
    program = ("import sys, time; from ansible_collections.unifiedmeta.platform.plugins.module_utils._bootstrap import Store\n"
               f"with Store({store.path!r}, {PASSPHRASE!r}).locked():\n print('held', flush=True); time.sleep(60)")
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}) as process:
        assert process.stdout.readline() == b"held\n"
        assert "in use" in refusal(Store(store.path, PASSPHRASE, wait=0.1).locked().__enter__)
        process.kill()
    with store.locked():
        pass


def test_the_lock_needs_a_store_that_can_be_used(tmp_path):
    folder = tmp_path / "loose"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    assert "mode 0777" in refusal(Store(str(folder / "s"), PASSPHRASE).locked().__enter__)


def test_the_lock_is_private(store):
    with store.locked():
        assert stat.S_IMODE(os.stat(store.path + ".lock").st_mode) == 0o600


@pytest.mark.parametrize(("passphrase", "good"), [("x" * 11, False), ("x" * 12, True), ("ä" * 12, True)])
def test_a_short_passphrase_is_refused(tmp_path, passphrase, good):
    faults = Store(str(tmp_path / "s" / "store"), passphrase).faults()
    assert bool(faults) is not good and passphrase not in "".join(faults)
    if not good:
        assert "has 11 characters, at least 12 are needed; make one with «(umask 077; openssl rand -base64 32 > FILE)»" in faults[0]
        assert refusal(Store(str(tmp_path / "s" / "store"), passphrase).read) == faults[0] and not (tmp_path / "s").exists()
        assert Store(str(tmp_path / "s" / "store"), passphrase, encrypt=False).faults() == []
