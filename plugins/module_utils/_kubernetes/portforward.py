# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HTTP to a service inside a cluster through the Kubernetes API, before there is an ingress: a transport for ``_http``.

Each connection is one port-forward (WebSocket, by the ``kubernetes`` library) into a ready pod of the service. Nothing listens on
this machine. The address stays the service's own, such as https://openbao-active.openbao.svc:8200, so its certificate is verified as
inside the cluster. Source: Kubernetes API, pods/portforward; the library's stream/ws_client.py.
"""

from __future__ import annotations

import contextlib
import os
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http_tls as tls
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, Http
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http_path import segment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes.config import Access, KubeconfigError


def target(http: Http, namespace: str, service: str, port: int) -> tuple[str, int]:
    """Name of a ready pod behind the service, and the pod's port. Raises ApiError that says what is missing."""
    found = http.get(f"api/v1/namespaces/{segment(namespace)}/services/{segment(service)}", what=f"Service {namespace}/{service}")
    ports = (found.get("spec") or {}).get("ports") or []
    name = next((one.get("name") or "" for one in ports if one["port"] == port), None)
    if name is None:
        raise _missing(http, namespace, service, f"it has no port {port}; there are: {', '.join(str(one['port']) for one in ports) or 'none'}", "correct port")
    slices = http.get(f"apis/discovery.k8s.io/v1/namespaces/{segment(namespace)}/endpointslices",
                      params={"labelSelector": f"kubernetes.io/service-name={service}"}, what=f"endpoints of {namespace}/{service}")
    for one in slices.get("items") or []:
        inner = next((entry["port"] for entry in one.get("ports") or [] if (entry.get("name") or "") == name), None)
        for endpoint in one.get("endpoints") or []:
            pod = endpoint.get("targetRef") or {}
            if inner and pod.get("kind") == "Pod" and (endpoint.get("conditions") or {}).get("ready", True):
                return pod["name"], inner
    raise _missing(http, namespace, service, "no pod behind it is ready", "wait until one is, or look at the pods")


def adapter(http: Http, namespace: str, service: str, port: int, access: Access) -> t.Callable[[t.Any], t.Any]:
    """What ``Http(adapter=…)`` takes: a function from the TLS context to a transport into the service.

    ``http``: a client of the cluster, ``access``: how it's reached. The pod is chosen anew for each connection: the one that was used may be gone.
    """
    configuration = _configuration(access)

    def dial() -> t.Any:
        pod, inner = target(http, namespace, service, port)
        return _open(configuration, namespace, pod, inner)

    return lambda context: _transport(context, dial)


def pod_adapter(namespace: str, pod: str, port: int, access: Access) -> t.Callable[[t.Any], t.Any]:
    """The same into one pod by name: for servers that must be told apart, ready or not."""
    configuration = _configuration(access)
    return lambda context: _transport(context, lambda: _open(configuration, namespace, pod, port))


def _transport(context: t.Any, dial: t.Callable[[], t.Any]) -> t.Any:
    """requests' transport whose connections come from ``dial``."""
    from urllib3.connection import HTTPConnection, HTTPSConnection  # pylint: disable=import-outside-toplevel  # Comes with requests.
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool  # pylint: disable=import-outside-toplevel

    class Plain(HTTPConnection):
        def _new_conn(self) -> t.Any:
            return dial()

    class Secure(HTTPSConnection):
        def _new_conn(self) -> t.Any:
            return dial()

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    class Adapter(tls.Adapter):
        def init_poolmanager(self, *args: t.Any, **kwargs: t.Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

    return Adapter(context)


def _open(configuration: t.Any, namespace: str, pod: str, port: int) -> t.Any:
    """A connected socket. Raises OSError, which ``_http`` explains and repeats like any connection fault."""
    from kubernetes import client, stream  # pylint: disable=import-outside-toplevel
    from kubernetes.client.exceptions import ApiException  # pylint: disable=import-outside-toplevel
    api = client.CoreV1Api(client.ApiClient(configuration))
    try:
        forward = stream.portforward(api.connect_get_namespaced_pod_portforward, pod, namespace, ports=str(port))
    except ApiException as error:
        raise ConnectionError(f"port-forward to pod {namespace}/{pod} port {port}: {str(error.reason)[:200]}") from None
    # The library wraps its end of a socket pair against options of TCP; TLS needs the socket itself.
    wrapped = forward.socket(port)
    return getattr(wrapped, "_socket", wrapped)


def _configuration(access: Access) -> t.Any:
    """The library's settings. It reads certificates from files each time it connects, so they live in memory files as long as this process."""
    try:
        from kubernetes import client  # pylint: disable=import-outside-toplevel
    except ImportError:
        raise KubeconfigError("a port-forward needs Python's kubernetes package; install it, or give an address that this machine reaches") from None
    made = client.Configuration()
    made.host, made.verify_ssl = access.server, access.verify
    made.ssl_ca_cert = _kept(access.ca)
    made.cert_file, made.key_file = _kept(access.cert), _kept(access.key)
    if access.server_name:
        made.tls_server_name = access.server_name
    token = access.token
    if access.token_file:
        with contextlib.suppress(OSError), open(access.token_file, encoding="utf-8") as file:
            token = file.read().strip()
    if token:
        made.api_key = {"authorization": f"Bearer {token}"}
    return made


def _kept(content: bytes | None) -> str | None:
    return f"/proc/{os.getpid()}/fd/{tls.memory_file(content)}" if content else None


def _missing(http: Http, namespace: str, service: str, detail: str, hint: str) -> ApiError:
    return ApiError(http.system, what=f"port-forward to Service {namespace}/{service}", detail=detail, hint=hint, fault="unreachable")
