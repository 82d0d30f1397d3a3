# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the store's passphrase comes from, and what is said where it comes from nowhere."""

from __future__ import annotations

import types

import pytest
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultSecret

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils import _passphrase

pytestmark = pytest.mark.usefixtures("private_files")


@pytest.fixture
def loader():
    return DataLoader()


def give(loader, *secrets):
    loader.set_vault_secrets([(name, VaultSecret(value.encode())) for name, value in secrets])
    return loader


def test_a_file(loader, tmp_path):
    (tmp_path / "pass").write_text("from a file\n", "utf-8")
    assert _passphrase.find(loader, str(tmp_path / "pass")) == "from a file"


def test_a_program(loader, tmp_path):
    (tmp_path / "pass").write_text("#!/bin/sh\necho from a program\n", "utf-8")
    (tmp_path / "pass").chmod(0o700)
    assert _passphrase.find(loader, str(tmp_path / "pass")) == "from a program"


def test_the_file_counts_more_than_the_plays_secrets(loader, tmp_path):
    (tmp_path / "pass").write_text("file", "utf-8")
    assert _passphrase.find(give(loader, ("default", "play")), str(tmp_path / "pass")) == "file"


def test_the_plays_secrets(loader):
    assert _passphrase.find(give(loader, ("default", "one"), ("other", "two")), None) == "one"
    assert _passphrase.find(give(loader, ("default", "one"), ("bootstrap", "ours")), None) == "ours"


def test_nothing_anywhere_tells_how_to_make_one(loader):
    with pytest.raises(AnsibleError, match=r"umask 077; openssl rand -base64 32 .*passphrase_file.*--vault-password-file"):
        _passphrase.find(loader, None)


@pytest.mark.parametrize("content", [None, ""])
def test_a_file_that_can_not_be_used(loader, tmp_path, content):
    path = tmp_path / "pass"
    if content is not None:
        path.write_text(content, "utf-8")
    with pytest.raises(AnsibleError, match=r"passphrase_file .*pass can't be used: .*make one with «\(umask 077") as caught:
        _passphrase.find(loader, str(path))
    assert "bootstrap store" in str(caught.value)


def test_the_option_is_completed(loader):
    give(loader, ("default", "one"))
    assert _passphrase.complete({"path": "/a"}, loader) == {"path": "/a", "passphrase": "one"}


@pytest.mark.parametrize(("mode", "content", "fine"), [
    (0o600, "x", True), (0o400, "x", True), (0o644, "x", False), (0o640, "x", False), (0o700, "#!/bin/sh\necho x\n", True),
    (0o755, "#!/bin/sh\necho x\n", True), (0o775, "#!/bin/sh\necho x\n", False)])
def test_others_may_not_get_at_it(loader, tmp_path, mode, content, fine):
    (tmp_path / "pass").write_text(content, "utf-8")
    (tmp_path / "pass").chmod(mode)
    if fine:
        assert _passphrase.find(loader, str(tmp_path / "pass")) == "x"
    else:
        with pytest.raises(AnsibleError, match=rf"has mode {mode:04o} and belongs to user id .*«chmod 0600"):
            _passphrase.find(loader, str(tmp_path / "pass"))


@pytest.mark.parametrize("store", [{"pth": "/a"}, {"encrypt": False}, {"encrypt": "no"}, {"encrypt": "false"}, None, "text", []])
def test_nothing_to_complete(loader, store):
    assert _passphrase.complete(store, loader) == store


def test_logins_are_completed(loader):
    give(loader, ("default", "one"))
    ways = [{"method": "token"}, {"method": "bootstrap", "store": {"path": "/a"}}, "text"]
    completed = {"method": "bootstrap", "store": {"path": "/a", "passphrase": "one"}}
    assert _passphrase.complete_logins({"login": ways}, loader) == {"login": [ways[0], completed, "text"]}
    assert _passphrase.complete_logins({"vault": {"url": "u", "login": ways}}, loader) == {"vault": {"url": "u", "login": [ways[0], completed, "text"]}}
    assert _passphrase.complete_logins({"vault": {"url": "u"}, "login": []}, loader) == {"vault": {"url": "u"}, "login": []}
    assert _passphrase.complete_logins({}, loader) == {} == _passphrase.complete_logins({"login": "text"}, loader)


def action(pipelining=True, async_val=0):
    task = types.SimpleNamespace(async_val=async_val, action="unifiedmeta.platform.vault_init")
    return types.SimpleNamespace(_task=task, _is_pipelining_enabled=lambda style, wrap: pipelining and style == "new" and not wrap)


def test_pipelining_is_needed():
    _passphrase.need_pipelining(action(), {})
    for wrong in (action(pipelining=False), action(async_val=10)):
        with pytest.raises(AnsibleActionFail, match=r"vault_init: without pipelining .* would lie in a file on server-1.*ANSIBLE_KEEP_REMOTE_FILES"):
            _passphrase.need_pipelining(wrong, {"inventory_hostname": "server-1"})
    with pytest.raises(AnsibleActionFail, match="a file on the host"):
        _passphrase.need_pipelining(action(pipelining=False), None)
