# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which pod is chosen, and that requests travel through a socket of ours; a real kubelet is met in tests/lab/test_portforward.py."""

from __future__ import annotations

import contextlib
import socket
import threading

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, Http
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes import portforward
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes.config import Access

SERVICE = {"spec": {"ports": [{"name": "http", "port": 8200}, {"name": "internal", "port": 8201}]}}


def slices(*endpoints, ports=({"name": "http", "port": 18200}, {"name": "internal", "port": 18201})):
    return {"items": [{"ports": list(ports), "endpoints": list(endpoints)}]}


def pod(name, ready=True, **more):
    return {"targetRef": {"kind": "Pod", "name": name}, "conditions": {"ready": ready}, **more}


def choose(scripted, service, found, port=8200):
    return portforward.target(Http("Kubernetes", scripted((200, service), (200, found)).url), "openbao", "active", port)


def test_a_ready_pod_and_its_own_port(scripted):
    assert choose(scripted, SERVICE, slices(pod("a", ready=False), pod("b"))) == ("b", 18200)
    assert choose(scripted, SERVICE, slices(pod("a")), 8201) == ("a", 18201)


def test_names_stay_in_their_place(scripted):
    found = scripted((404, {"message": "not found"}))
    with pytest.raises(ApiError):
        portforward.target(Http("Kubernetes", found.url), "a?b", "c/d", 1)
    assert found.seen[0][1] == "/api/v1/namespaces/a%3Fb/services/c%2Fd"


def test_a_service_with_one_port_without_a_name(scripted):
    assert choose(scripted, {"spec": {"ports": [{"port": 80}]}}, slices(pod("a"), ports=[{"port": 8080}]), 80) == ("a", 8080)


def test_endpoints_that_are_no_pods(scripted):
    with pytest.raises(ApiError, match="no pod behind it is ready"):
        choose(scripted, SERVICE, slices({"addresses": ["10.0.0.1"]}))


@pytest.mark.parametrize("found", [{"items": []}, slices(), slices(pod("a", ready=False))])
def test_no_pod_is_ready(scripted, found):
    with pytest.raises(ApiError, match=r"port-forward to Service openbao/active: no pod behind it is ready"):
        choose(scripted, SERVICE, found)


def test_a_port_that_is_not_there(scripted):
    with pytest.raises(ApiError, match="it has no port 9; there are: 8200, 8201"):
        choose(scripted, SERVICE, slices(pod("a")), 9)


def test_a_service_that_is_not_there(scripted):
    with pytest.raises(ApiError, match="Service openbao/active"):
        portforward.target(Http("Kubernetes", scripted((404, {"message": "services not found"})).url), "openbao", "active", 8200)


def tunnel(port):
    """A socket that leads to the port, as a port-forward's end does: no TCP socket itself."""
    ours, theirs = socket.socketpair()
    there = socket.create_connection(("127.0.0.1", port))

    def pump(one, two):
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                two.sendall(data)
        two.close()

    for pair in ((theirs, there), (there, theirs)):
        threading.Thread(target=pump, args=pair, daemon=True).start()
    return ours


def test_requests_travel_through_the_socket_and_tls_checks_the_services_name(scripted, tls_files):
    ca, context = tls_files
    server = scripted((200, {"ok": True}), tls=context)
    dialled = []

    def dial():
        dialled.append(1)
        return tunnel(server.server_port)

    http = Http("Vault", "https://localhost:8200", ca_file=ca, adapter=lambda made: portforward._transport(made, dial))
    assert http.get("v1/sys/health") == {"ok": True} == http.get("v1/sys/health")
    assert dialled == [1], "the connection is kept"
    other = Http("Vault", "https://openbao.openbao.svc:8200", ca_file=ca, adapter=lambda made: portforward._transport(made, dial))
    with pytest.raises(ApiError, match="for another name"):
        other.get("v1/sys/health")


def test_plain_http_too(scripted):
    server = scripted((200, {"ok": True}))
    http = Http("Vault", "http://inside:8200", adapter=lambda made: portforward._transport(made, lambda: tunnel(server.server_port)))
    assert http.get("x") == {"ok": True}


def test_a_forward_that_fails_is_a_connection_fault(quick):
    def dial():
        raise ConnectionError("port-forward to pod openbao/openbao-0 port 8200: gone")

    with pytest.raises(ApiError, match="port-forward to pod openbao/openbao-0 port 8200: gone"):
        Http("Vault", "http://inside:8200", adapter=lambda made: portforward._transport(made, dial)).get("x")


def test_what_the_library_is_told(tmp_path):
    (tmp_path / "token").write_text("fresh\n", "utf-8")
    made = portforward._configuration(Access("https://api:6443", b"CA", b"CERT", b"KEY", token_file=str(tmp_path / "token"), server_name="inner"))
    assert (made.host, made.tls_server_name, made.api_key) == ("https://api:6443", "inner", {"authorization": "Bearer fresh"})
    for path, content in ((made.ssl_ca_cert, b"CA"), (made.cert_file, b"CERT"), (made.key_file, b"KEY")):
        assert path.startswith("/proc/"), "keys are in memory"
        with open(path, "rb") as file:
            assert file.read() == content
    bare = portforward._configuration(Access("https://api:6443", verify=False))
    assert (bare.ssl_ca_cert, bare.cert_file, bare.verify_ssl, bare.api_key) == (None, None, False, {})


def test_a_pod_by_name(monkeypatch, scripted):
    server, asked = scripted((200, {"ok": True})), []

    def opened(_configuration, namespace, name, port):
        asked.append((namespace, name, port))
        return tunnel(server.server_port)

    monkeypatch.setattr(portforward, "_open", opened)
    adapter = portforward.pod_adapter("openbao", "openbao-1", 8200, Access("https://api:6443"))
    assert Http("Vault", "http://inside:8200", adapter=adapter).get("x") == {"ok": True} and asked == [("openbao", "openbao-1", 8200)]


def test_a_service_is_looked_up_for_each_connection(monkeypatch, scripted):
    server, asked = scripted((200, {"ok": True})), []
    monkeypatch.setattr(portforward, "target", lambda *args: asked.append(args[1:]) or ("openbao-0", 18200))
    monkeypatch.setattr(portforward, "_open", lambda _configuration, *args: asked.append(args) or tunnel(server.server_port))
    adapter = portforward.adapter(Http("Kubernetes", "https://api:6443"), "openbao", "active", 8200, Access("https://api:6443"))
    assert Http("Vault", "http://inside:8200", adapter=adapter).get("x") == {"ok": True}
    assert asked == [("openbao", "active", 8200), ("openbao", "openbao-0", 18200)]
