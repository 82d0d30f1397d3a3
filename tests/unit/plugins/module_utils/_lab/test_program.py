# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a program is made of."""
from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.program import Probe, Program


def test_a_probe_expects_200_and_presents_nothing_by_default() -> None:
    probe = Probe("https", "https://127.0.0.1:1/")
    assert (probe.status, probe.client) == ((200,), "")


def test_a_program_needs_little() -> None:
    program = Program("web", ("/bin/web",), 1, Probe("running"))
    assert (program.user, program.stop_signal, program.environment) == ("root", "TERM", {})
    assert not program.slow


def test_no_two_programs_share_an_environment() -> None:
    first, second = (Program(name, ("/bin/x",), 1, Probe("running")) for name in "ab")
    assert first.environment is not second.environment


def test_programs_are_not_changed_but_replaced() -> None:
    program = Program("web", ("/bin/web",), 1, Probe("running"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        program.wave = 2  # type: ignore[misc]
    assert dataclasses.replace(program, wave=2).wave == 2
