# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Access to a Kubernetes API out of a kubeconfig, or out of a pod's service account.

Certificates, keys and static tokens are read here, because the ``kubernetes`` library takes a third of a second to import and puts private
keys into temporary files. What needs more than reading (programs that make tokens, auth providers, several files merged) goes through it.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import os
import traceback
import typing as t

YAML_IMPORT_ERROR: str | None = None
try:
    import yaml
except ImportError:
    YAML_IMPORT_ERROR = traceback.format_exc()

POD = "/var/run/secrets/kubernetes.io/serviceaccount"


class KubeconfigError(ValueError):
    """A kubeconfig that can't be used, as a sentence."""


@dataclasses.dataclass
class Access:
    """How to reach one API server. ``ca``, ``cert`` and ``key``: PEM; ``token`` or ``token_file``: bearer token; ``server_name``: for TLS."""

    server: str
    ca: bytes | None = None
    cert: bytes | None = dataclasses.field(default=None, repr=False)
    key: bytes | None = dataclasses.field(default=None, repr=False)
    token: str | None = dataclasses.field(default=None, repr=False)
    token_file: str | None = None
    verify: bool = True
    server_name: str | None = None
    namespace: str = "default"
    source: str = ""


def load(path: str | None = None, context: str | None = None) -> Access:
    """Access by ``path``, else KUBECONFIG, else ~/.kube/config, else the pod's service account. Raises :class:`KubeconfigError`."""
    if YAML_IMPORT_ERROR:
        raise KubeconfigError("a kubeconfig is read by Python's package PyYAML; install it where this runs")
    given = path or os.environ.get("KUBECONFIG")
    if not given and not os.path.exists(os.path.expanduser("~/.kube/config")) and os.path.exists(f"{POD}/token"):
        return _pod()
    name = os.path.expanduser(given or "~/.kube/config")
    if os.pathsep in name:
        return _library(name, context)
    content = _parse(name)
    chosen = context or content.get("current-context")
    if not chosen:
        raise KubeconfigError(f"kubeconfig {name}: it has no current-context; name one in context")
    entry = _named(content, "contexts", "context", chosen, name)
    cluster = _named(content, "clusters", "cluster", entry.get("cluster"), name)
    user = _named(content, "users", "user", entry.get("user"), name) if entry.get("user") else {}
    if "exec" in user or "auth-provider" in user:
        return _library(name, chosen)
    if not cluster.get("server"):
        raise KubeconfigError(f"kubeconfig {name}: the cluster {entry.get('cluster')} has no server")
    folder = os.path.dirname(os.path.abspath(name))

    def material(part: dict[str, t.Any], key: str) -> bytes | None:
        return _material(part, key, folder, name)

    return Access(server=cluster["server"], ca=material(cluster, "certificate-authority"), cert=material(user, "client-certificate"),
                  key=material(user, "client-key"), token=user.get("token"), token_file=_beside(user.get("tokenFile"), folder),
                  verify=not cluster.get("insecure-skip-tls-verify", False), server_name=cluster.get("tls-server-name"),
                  namespace=entry.get("namespace") or "default", source=name)


def _parse(name: str) -> dict[str, t.Any]:
    try:
        with open(name, "rb") as file:
            content = yaml.safe_load(file)
    except OSError as error:
        raise KubeconfigError(f"kubeconfig {name} can't be read ({error.strerror}); name another in kubeconfig or KUBECONFIG") from error
    except yaml.YAMLError as error:
        # The parser's message quotes the line, which may hold a key.
        where = getattr(error, "problem_mark", None)
        raise KubeconfigError(f"kubeconfig {name} isn't YAML" + (f" (line {where.line + 1})" if where else "")) from None
    if not isinstance(content, dict) or "clusters" not in content:
        raise KubeconfigError(f"kubeconfig {name}: it isn't a kubeconfig (no clusters)")
    return content


def _named(content: dict[str, t.Any], section: str, kind: str, wanted: t.Any, name: str) -> dict[str, t.Any]:
    entries = {entry.get("name"): entry.get(kind) or {} for entry in content.get(section) or []}
    if wanted not in entries:
        raise KubeconfigError(f"kubeconfig {name}: it has no {kind} {wanted!r}; there are: {', '.join(sorted(map(str, entries))) or 'none'}")
    return entries[wanted]


def _beside(path: str | None, folder: str) -> str | None:
    return os.path.join(folder, path) if path else None


def _material(part: dict[str, t.Any], key: str, folder: str, name: str) -> bytes | None:
    """Inline data win over a file, as kubectl has it."""
    inline, path = part.get(key + "-data"), _beside(part.get(key), folder)
    try:
        if inline:
            return base64.b64decode(inline, validate=True)
        if path:
            with open(path, "rb") as file:
                return file.read()
    except OSError as error:
        raise KubeconfigError(f"kubeconfig {name}: {key} {path} can't be read ({error.strerror})") from error
    except (binascii.Error, ValueError):
        raise KubeconfigError(f"kubeconfig {name}: {key}-data isn't base64") from None
    return None


def _pod() -> Access:
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", "kubernetes.default.svc"), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    with open(f"{POD}/ca.crt", "rb") as file:
        ca = file.read()
    return Access(server=f"https://{'[' + host + ']' if ':' in host else host}:{port}", ca=ca, token_file=f"{POD}/token", source="the pod's service account")


def _library(name: str, context: str | None) -> Access:
    """Through the kubernetes library: it runs credential programs and merges files."""
    try:
        from kubernetes import client, config  # pylint: disable=import-outside-toplevel
    except ImportError:
        raise KubeconfigError(f"kubeconfig {name}: it names a program for its login (or is a list of files), which needs Python's kubernetes package; "
                              "install it, or give a kubeconfig with a token or a certificate") from None
    made = client.Configuration()
    try:
        config.load_kube_config(config_file=name, context=context, client_configuration=made)
    except Exception as error:  # pylint: disable=broad-except  # The library raises what the program or YAML raised.
        raise KubeconfigError(f"kubeconfig {name}: {type(error).__name__}: {str(error)[:300]}") from None

    def content(path: str | None) -> bytes | None:
        if not path:
            return None
        with open(path, "rb") as file:
            return file.read()

    # Its own name for the token is «BearerToken» since version 34, «authorization» before.
    token = (made.get_api_key_with_prefix("BearerToken", alias="authorization") or "").removeprefix("Bearer ")
    return Access(server=made.host, ca=content(made.ssl_ca_cert), cert=content(made.cert_file), key=content(made.key_file), token=token or None,
                  verify=made.verify_ssl, server_name=getattr(made, "tls_server_name", None), source=name)
