"""A faulty wire: a TLS proxy on loopback that stands in front of a real server and spoils chosen requests.

    with Wire(server.addr, server.ca_file, folder, script=At(Fault("reset-after"), "PUT", r"/sys/init$")) as wire:
        …                       # talk to wire.url, trust wire.ca_file
    wire.events                 # every request: method, path, fault, the upstream's status

The server behind it is the real one; the proxy never invents an answer but the faults that the script says (``At`` counts, ``Storm`` has a seed).

Faults (``Fault.kind``):
  reset-before  connection reset, the server has not seen the request
  reset-after   the server has done it, the connection is reset before the answer
  cut           the server has done it, half of the answer's body arrives, then a reset
  answer        an answer of a gateway (``status``, ``retry_after``), the server has not seen the request
  answer-after  the same, but the server has done it
  slow          the answer comes ``seconds`` late
  black-hole    no answer at all, until the client gives up or ``seconds`` are over
"""
from __future__ import annotations

import collections
import contextlib
import dataclasses
import hashlib
import http.client
import http.server
import json
import os
import pathlib
import re
import select
import socket
import ssl
import struct
import threading
import time
import typing as t
import urllib.parse

from tests.lab.tls import make_ca

KINDS = ("reset-before", "reset-after", "cut", "answer", "answer-after", "slow", "black-hole")
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-authorization"}
LINGER_ZERO = struct.pack("ii", 1, 0)


@dataclasses.dataclass(frozen=True)
class Fault:
    """What happens to one request; see the head of this file."""

    kind: str
    status: int = 503
    retry_after: float | None = None
    seconds: float = 0.0

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}, one of {', '.join(KINDS)}")


@dataclasses.dataclass
class Event:
    """One request that came through. ``count`` is how often this method and path were asked before, ``fields`` the names in
    its JSON body and query, ``status`` what the server behind answered (0: it never saw the request)."""

    method: str
    path: str
    count: int
    fault: Fault | None = None
    status: int = 0
    at: float = 0.0
    fields: tuple[str, ...] = ()


def calm(_event: Event) -> Fault | None:
    """The script without a fault."""
    return None


@dataclasses.dataclass
class At:
    """Spoils the requests that match, from the ``nth`` (1 is the first) for ``times``; counted over all of them."""

    fault: Fault
    method: str = ".*"
    path: str = ".*"
    nth: int = 1
    times: int = 1
    seen: int = 0

    def __call__(self, event: Event) -> Fault | None:
        if not (re.fullmatch(self.method, event.method) and re.search(self.path, event.path)):
            return None
        self.seen += 1
        return self.fault if self.nth <= self.seen < self.nth + self.times else None


@dataclasses.dataclass
class Storm:
    """Seeded weather: spoils about ``rate`` of the requests, at most ``limit`` in all and ``each`` of one method and path, so that repetition helps.

    The dice are thrown by the running number of the request: paths hold ids that are others in every run. What falls on a request that had its
    share goes to the next one, so there are as many faults as was asked for, whatever the requests are called.
    """

    seed: int
    rate: float = 0.2
    limit: int = 50
    each: int = 2
    faults: t.Sequence[Fault] = (Fault("reset-before"), Fault("answer", 503), Fault("answer", 500),
                                 Fault("answer", 429, retry_after=0.1), Fault("slow", seconds=0.3))
    number: int = 0
    spent: int = 0

    def __post_init__(self):
        self._lock, self._owed, self._had = threading.Lock(), collections.deque(), collections.Counter()

    def __call__(self, event: Event) -> Fault | None:
        with self._lock:
            dice = hashlib.sha256(f"{self.seed} {self.number}".encode()).digest()
            self.number += 1
            if int.from_bytes(dice[:4], "big") / 2**32 < self.rate:
                self._owed.append(self.faults[dice[4] % len(self.faults)])
            if not self._owed or self.spent >= self.limit or self._had[event.method, event.path] >= self.each:
                return None
            self.spent += 1
            self._had[event.method, event.path] += 1
            return self._owed.popleft()


class Wire(http.server.ThreadingHTTPServer):
    """The proxy. ``script`` may be exchanged at any time; ``watch(event, stage)`` is called at the stages
    ``arrived`` (before the server sees the request) and ``done`` (after its answer, before the client sees it). ``tls``: paths of CA,
    certificate and key, where it must not have a CA of its own."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, upstream: str, ca_file: str | None, folder: pathlib.Path, script: t.Callable = calm, watch=None, tls=None):
        self.upstream = urllib.parse.urlsplit(upstream)
        self.upstream_tls = ssl.create_default_context(cafile=ca_file)
        self.script, self.watch = script, watch
        self.events: list[Event] = []
        self.closing = threading.Event()
        self._lock, self._counts = threading.Lock(), collections.Counter()
        ca, certificate, key = tls or make_ca(pathlib.Path(folder))
        self.ca_file = str(ca)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate, key)
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"https://127.0.0.1:{self.server_address[1]}"

    def get_request(self):
        raw, address = super().get_request()
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._tls.wrap_socket(raw, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request, client_address):
        """A broken connection is what this server is for: no traceback."""

    def next_event(self, method: str, path: str, body: bytes | None) -> Event:
        """Counts the request, asks the script, keeps the event."""
        parts = urllib.parse.urlsplit(path)
        plain, fields = parts.path, set(urllib.parse.parse_qs(parts.query))
        with contextlib.suppress(ValueError, TypeError):
            fields |= set(json.loads(body))
        with self._lock:
            event = Event(method, plain, self._counts[method, plain], at=time.monotonic(), fields=tuple(sorted(fields)))
            self._counts[method, plain] += 1
            event.fault = self.script(event)
            self.events.append(event)
        return event

    def spoilt(self) -> list[Event]:
        """The requests that met a fault, oldest first."""
        return [event for event in self.events if event.fault]

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_exc):
        self.closing.set()
        self.shutdown()
        self.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    """One client connection, with one connection of its own to the server behind."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Wire
    upstream: http.client.HTTPConnection | None = None

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        """Quiet: the events are the log."""

    def finish(self):
        with contextlib.suppress(OSError, ValueError):
            super().finish()
        if self.upstream:
            self.upstream.close()

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        event = self.server.next_event(self.command, self.path, body)
        self._tell(event, "arrived")
        fault = event.fault
        if fault is None:
            self._send(*self._ask(event, body))
        elif fault.kind == "reset-before":
            self._reset()
        elif fault.kind == "answer":
            self._send(*_gateway(fault))
        elif fault.kind == "black-hole":
            self._hold(fault.seconds or 300.0)
            self._reset()
        else:
            answer = self._ask(event, body)
            if fault.kind == "slow":
                self.server.closing.wait(fault.seconds)
                self._send(*answer)
            elif fault.kind == "answer-after":
                self._send(*_gateway(fault))
            else:
                if fault.kind == "cut":
                    self._send(*answer, cut=len(answer[2]) // 2)
                self._reset()

    def _tell(self, event: Event, stage: str):
        if self.server.watch:
            self.server.watch(event, stage)

    def _ask(self, event: Event, body):
        """Hands the request on. Returns (status, headers, body)."""
        headers = {key: value for key, value in self.headers.items() if key.lower() not in HOP_BY_HOP | {"host"}}
        for attempt in (1, 2):
            if self.upstream is None:
                behind = self.server.upstream
                if behind.scheme == "http":
                    self.upstream = http.client.HTTPConnection(behind.hostname, behind.port, timeout=120)
                else:
                    self.upstream = http.client.HTTPSConnection(behind.hostname, behind.port, timeout=120, context=self.server.upstream_tls)
            fresh = self.upstream.sock is None
            try:
                self.upstream.request(self.command, self.path, body=body, headers=headers)
                answer = self.upstream.getresponse()
                content = answer.read()
                break
            except (OSError, http.client.HTTPException):
                # The server may have closed an idle connection: only then is a second try harmless.
                self.upstream.close()
                self.upstream = None
                if fresh or attempt == 2:
                    self._reset()
                    return 0, [], b""
        event.status = answer.status
        self._tell(event, "done")
        return answer.status, answer.getheaders(), content

    def _send(self, status, headers, body, cut=None):
        if not status:
            return
        with contextlib.suppress(OSError):
            self.send_response_only(status)
            for key, value in headers:
                if key.lower() not in HOP_BY_HOP | {"content-length"}:
                    self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body if cut is None else body[:cut])
            self.wfile.flush()

    def _reset(self):
        """Drops the connection with a TCP reset, as a crashed peer or a firewall does."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
            os.close(self.connection.detach())

    def _hold(self, seconds: float):
        """Says nothing until the client hangs up, the proxy closes or the time is over."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.server.closing.is_set():
            if select.select([self.connection], [], [], 0.1)[0]:
                return


def _gateway(fault: Fault):
    headers = [("Content-Type", "application/json")]
    if fault.retry_after is not None:
        headers.append(("Retry-After", f"{fault.retry_after:g}"))
    return fault.status, headers, b'{"errors":["spoilt by the wire"]}'
