# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a waiting person sees."""
from __future__ import annotations

import pathlib
import time

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.progress import Progress, size, span


@pytest.mark.parametrize(("seconds", "words"), [
    (0.04, "0.0 s"), (0.44, "0.4 s"), (9.9, "9.9 s"), (9.97, "10 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"), (3600, "60 min 00 s"),
])
def test_durations_for_people(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(("count", "words"), [(0, "0 kB"), (2500, "2 kB"), (999_000, "999 kB"), (1_000_000, "1 MB"), (132_400_000, "132 MB")])
def test_sizes_for_people(count: int, words: str) -> None:
    assert size(count) == words


def test_a_line_is_appended(tmp_path: pathlib.Path) -> None:
    progress = Progress(str(tmp_path / "p"))
    progress.say("one\n")
    progress.say("two")
    assert (tmp_path / "p").read_text() == "one\ntwo\n"


def test_without_a_file_it_is_silent() -> None:
    Progress(None).say("nothing")
    with Progress(None).step("nothing"):
        pass


def test_a_file_that_cannot_be_written_never_fails_the_work(tmp_path: pathlib.Path) -> None:
    progress = Progress(str(tmp_path / "missing/p"))
    progress.say("x")
    with progress.step("y"):
        pass


def test_a_step_says_its_beginning_its_end_and_how_long(tmp_path: pathlib.Path) -> None:
    with Progress(str(tmp_path / "p")).step("building"):
        pass
    first, last = (tmp_path / "p").read_text().splitlines()
    assert first == "building …"
    assert last == "building: done in 0.0 s"


def test_a_long_step_says_how_far_it_is(tmp_path: pathlib.Path) -> None:
    with Progress(str(tmp_path / "p"), beat=0.02).step("building", lambda: "3 of 7"):
        time.sleep(0.1)
    lines = (tmp_path / "p").read_text().splitlines()
    assert any(line.startswith("building: 3 of 7, 0.") and line.endswith("so far") for line in lines)


def test_a_long_step_without_a_measure_gives_signs_of_life(tmp_path: pathlib.Path) -> None:
    with Progress(str(tmp_path / "p"), beat=0.02).step("building"):
        time.sleep(0.1)
    assert any(line.endswith("so far") for line in (tmp_path / "p").read_text().splitlines())


def test_a_failed_step_is_not_said_to_be_done(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="broken"), Progress(str(tmp_path / "p")).step("building"):
        raise ValueError("broken")
    assert (tmp_path / "p").read_text() == "building …\n"
