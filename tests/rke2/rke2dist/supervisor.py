"""Port 9345: where nodes register. Paths are RKE2's but for those below /v1-rke2/test-, which this distribution needs for its own ends."""
from __future__ import annotations

import base64
import hmac
import json
import ssl
import threading
import typing as t
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import bootstrap, certs, kube, log, web
from .place import Place

PORT = 9345


class State:
    """What the supervisor knows. ready: the datastore can be asked; ``passwords``: user -> passwords that are good."""

    def __init__(self, place: Place, settings: dict[str, t.Any], token: str) -> None:
        self.place, self.settings = place, settings
        self.token, self.ready, self.api = token, False, False
        self.kube: kube.Kube | None = None
        self.add_member: t.Callable[[dict[str, str]], list[dict[str, t.Any]]] | None = None

    def passwords(self, user: str) -> list[str]:
        """Returns what opens the door to a user: «node» may use the agents' token or the servers'."""
        agent = [str(self.settings["agent-token"])] if self.settings.get("agent-token") else []
        return {"server": [self.token], "node": [self.token, *agent]}.get(user, [])


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    state: State
    protocol_version = "HTTP/1.0"
    timeout = 30

    def log_message(self, format: str, *args: t.Any) -> None:
        """Says nothing of requests."""

    def answer(self, status: int, body: t.Any = "", kind: str = "application/json") -> None:
        """Sends an answer."""
        data = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def user(self) -> str:
        """Returns who asks, empty for nobody we know."""
        scheme, _space, value = self.headers.get("Authorization", "").partition(" ")
        if scheme != "Basic":
            return ""
        try:
            name, _colon, password = base64.b64decode(value).decode().partition(":")
        except ValueError:
            return ""
        good = any(hmac.compare_digest(password.encode(), known.encode()) for known in self.state.passwords(name) if known)
        return name if good else ""

    def do_GET(self) -> None:
        """Serves a GET."""
        self.serve({})

    def do_POST(self) -> None:
        """Serves a POST."""
        try:
            self.serve(json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}"))
        except ValueError:
            self.answer(400, "no JSON")

    do_PUT = do_POST

    def serve(self, body: dict[str, t.Any]) -> None:
        """Finds the answer."""
        path, state = self.path.split("?")[0], self.state
        if path == "/ping":
            return self.answer(200, "pong", "text/plain")
        if path == "/cacerts":
            with open(state.place.tls("server-ca.crt"), "rb") as file:
                return self.answer(200, file.read(), "text/plain")
        user = self.user()
        if not user:
            return self.answer(401, "not authorized")
        if not state.ready:
            return self.answer(503, "runtime core not ready")
        if path in SERVERS and user != "server":
            return self.answer(403, "Forbidden")
        call = SERVERS.get(path) or NODES.get(path)
        if not call:
            return self.answer(404, "not found")
        try:
            return self.answer(*call(self, body))
        except log.Fatal as fault:
            return self.answer(500, str(fault))
        except (web.Refused, OSError, KeyError) as fault:
            return self.answer(503, f"{type(fault).__name__}: {fault}")


def _config(handler: Handler, _body: t.Any) -> tuple[int, t.Any]:
    from .settings import CRITICAL

    settings = handler.state.settings
    found = {key: settings[key] for key in CRITICAL if key != "agent-token"}
    return 200, {**found, "agent-token-hash": critical_hash(settings), "cni": settings["cni"], "disable-kube-proxy": settings["disable-kube-proxy"]}


def critical_hash(settings: dict[str, t.Any]) -> str:
    """Returns what two servers compare of their agent token."""
    import hashlib

    return hashlib.sha256(("agent:" + str(settings.get("agent-token") or "")).encode()).hexdigest()


def _bootstrap(handler: Handler, _body: t.Any) -> tuple[int, t.Any]:
    return 200, bootstrap.gather(handler.state.place)


def _add_member(handler: Handler, body: dict[str, str]) -> tuple[int, t.Any]:
    if not handler.state.add_member:
        return 503, "runtime core not ready"
    return 200, handler.state.add_member(body)


def _token(handler: Handler, body: dict[str, str]) -> tuple[int, t.Any]:
    from . import rotate

    rotate.token(handler.state, body["new"])
    return 200, {}


def _known(handler: Handler) -> str:
    """Returns the node's name, whose password is checked. Raises Fatal."""
    node, password = handler.headers.get("Rke2-Node-Name", ""), handler.headers.get("Rke2-Node-Password", "")
    if not node or not password:
        raise log.Fatal("node name not set")
    if handler.state.kube is None or not handler.state.api:
        raise OSError("runtime core not ready")
    if not handler.state.kube.password(node, password):
        raise PermissionError(kube.rejected(node))
    return node


def _certificate(handler: Handler, body: dict[str, t.Any], kind: str) -> tuple[int, t.Any]:
    place = handler.state.place
    try:
        node = _known(handler)
    except PermissionError as fault:
        log.warning(str(fault))
        return 403, str(fault)
    if kind == "client":
        return 200, certs.sign(body["csr"], place.tls("client-ca"), "client", subject=f"/O=system:nodes/CN=system:node:{node}")
    names = [node, "localhost", "127.0.0.1", *body.get("addresses", [])]
    return 200, certs.sign(body["csr"], place.tls("server-ca"), "server", names, subject=f"/CN={node}")


def _proxy(handler: Handler, body: dict[str, t.Any]) -> tuple[int, t.Any]:
    return 200, certs.sign(body["csr"], handler.state.place.tls("client-ca"), "client", subject="/CN=system:kube-proxy")


def _file(name: str) -> t.Callable[[Handler, t.Any], tuple[int, t.Any]]:
    def call(handler: Handler, _body: t.Any) -> tuple[int, t.Any]:
        with open(handler.state.place.tls(name), "rb") as file:
            return 200, file.read()
    return call


def _network(handler: Handler, _body: t.Any) -> tuple[int, t.Any]:
    """Nodes' pod networks and the servers' addresses: what this distribution's own routes and agents' balancer are made of."""
    if handler.state.kube is None:
        return 503, "runtime core not ready"
    found, servers = {}, []
    for node in handler.state.kube.nodes():
        address = next((item["address"] for item in node["status"].get("addresses", []) if item["type"] == "InternalIP"), "")
        found[node["metadata"]["name"]] = {"address": address, "cidr": node["spec"].get("podCIDR", "")}
        if node["metadata"].get("labels", {}).get("node-role.kubernetes.io/control-plane") == "true" and address:
            servers.append(address)
    return 200, {"nodes": found, "servers": servers}


SERVERS: dict[str, t.Callable[..., tuple[int, t.Any]]] = {
    "/v1-rke2/server-bootstrap": _bootstrap, "/v1-rke2/test-member": _add_member, "/v1-rke2/token": _token,
}
NODES: dict[str, t.Callable[..., tuple[int, t.Any]]] = {
    "/v1-rke2/config": _config, "/v1-rke2/client-ca.crt": _file("client-ca.crt"), "/v1-rke2/server-ca.crt": _file("server-ca.crt"),
    "/v1-rke2/client-kubelet.crt": lambda handler, body: _certificate(handler, body, "client"),
    "/v1-rke2/serving-kubelet.crt": lambda handler, body: _certificate(handler, body, "serving"),
    "/v1-rke2/client-kube-proxy.crt": _proxy, "/v1-rke2/test-network": _network,
    "/v1-rke2/readyz": lambda handler, _body: (200, "ok") if handler.state.api else (503, "runtime core not ready"),
}


class Server(ThreadingHTTPServer):
    """HTTPS whose handshakes are made by the request's thread, so that no silent caller holds up the others."""

    daemon_threads = True
    request_queue_size = 64
    context: ssl.SSLContext

    def finish_request(self, request: t.Any, client_address: t.Any) -> None:
        """Makes the handshake, then answers."""
        request.settimeout(15)
        try:
            with self.context.wrap_socket(request, server_side=True) as secure:
                self.RequestHandlerClass(secure, client_address, self)
        except (OSError, ssl.SSLError):
            pass


def serve(state: State) -> Server:
    """Listens on 9345 in a thread; returns the server. Raises Fatal."""
    handler = type("Bound", (Handler,), {"state": state})
    try:
        server = Server(("0.0.0.0", PORT), handler)
    except OSError as fault:
        raise log.Fatal(f"starting supervisor: listen tcp :{PORT}: {fault.strerror}") from None
    server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.context.load_cert_chain(state.place.tls("serving-supervisor.crt"), state.place.tls("serving-supervisor.key"))
    threading.Thread(target=server.serve_forever, daemon=True, name="supervisor").start()
    return server
