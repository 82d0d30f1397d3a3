# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Readiness, of real servers on loopback."""
from __future__ import annotations

import http.server
import pathlib
import socket
import ssl
import threading
import typing as t

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import files, pki, ready
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError, Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.pki import Leaf
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.program import Probe, Program


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with the status that the path names, and tells whether a certificate was presented."""

    def do_GET(self) -> None:
        """Answers."""
        presented = b"yes" if self.connection.getpeercert() else b"no"  # type: ignore[attr-defined]
        self.send_response(int(self.path.strip("/") or 200))
        self.send_header("Content-Length", str(len(presented)))
        self.end_headers()
        self.wfile.write(presented)

    def log_message(self, *_args: t.Any) -> None:
        """Says nothing."""


@pytest.fixture
def server(layout: Layout) -> t.Iterator[str]:
    """The URL of an HTTPS server with a certificate of the lab's CA."""
    for file in pki.authority(layout):
        files.write(file)
    for leaf in (Leaf("web", "web"), Leaf("client", "client", names=(), usage="client")):
        for file in pki.issue(layout, leaf):
            files.write(file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(layout.cert("web"), layout.key("web"))
    context.load_verify_locations(layout.ca)
    context.verify_mode = ssl.CERT_OPTIONAL
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as found:
        found.socket = context.wrap_socket(found.socket, server_side=True)
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield f"https://127.0.0.1:{found.server_address[1]}"
        found.shutdown()


def test_a_request_trusts_the_labs_authority(layout: Layout, server: str) -> None:
    assert ready.request(layout, "GET", f"{server}/200") == (200, b"no")


def test_a_request_presents_a_certificate(layout: Layout, server: str) -> None:
    assert ready.request(layout, "GET", f"{server}/200", "client") == (200, b"yes")


def test_another_authority_is_not_trusted(layout: Layout, server: str) -> None:
    for name in ("pki/ca.key", "ca.crt"):
        pathlib.Path(layout.path(name)).unlink()
    for file in pki.authority(layout):
        files.write(file)
    assert "certificate verify failed" in (ready.answers(layout, Probe("https", f"{server}/200")) or "")


def test_a_probe_is_content_with_its_statuses_only(layout: Layout, server: str) -> None:
    assert ready.answers(layout, Probe("https", f"{server}/503", (200, 503))) is None
    assert ready.answers(layout, Probe("https", f"{server}/500")) == f"HTTP status 500 from {server}/500"


def test_a_silent_port_says_so(layout: Layout, server: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert "refused" in (ready.answers(layout, Probe("https", f"https://127.0.0.1:{port}/")) or "")
    assert "refused" in (ready.answers(layout, Probe("tcp", f"127.0.0.1:{port}")) or "")


def test_tcp_and_running(layout: Layout) -> None:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        found.listen()
        assert ready.answers(layout, Probe("tcp", f"127.0.0.1:{found.getsockname()[1]}")) is None
    assert ready.answers(layout, Probe("running")) is None


class States:
    """A supervisor that tells one state after the other; the last one stays."""

    def __init__(self, **states: list[str]) -> None:
        self.states = states

    def programs(self) -> dict[str, dict[str, str]]:
        """Returns the states."""
        return {name: {"statename": left.pop(0) if len(left) > 1 else left[0]} for name, left in self.states.items()}


def program(name: str, probe: Probe | None = None) -> Program:
    """Returns a program."""
    return Program(name, ("/bin/x",), 1, probe or Probe("running"))


def test_waiting_ends_when_all_are_ready(layout: Layout) -> None:
    ready.wait(layout, States(a=["STARTING", "RUNNING"], b=["RUNNING"]), [program("a"), program("b")], seconds=5)  # type: ignore[arg-type]


def test_one_that_ends_at_once_is_told_without_waiting_with_the_end_of_its_log(layout: Layout) -> None:
    pathlib.Path(layout.path("log", "a.log")).write_text("cannot open the data directory\n")
    with pytest.raises(LabError, match=r"(?s)a does not become ready: it ends right after its start\..*cannot open the data directory"):
        ready.wait(layout, States(a=["BACKOFF", "FATAL"]), [program("a")], seconds=30)  # type: ignore[arg-type]


def test_one_that_ends_again_and_again_is_told_without_waiting(layout: Layout) -> None:
    """It lives long enough for supervisord, and never long enough to answer."""
    class Restarting:
        """A supervisor whose program has another process each time."""

        pid = 0

        def programs(self) -> dict[str, dict[str, t.Any]]:
            """Returns a new life."""
            self.pid += 1
            return {"a": {"statename": "RUNNING", "pid": self.pid}}

    pathlib.Path(layout.path("log", "a.log")).write_text("unknown option\n")
    with pytest.raises(LabError, match=r"(?s)a does not become ready: it ended 3 times while it started\..*unknown option"):
        ready.wait(layout, Restarting(), [program("a", Probe("tcp", "127.0.0.1:1"))], seconds=30)  # type: ignore[arg-type]


def test_each_that_is_late_is_named_with_what_was_seen(layout: Layout) -> None:
    wanted = [program("a", Probe("tcp", "127.0.0.1:1")), program("b"), program("c")]
    with pytest.raises(LabError) as error:
        ready.wait(layout, States(a=["RUNNING"], b=["BACKOFF"], c=["RUNNING"]), wanted, seconds=0.3)  # type: ignore[arg-type]
    assert len(error.value.faults) == 2
    assert "after 0 s" in error.value.faults[0] and "refused" in error.value.faults[0]
    assert "b does not become ready: after 0 s: it is BACKOFF" in error.value.faults[1]
