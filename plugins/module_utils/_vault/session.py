# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a module's connection options (doc fragment ``vault``, or ``vault.nested`` for suboptions) to a client that is logged in when it is first used."""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _bootstrap, _module, _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, Http
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Unforeseeable
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import login
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import Vault, connect

SPEC: dict[str, t.Any] = {
    "url": {"type": "str", "fallback": "VAULT_ADDR"}, "token": {"type": "str", "no_log": True, "fallback": "VAULT_TOKEN"},
    "ca_file": {"type": "path", "fallback": "VAULT_CACERT"}, "namespace": {"type": "str", "fallback": "VAULT_NAMESPACE"},
    "validate_certs": {"type": "bool", "default": True}, "timeout": {"type": "float", "default": 30}, "kubeconfig": {"type": "path", "fallback": "KUBECONFIG"},
    "login": {"type": "list", "elements": "dict", "default": [], "options": {
        "method": {"type": "str", "required": True, "choices": list(login.METHODS)}, "mount": {"type": "str", "default": "kubernetes"},
        "role": {"type": "str"}, "namespace": {"type": "str"}, "service_account": {"type": "str"},
        "audiences": {"type": "list", "elements": "str", "default": []}, "store": {"type": "dict", "options": _bootstrap.STORE_SPEC},
        "name": {"type": "str", "default": "openbao"}}},
    "port_forward": {"type": "dict", "options": {
        "namespace": {"type": "str", "required": True}, "service": {"type": "str", "required": True}, "port": {"type": "int", "default": 8200}}},
}


def spec(fallback: t.Callable, **more: t.Any) -> dict[str, t.Any]:
    """The argument_spec of a module: the connection and what is its own. ``fallback``: Ansible's ``env_fallback``."""
    return {**_module.with_fallbacks(SPEC, fallback), **more}


def nested(fallback: t.Callable) -> dict[str, t.Any]:
    """The same as suboptions of the option ``vault``, for modules whose own system has an address; besides what earlier tasks bring into Vault."""
    return {"vault": {"type": "dict", "apply_defaults": True, "options": spec(fallback, declared={"type": "list", "elements": "str"})}}


class Session:
    """``vault`` (the client), ``kubernetes()`` (the cluster's client), and the secrets that have passed through, for Ansible to take out of its output.

    ``check``: in check mode a login whose service account isn't there yet is Unforeseeable. ``prefix``: of the options' names in messages."""

    def __init__(self, params: dict[str, t.Any], register: t.Callable[[str], t.Any], check: bool = False, prefix: str = ""):
        self.params, self.check, self._register = params, check, register
        # Secrets that passed through, which no error shows; other systems' clients add to it, and read it.
        self.seen: set[str] = set()
        # The service account that a login wanted and that isn't there: a run's earlier task may make it.
        self.account_missing = ""
        self.login = login.Login(params["login"], self._given, self._jwt, self.register)
        if not params["url"] and not params["port_forward"]:
            raise ApiError("Vault", detail="no address is given", hint=f"set {prefix}url (or VAULT_ADDR), or {prefix}port_forward", fault="input")
        self.vault = Vault(connect(self._url(), ca_file=params["ca_file"], verify=params["validate_certs"], namespace=params["namespace"],
                                   timeout=params["timeout"], concurrency=params.get("concurrency") or 16, auth=self.login, adapter=self._adapter(),
                                   redact=_secrets.redactor(self.seen)))

    def register(self, value: str) -> None:
        self.seen.add(value)
        self._register(value)

    @functools.cached_property
    def _cluster(self) -> Http:
        from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes.client import connect as to_cluster
        return to_cluster(self.params["kubeconfig"], timeout=self.params["timeout"])

    def kubernetes(self) -> Http:
        """The cluster's client. Raises ApiError, also where the kubeconfig can't be used."""
        from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes.config import KubeconfigError
        try:
            return self._cluster
        except KubeconfigError as error:
            raise ApiError("Kubernetes", detail=str(error), fault="input") from error

    def readers(self) -> dict[str, t.Callable[[str], dict | None]]:
        """Of secrets that Kubernetes holds, for a resolver."""
        from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes.client import read_secret
        return {"kubernetes": lambda path: read_secret(self.kubernetes(), path)}

    def _adapter(self) -> t.Any:
        """The transport through the Kubernetes API, where that is asked for."""
        forward = self.params["port_forward"]
        if not forward:
            return None
        from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes import config, portforward
        try:
            access = config.load(self.params["kubeconfig"])
            return portforward.adapter(self.kubernetes(), forward["namespace"], forward["service"], forward["port"], access)
        except config.KubeconfigError as error:
            raise ApiError("Kubernetes", what="port-forward", detail=str(error), fault="input") from error

    def _url(self) -> str:
        """Through a port-forward the certificate is expected to hold the service's name inside the cluster."""
        forward = self.params["port_forward"]
        return self.params["url"] or f"https://{forward['service']}.{forward['namespace']}.svc:{forward['port']}"

    def _given(self, way: dict) -> str | None:
        if way["method"] == "token":
            return self.params["token"]
        try:
            content = _bootstrap.Store.of(way.get("store") or {}).read() or {}
        except _bootstrap.StoreError as error:
            raise ValueError(str(error)) from error
        return ((content.get("vaults") or {}).get(way["name"], {}).get("answer") or {}).get("root_token")

    def _jwt(self, way: dict) -> str:
        from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes.client import request_token
        missing = [name for name in ("role", "namespace", "service_account") if not way.get(name)]
        if missing:
            raise ValueError(f"{', '.join(missing)} of this login is missing")
        try:
            return request_token(self.kubernetes(), way["namespace"], way["service_account"], audiences=way["audiences"])
        except ApiError as error:
            if error.status == 404:
                self.account_missing = f"{way['namespace']}/{way['service_account']}"
            raise ValueError(str(error)) from error

    def __enter__(self) -> Session:
        return self

    def __exit__(self, _kind: t.Any, error: BaseException | None, _trace: t.Any) -> None:
        """The token that a login made is revoked. Raises Unforeseeable where in check mode nobody could log in yet."""
        self.login.end(self.vault.http)
        self.vault.http.close()
        if self.check and isinstance(error, ApiError) and self.account_missing and not self.login.method:
            raise Unforeseeable(f"the service account {self.account_missing} that logs in isn't there: what differs in Vault can't be "
                                "foreseen before it is made") from None
