# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an audit log proves of a Vault whose shares were lost."""

from __future__ import annotations

import json

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import init_proof

MARK = "2026-11-22T06:57:31.159471Z"
INIT = {"time": "2026-11-22T06:57:31.71660591Z", "type": "request", "request": {"path": "sys/audit/test"}}
LOGIN = {"time": "2026-11-22T07:00:00Z", "type": "request", "request": {"path": "auth/token/lookup-self"}}


@pytest.fixture
def log(tmp_path):
    return tmp_path / "audit.log"


def write(log, *entries):
    log.write_text("".join(json.dumps(entry) + "\n" for entry in entries), "utf-8")


def judge(log):
    """As if the log had not been there when the mark was made."""
    return init_proof.against({"path": str(log), "inode": 0, "size": 0}, MARK, str(log))


def test_our_own_initialisation_and_nothing_else_is_proof(log):
    write(log, INIT)
    assert judge(log) == []


def test_nothing_is_proven_without_a_log():
    assert "no audit log was named" in init_proof.against(None, MARK, None)[0]
    assert "no audit log was named" in init_proof.against(None, MARK, "")[0]


def test_nothing_is_proven_by_a_log_that_the_mark_does_not_know(log):
    write(log, INIT)
    assert "didn't look at the audit log" in init_proof.against(None, MARK, str(log))[0]
    assert "didn't look at the audit log" in init_proof.against({"path": "/other", "inode": 0, "size": 0}, MARK, str(log))[0]


def test_a_log_that_is_not_there(log):
    assert "there is no audit log" in judge(log)[0], "a typing error in the path must not count as silence"


def test_an_empty_log_is_another_servers(log):
    write(log)
    assert "shows no initialisation" in judge(log)[0]


def test_a_log_that_can_not_be_read(tmp_path):
    (tmp_path / "folder").mkdir()
    assert "can't be read" in init_proof.against({"path": str(tmp_path / "folder"), "inode": 0, "size": 0}, MARK, str(tmp_path / "folder"))[0]


def test_a_log_of_something_else(log):
    log.write_text("not json\n", "utf-8")
    assert "aren't JSON" in judge(log)[0]


@pytest.mark.parametrize("entries", [[INIT, LOGIN], [LOGIN, INIT], [INIT, INIT]])
def test_any_use_forbids_it(log, entries):
    write(log, *entries)
    said = judge(log)
    assert len(said) == 1 and "the server was used" in said[0]


@pytest.mark.parametrize("moment", ["2026-11-22T06:57:31.0Z", "2026-11-22T07:57:31Z", "2026-11-21T06:57:31Z", "", "yesterday"])
def test_an_initialisation_at_another_time_was_somebody_elses(log, moment):
    write(log, {**INIT, "time": moment})
    assert "not by the run that was ended" in judge(log)[0]


def test_entries_from_before_the_mark_do_not_count(log):
    write(log, LOGIN, LOGIN)
    before = init_proof.snapshot(str(log))
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps(INIT) + "\n")
    assert init_proof.against(before, MARK, str(log)) == []


def test_a_rotated_log_proves_nothing(log):
    write(log, LOGIN, LOGIN)
    before = init_proof.snapshot(str(log))
    write(log.with_name("new"), INIT)
    log.with_name("new").rename(log)
    assert "was rotated or replaced" in init_proof.against(before, MARK, str(log))[0]


def test_a_truncated_log_proves_nothing(log):
    write(log, LOGIN, LOGIN, LOGIN, LOGIN)
    before = init_proof.snapshot(str(log))
    with log.open("r+", encoding="utf-8") as file:
        file.truncate(10)
    assert "was rotated or replaced" in init_proof.against(before, MARK, str(log))[0]


def test_snapshot(log):
    assert init_proof.snapshot(None) is None and init_proof.snapshot("") is None
    assert init_proof.snapshot(str(log)) == {"path": str(log), "inode": 0, "size": 0}
    write(log, INIT)
    assert init_proof.snapshot(str(log)) == {"path": str(log), "inode": log.stat().st_ino, "size": log.stat().st_size}
