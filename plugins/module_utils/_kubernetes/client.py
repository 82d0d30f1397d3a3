# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A client of the Kubernetes API on ``_http``: login, errors, tokens of service accounts, single values of Secrets."""

from __future__ import annotations

import base64
import contextlib
import os
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http_tls as tls
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import Grant, Http
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http_path import segment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes.config import Access, KubeconfigError, load


def connect(kubeconfig: str | None = None, context: str | None = None, *, timeout: float = 30.0, concurrency: int = 16,
            access: Access | None = None) -> Http:
    """A client of the cluster in ``kubeconfig`` (see config.load). Raises KubeconfigError or ApiError."""
    found = access or load(kubeconfig, context)
    with _in_memory(found.ca) as ca, _in_memory(b"\n".join(part for part in (found.cert, found.key) if part) or None) as pair:
        made = Http(f"Kubernetes at {found.server}", found.server, ca_file=ca, verify=found.verify, client_cert=pair, timeout=timeout,
                    concurrency=concurrency, errors=_errors, retry=_retry, auth=_auth(found), adapter=_named(found.server_name))
    if found.ca:
        made.trust = f"the kubeconfig {found.source}"
    return made


def request_token(http: Http, namespace: str, name: str, *, audiences: t.Sequence[str] = (), seconds: int = 600) -> str:
    """A token of a service account for ``audiences`` (default: the API server's), valid for ``seconds`` (at least 600, the API's own limit).

    Source: Kubernetes API, authentication.k8s.io/v1 TokenRequest. Raises ApiError.
    """
    spec: dict[str, t.Any] = {"expirationSeconds": max(600, seconds)}
    if audiences:
        spec["audiences"] = list(audiences)
    answer = http.post(f"api/v1/namespaces/{segment(namespace)}/serviceaccounts/{segment(name)}/token", what=f"token of service account {namespace}/{name}",
                       idempotent=True, write=False, json={"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec})
    return answer["status"]["token"]


def read_secret(http: Http, path: str) -> dict[str, str] | None:
    """The keys of the Secret ``<namespace>/<name>`` with their values as text; None where there is none."""
    namespace, _slash, name = path.partition("/")
    found = http.get(f"api/v1/namespaces/{segment(namespace)}/secrets/{segment(name)}", missing_ok=True, what=f"Secret {path}")
    return None if found is None else {key: base64.b64decode(value).decode() for key, value in (found.get("data") or {}).items()}


def _auth(access: Access) -> t.Callable[[Http], Grant] | None:
    if access.token_file:
        def from_file(_http: Http) -> Grant:
            try:
                with open(access.token_file, encoding="utf-8") as file:
                    return Grant({"Authorization": "Bearer " + file.read().strip()}, 60.0)  # The kubelet replaces it; read it again each minute.
            except OSError as error:
                raise KubeconfigError(f"kubeconfig {access.source}: tokenFile {access.token_file} can't be read ({error.strerror})") from error
        return from_file
    if access.token:
        return lambda _http: Grant({"Authorization": f"Bearer {access.token}"}, None)
    return None


def _errors(response: t.Any) -> str | None:
    """The message of a Status object."""
    try:
        return response.json().get("message")
    except (ValueError, AttributeError):
        return None


def _retry(response: t.Any) -> bool:
    """An admission webhook or the API itself that isn't up yet; a namespace that the controller hasn't filled yet."""
    return response.status_code == 500 and ("failed calling webhook" in response.text or "etcdserver: " in response.text)


def _named(server_name: str | None) -> t.Any:
    """Transport that expects ``server_name`` in the certificate, whatever the address is."""
    if not server_name:
        return None

    class Adapter(tls.Adapter):
        def init_poolmanager(self, *args: t.Any, **kwargs: t.Any) -> None:
            super().init_poolmanager(*args, server_hostname=server_name, **kwargs)

    return Adapter


@contextlib.contextmanager
def _in_memory(content: bytes | None) -> t.Iterator[str | None]:
    """A path to ``content`` that is no file on a disk, for as long as the client is made."""
    if not content:
        yield None
        return
    handle = tls.memory_file(content)
    try:
        yield f"/proc/self/fd/{handle}"
    finally:
        os.close(handle)
