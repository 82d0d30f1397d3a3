# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's part of vault_config. No server is asked: nothing listens on the port that is named."""

from __future__ import annotations

import re
import sys


def arguments(store, **more):
    return {"url": "https://127.0.0.1:9", "scope": "s", "config": {}, "login": [{"method": "token"}, {"method": "bootstrap", "store": store}], **more}


def test_without_pipelining_it_refuses(play, tmp_path):
    assert "vault_config: without pipelining its arguments" in play("vault_config", arguments({"encrypt": False}), ANSIBLE_PIPELINING="false")


def test_without_a_passphrase_it_tells_how_to_make_one(play, tmp_path):
    assert "openssl rand -base64 32" in play("vault_config", arguments({"path": str(tmp_path / "s/store")}))


def test_the_passphrase_is_handed_on_and_never_shown(play, tmp_path):
    (tmp_path / "pass").write_text("very-secret-passphrase", "utf-8")
    said = play("vault_config", arguments({"path": str(tmp_path / "s/store"), "passphrase_file": str(tmp_path / "pass")}), "-vvv")
    assert "nothing listens on 127.0.0.1:9" in said and "very-secret-passphrase" not in said


def test_logins_without_a_store_need_no_passphrase(play):
    said = play("vault_config", {"url": "https://127.0.0.1:9", "scope": "s", "config": {}, "token": "x"})
    assert "nothing listens on 127.0.0.1:9" in said


def test_on_the_controller_it_runs_where_it_lies_and_by_another_interpreter_packed_with_one_result(play, tmp_path, monkeypatch):
    """Python keeps the bytecode of what it runs from a folder, and none of an archive's."""
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', "utf-8")
    (tmp_path / "bin/python").chmod(0o755)
    wrong, said = {"url": "https://127.0.0.1:9", "scope": "s", "config": {"mount": {}}, "token": "s.0123456789"}, {}
    for where, interpreter in (("here", sys.executable), ("packed", str(tmp_path / "bin/python"))):
        told = play("vault_config", wrong, "-e", f"ansible_python_interpreter={interpreter}", PYTHONPYCACHEPREFIX=str(tmp_path / where))
        said[where] = re.sub(r"seconds: \S+", "", told)
    assert "did you mean mounts?" in said["here"] and said["here"] == said["packed"]
    assert list((tmp_path / "here").rglob("_vault/desired.*.pyc")) and not list((tmp_path / "packed").rglob("_vault/desired.*.pyc"))
