# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Programs run to their end, real ones."""
from __future__ import annotations

import os
import threading
import time

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.command import run
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError


def test_output_is_returned() -> None:
    assert run(["/bin/sh", "-c", "echo one; echo two"], "") == "one\ntwo\n"


def test_each_line_of_standard_error_is_handed_on() -> None:
    lines: list[str] = []
    run(["/bin/sh", "-c", "echo a >&2; echo out; echo b >&2"], "", on_line=lines.append)
    assert lines == ["a", "b"]


def test_lines_come_while_it_runs() -> None:
    times: list[float] = []
    run(["/bin/sh", "-c", "echo a >&2; sleep 0.3; echo b >&2"], "", on_line=lambda _line: times.append(time.monotonic()))
    assert times[1] - times[0] > 0.2


def test_much_on_both_outputs_blocks_nothing() -> None:
    script = "i=0; while [ $i -lt 20000 ]; do echo aaaaaaaaaaaaaaaaaaaa; echo bbbbbbbbbbbbbbbbbbbb >&2; i=$((i+1)); done"
    assert len(run(["/bin/sh", "-c", script], "").splitlines()) == 20000


def test_a_failure_names_the_command_its_last_words_and_the_advice() -> None:
    with pytest.raises(LabError, match=r"«/bin/sh -c echo .*» failed with exit status 3: no room left\. Free some\."):
        run(["/bin/sh", "-c", "echo no room left >&2; exit 3"], "Free some.")


def test_a_failure_that_speaks_on_standard_output_only() -> None:
    with pytest.raises(LabError, match="said here"):
        run(["/bin/sh", "-c", "echo said here; exit 1"], "")


def test_a_silent_failure() -> None:
    with pytest.raises(LabError, match="no message"):
        run(["/bin/false"], "")


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(LabError, match=r"/no/such can't be run: No such file or directory\. Install it\."):
        run(["/no/such"], "Install it.")


def test_environment_and_directory() -> None:
    assert run(["/bin/sh", "-c", "echo $A; pwd"], "", env={"A": "1"}, cwd="/") == "1\n/\n"


def test_it_gets_no_input() -> None:
    assert run(["/bin/cat"], "") == ""


def test_an_interrupted_one_takes_its_children_along() -> None:
    seen: list[str] = []

    def stop(line: str) -> None:
        seen.append(line)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(["/bin/sh", "-c", "sleep 60 & echo $! >&2; wait"], "", on_line=stop)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            with open(f"/proc/{seen[0]}/stat", encoding="ascii") as file:
                if file.read().rsplit(")", 1)[1].split()[0] == "Z":
                    break
        except OSError:
            break
        threading.Event().wait(0.05)
    else:
        os.kill(int(seen[0]), 9)
        pytest.fail("the child lives on")
