"""The kill must reach what left the process group, and nothing else."""
from __future__ import annotations

import subprocess
import sys
import time

import pytest

from tests.support.process import Run, environment, points

# A parent, a child that leaves the process group and session, and a grandchild of that one.
TREE = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", '''
import os, subprocess, sys, time
os.setsid()
subprocess.Popen(["sleep", "300"], start_new_session=True)
print("ready", flush=True)
time.sleep(300)
'''])
time.sleep(300)
"""


def wait_for(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_kill_reaches_the_whole_tree(tmp_path):
    with subprocess.Popen(["sleep", "300"]) as stranger:
        run = Run([sys.executable, "-c", TREE], tmp_path)
        wait_for(lambda: "ready" in run.stdout() and len(run.members()) == 3)
        run.kill()
        result = run.wait()
        assert result.rc == -9
        assert result.killed is not None
        assert run.members() == []
        assert stranger.poll() is None
        stranger.kill()


def test_kill_parent_only_leaves_the_children(tmp_path):
    run = Run([sys.executable, "-c", TREE], tmp_path)
    wait_for(lambda: len(run.members()) == 3)
    run.kill(parent_only=True)
    assert run.wait().rc == -9
    assert len(run.members()) == 2
    run.kill()
    assert run.members() == []


def test_kill_after(tmp_path):
    run = Run(["sleep", "60"], tmp_path)
    run.kill_after(0.3)
    result = run.wait(20)
    assert result.rc == -9
    assert 0.3 <= result.killed < 5


def test_kill_after_does_not_strike_once_it_is_over(tmp_path):
    run = Run(["true"], tmp_path)
    run.kill_after(0.4)
    assert run.wait().check().killed is None


def test_result_and_stdin(tmp_path):
    result = Run(["sh", "-c", "cat; echo oops >&2; exit 3"], tmp_path, stdin="hello\n").wait()
    assert (result.rc, result.stdout) == (3, "hello\noops\n")
    with pytest.raises(AssertionError, match="ended with 3"):
        result.check()


def test_a_hanging_run_fails_and_is_gone(tmp_path):
    run = Run(["sleep", "60"], tmp_path)
    with pytest.raises(AssertionError, match="still running after"):
        run.wait(0.2)
    assert run.members() == []


def test_environment_is_clean(tmp_path, monkeypatch):
    monkeypatch.setenv("VAULT_TOKEN", "mine")
    monkeypatch.setenv("https_proxy", "http://proxy")
    found = environment(tmp_path, {"A": "1"})
    assert not {"VAULT_TOKEN", "https_proxy"} & set(found)
    assert found["A"] == "1"
    assert found["TMPDIR"].startswith(str(tmp_path))
    assert (tmp_path / "tmp").stat().st_mode & 0o777 == 0o700


def test_points_are_spread_and_seeded():
    found = points(3, 10, 20.0)
    assert found == points(3, 10, 20.0) != points(4, 10, 20.0)
    assert all(number * 2 <= moment <= number * 2 + 2 for number, moment in enumerate(found))
    assert points(1, 2, 10.0, first=8.0)[0] >= 8.0
