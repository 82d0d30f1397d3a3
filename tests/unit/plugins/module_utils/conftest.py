# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A real server on the loopback that answers as the test's script says."""

from __future__ import annotations

import http.server
import json
import socket
import ssl
import struct
import threading
import time

import pytest

from tests.lab.tls import make_ca


class Server(http.server.ThreadingHTTPServer):
    """``script``: what to answer, one entry a request; the last one stays. An entry is a status, (status, body), (status, body, headers),
    "reset" (after the request was read), "hang" (no answer for a while) or a function of the handler. ``seen``: method, path, headers, body."""

    daemon_threads = True

    def __init__(self, *script, tls=None, host="127.0.0.1"):
        self.script, self.seen, self.lock, self.tls, self.connections = list(script) or [(200, {})], [], threading.Lock(), tls, 0
        super().__init__((host, 0), Handler)
        self.url = f"http{'s' if tls else ''}://{host}:{self.server_port}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True).start()

    def get_request(self):
        raw, address = super().get_request()
        self.connections += 1
        return (self.tls.wrap_socket(raw, server_side=True, do_handshake_on_connect=False) if self.tls else raw), address

    def handle_error(self, request, client_address):
        """Broken connections are wanted here."""

    def next(self):
        with self.lock:
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes: the second would wait for the client's delayed acknowledgement, 40 ms

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        """Quiet."""

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.lock:
            self.server.seen.append((self.command, self.path, dict(self.headers), body))
        entry = self.server.next()
        if callable(entry):
            entry = entry(self)
        if entry == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return
        if entry == "hang":
            time.sleep(1.5)
            self.close_connection = True
            return
        status, content, headers = (entry, {}, {}) if isinstance(entry, int) else (*entry, {}) if len(entry) == 2 else entry
        text = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_LIST = answer


@pytest.fixture
def scripted():
    """Factory of such servers."""
    made = []

    def make(*script, **options):
        made.append(Server(*script, **options))
        return made[-1]

    yield make
    for server in made:
        server.shutdown()
        server.server_close()


@pytest.fixture
def tls_files(tmp_path):
    """CA file and a server's context with a certificate for the loopback."""
    ca, certificate, key = make_ca(tmp_path / "tls")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return str(ca), context


@pytest.fixture
def quick(monkeypatch):
    """Pauses between repetitions cost a test no time; their length is tested in test_http_retry.py."""
    from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http_retry as policy

    monkeypatch.setattr(policy, "BASE", 0.002)
