# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""supervisord.conf, and the client on a real supervisord-like socket."""
from __future__ import annotations

import configparser
import os
import pathlib
import shlex
import socketserver
import stat
import threading
import typing as t
import xmlrpc.client
import xmlrpc.server

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import supervise
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError, Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.program import Probe, Program

WEB = Program("web", ("/bin/web", "--name=a b", "--rate=50%"), 1, Probe("running"), environment={"A": "1", "B": "2%"}, stop_signal="INT", stop_seconds=7)


def parsed(layout: Layout, *programs: Program) -> configparser.RawConfigParser:
    """Returns supervisord.conf as a parser reads it."""
    parser = configparser.RawConfigParser(inline_comment_prefixes=(";", " #"))
    parser.read_string(supervise.configuration(layout, programs))
    return parser


def test_the_socket_is_a_file_of_its_owner_and_nothing_listens_on_a_port(layout: Layout) -> None:
    parser = parsed(layout)
    assert dict(parser["unix_http_server"]) == {"file": layout.socket, "chmod": "0700"}
    assert "inet_http_server" not in parser


def test_a_program_is_started_by_the_lab_and_kept_by_supervisord(layout: Layout) -> None:
    section = parsed(layout, WEB)["program:web"]
    assert (section["autostart"], section["autorestart"]) == ("false", "true")
    assert (section["stopasgroup"], section["killasgroup"]) == ("true", "true")
    assert (section["stopsignal"], section["stopwaitsecs"]) == ("INT", "7")
    assert section["stdout_logfile"] == layout.path("log", "web.log")


def test_words_with_spaces_and_percent_signs_survive(layout: Layout) -> None:
    section = parsed(layout, WEB)["program:web"]
    # supervisord expands %(name)s in both, so a percent sign is doubled
    assert shlex.split(section["command"].replace("%%", "%")) == list(WEB.argv)
    assert section["environment"] == 'A="1",B="2%%"'


def test_a_program_without_variables_has_no_such_line(layout: Layout) -> None:
    assert "environment" not in parsed(layout, Program("x", ("/bin/x",), 1, Probe("running")))["program:x"]


def test_the_directory_is_the_instances_unless_the_program_has_its_own(layout: Layout) -> None:
    """By it, processes that a killed supervisor left are recognised."""
    other = Program("db", ("/bin/db",), 1, Probe("running"), directory=layout.path("postgres"), user="postgres")
    parser = parsed(layout, WEB, other)
    assert parser["program:web"]["directory"] == layout.state
    assert parser["program:db"]["directory"] == layout.path("postgres")
    assert parser["program:db"]["user"] == "postgres"


def test_programs_get_a_clean_environment() -> None:
    assert not any(name.startswith("REGISTRY") for name in supervise.CLEAN_ENVIRONMENT)
    assert set(supervise.CLEAN_ENVIRONMENT) == {"PATH", "HOME", "LANG"}


def test_helpers_are_small_programs_of_their_owner(layout: Layout) -> None:
    control, reset = supervise.helpers(layout, ("/cache/bin/python", "-m", "x"))
    assert control.mode == reset.mode == 0o700
    assert f"-c {layout.path('supervisord.conf')} \"$@\"" in control.content
    assert f"find {layout.path('openbao')} -mindepth 1 -delete" in reset.content
    assert reset.content.index("stop openbao") < reset.content.index("-delete") < reset.content.index("start openbao")


class Fake:
    """Answers like supervisord's rpcinterface, from a table; notes what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[t.Any, ...]] = []
        self.faults: dict[str, int] = {}

    def answer(self, name: str, *args: t.Any) -> t.Any:
        """Answers one call."""
        self.asked.append((name, *args))
        if name in self.faults:
            raise xmlrpc.client.Fault(self.faults[name], f"{name} refused")
        known = [{"name": "web", "statename": "RUNNING", "pid": 7, "start": 1}]
        return {"getAllProcessInfo": known, "reloadConfig": [[["new"], ["web"], ["old"]]]}.get(name, True)


@pytest.fixture
def fake(layout: Layout) -> t.Iterator[Fake]:
    """A server on the instance's socket."""
    answers = Fake()

    class Handler(xmlrpc.server.SimpleXMLRPCRequestHandler):
        rpc_paths = ("/RPC2",)
        disable_nagle_algorithm = False

        def address_string(self) -> str:
            return "unix"

    class Server(socketserver.ThreadingUnixStreamServer, xmlrpc.server.SimpleXMLRPCDispatcher):
        logRequests = False
        daemon_threads = True

        def __init__(self) -> None:
            xmlrpc.server.SimpleXMLRPCDispatcher.__init__(self, allow_none=True)
            socketserver.ThreadingUnixStreamServer.__init__(self, layout.socket, Handler)

        def _dispatch(self, method: str, params: t.Any) -> t.Any:
            return answers.answer(method.removeprefix("supervisor."), *params)

    server = Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield answers
    server.shutdown()
    server.server_close()


@pytest.fixture
def client(layout: Layout, fake: Fake) -> supervise.Supervisor:
    """A client of it."""
    return supervise.Supervisor(layout, ("/bin/false",))


def test_alive_says_whether_it_answers(layout: Layout, client: supervise.Supervisor) -> None:
    assert client.alive()
    assert not supervise.Supervisor(Layout("x", layout.path("none"), 20000), ("/bin/false",)).alive()


def test_programs_by_name(client: supervise.Supervisor) -> None:
    assert client.programs()["web"]["pid"] == 7


def test_reread_tells_what_differs(client: supervise.Supervisor) -> None:
    assert client.reread() == (["new"], ["web"], ["old"])


def test_a_refused_configuration_is_a_sentence(fake: Fake, client: supervise.Supervisor) -> None:
    fake.faults["reloadConfig"] = 92
    with pytest.raises(LabError, match="supervisord refused .*supervisord.conf: reloadConfig refused"):
        client.reread()


@pytest.mark.parametrize(("call", "method", "code"), [
    ("stop", "stopProcess", supervise.NOT_RUNNING), ("stop", "stopProcess", supervise.UNKNOWN_NAME), ("start", "startProcess", supervise.ALREADY_STARTED),
])
def test_what_is_so_already_is_no_fault(fake: Fake, client: supervise.Supervisor, call: str, method: str, code: int) -> None:
    fake.faults[method] = code
    getattr(client, call)("web")
    assert fake.asked[-1][:2] == (method, "web")


def test_another_fault_names_the_program(fake: Fake, client: supervise.Supervisor) -> None:
    fake.faults["startProcess"] = 50
    with pytest.raises(LabError, match="could not do it for web"):
        client.start("web")


def test_forget_stops_first(fake: Fake, client: supervise.Supervisor) -> None:
    client.forget("web")
    assert [asked[0] for asked in fake.asked] == ["stopProcess", "removeProcessGroup"]


def test_start_does_not_wait(fake: Fake, client: supervise.Supervisor) -> None:
    client.start("web")
    assert fake.asked == [("startProcess", "web", False)]


def test_shutdown_of_one_that_is_gone_is_fine(layout: Layout) -> None:
    supervise.Supervisor(Layout("x", layout.path("none"), 20000), ("/bin/false",)).shutdown()


def test_a_daemon_that_does_not_start_says_why(layout: Layout, tmp_path: pathlib.Path) -> None:
    program = tmp_path / "supervisord"
    program.write_text("#!/bin/sh\necho 'no such option' >&2\nexit 2\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(LabError, match=r"supervisord did not start: no such option\. Its log is"):
        supervise.Supervisor(Layout("x", layout.path("none"), 20000), (os.fspath(program),)).start_daemon()


def test_the_end_of_a_log(layout: Layout) -> None:
    assert supervise.tail(layout, "web") == "(no log)"
    pathlib.Path(layout.path("log", "web.log")).write_text("".join(f"line {number}\n" for number in range(5000)))
    assert supervise.tail(layout, "web", 2) == "line 4998\nline 4999"
