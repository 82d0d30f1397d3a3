# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""systemd as it is asked and told; programs that fail."""

from __future__ import annotations

import time

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_service
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_service import CommandError


def test_units_are_asked_for_in_one_call(host):
    host.running("server", age=100, invocation="3")
    units = node_service.units(["rke2-server", "rke2-agent"])
    server, agent = units["rke2-server"], units["rke2-agent"]
    assert (server["active"], server["enabled"], server["invocation"], server["loaded"], server["sub"]) == ("active", True, "3", True, "running")
    assert abs(time.time() - 100 - server["since"]) < 2 and server["since"] == server["started"]
    assert (agent["active"], agent["enabled"], agent["since"], agent["started"], agent["invocation"], agent["loaded"]) == ("inactive", False, None, None,
                                                                                                                           None, False)
    assert len(host.said("show")) == 1


def test_a_unit_that_is_coming_up_has_begun_but_is_not_active_since_any_time(host):
    host.running("server")
    host.set_unit("rke2-server", ActiveState="activating", SubState="start", ActiveEnterTimestampMonotonic="0")
    unit = node_service.units(["rke2-server"])["rke2-server"]
    assert (unit["active"], unit["since"]) == ("activating", None) and unit["started"] is not None


def test_what_is_told_of_a_unit(host):
    host.running("server")
    told = node_service.told(node_service.units(["rke2-server"])["rke2-server"])
    assert set(told) == {"enabled", "active", "since", "invocation", "result"} and told["result"] == "success"


def test_without_systemd_all_are_inactive_and_a_broken_one_is_told(host, monkeypatch):
    (host.folder / "broken").touch()
    with pytest.raises(CommandError, match="Failed to connect to bus"):
        node_service.units(["rke2-server"])
    monkeypatch.setattr(node_service, "BOOTED", "/nowhere/at/all")
    assert node_service.booted() is False
    assert node_service.units(["rke2-server"])["rke2-server"]["active"] == "inactive"


@pytest.mark.parametrize(("act", "said"), [
    (lambda: node_service.start("rke2-server"), ["reset-failed rke2-server.service", "start --no-block rke2-server.service"]),
    (lambda: node_service.start("rke2-server", restart=True), ["reset-failed rke2-server.service", "restart --no-block rke2-server.service"]),
    (lambda: node_service.enable("rke2-agent"), ["enable rke2-agent.service"]),
    (lambda: node_service.enable("rke2-agent", False), ["disable rke2-agent.service"]),
    (lambda: node_service.stop("rke2-agent"), ["stop rke2-agent.service"]),
    (node_service.reload, ["daemon-reload"]),
])
def test_what_systemd_is_told(host, act, said):
    act()
    assert host.said() == said


def test_the_log_since_a_time(host):
    host.program("journalctl", "#!/bin/sh\necho \"$@\"\necho last\n")
    first, last = node_service.log("rke2-server", 1763827100.9, 50)
    assert last == "last" and "--unit rke2-server.service --since @1763827100 --lines 50" in first
    host.program("journalctl", "#!/bin/sh\nexit 1\n")
    assert node_service.log("rke2-server", 0) == []


def test_without_a_journal_there_is_no_log(host, monkeypatch):
    monkeypatch.setenv("PATH", str(host.folder))
    assert node_service.log("rke2-server", 0) == []


def test_programs_that_fail_are_told_with_what_they_said(host):
    host.program("bad", "#!/bin/sh\necho one >&2; echo two >&2; exit 3\n")
    with pytest.raises(CommandError, match="«bad x» failed with 3: one / two"):
        node_service.run(["bad", "x"])
    host.program("mute", "#!/bin/sh\nexit 4\n")
    with pytest.raises(CommandError, match="it said nothing"):
        node_service.run(["mute"])
    assert node_service.run(["mute"], check=False) == ""
    with pytest.raises(CommandError, match="there-is-none can't be run"):
        node_service.run(["there-is-none"])
    host.program("slow", "#!/bin/sh\nexec sleep 5\n")
    with pytest.raises(CommandError, match="didn't end within 0 s"):
        node_service.run(["slow"], timeout=0.1)


def test_programs_speak_english(host):
    host.program("tongue", "#!/bin/sh\necho $LC_ALL $LANG\n")
    assert node_service.run(["tongue"]) == "C C\n"
