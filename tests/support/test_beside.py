"""What has to stay together runs on one worker, in its order; what begins first begins first: shown by a run of pytest itself."""
from __future__ import annotations

import os
import re
import subprocess
import sys

from tests.lab.bao import ROOT

CONFTEST = """\
from __future__ import annotations

from tests.support.beside import scheduler


def pytest_xdist_make_scheduler(config, log):
    return scheduler(config, log, lambda nodeid: "shared" if "shared" in nodeid else nodeid.split("::")[0])
"""
TESTS = """\
from __future__ import annotations

import os
import time

import pytest


@pytest.mark.parametrize("number", range({count}))
def test_it(number):
    time.sleep(0.05)
    print("ran", "{name}", number, os.environ["PYTEST_XDIST_WORKER"])
"""


def test_it_keeps_together_what_belongs_together(tmp_path):
    names = {"test_long_one": 6, "test_shared_a": 3, "test_other": 3, "test_shared_b": 3}
    (tmp_path / "conftest.py").write_text(CONFTEST, "utf-8")
    for name, count in names.items():
        (tmp_path / f"{name}.py").write_text(TESTS.format(count=count, name=name), "utf-8")
    command = [sys.executable, "-m", "pytest", "-n", "2", "-rP", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "-c", os.devnull,
               *(str(tmp_path / f"{name}.py") for name in names)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120, env={**os.environ, "PYTHONPATH": str(ROOT)})
    ran = re.findall(r"^ran (\w+) (\d+) (gw\d)$", done.stdout, re.MULTILINE)
    assert len(ran) == 15, done.stdout + done.stderr
    workers = {name: {worker for one, _number, worker in ran if one == name} for name in names}
    assert all(len(found) == 1 for found in workers.values()), workers
    assert workers["test_shared_a"] == workers["test_shared_b"] != workers["test_long_one"], "the first two begin on a worker each"
