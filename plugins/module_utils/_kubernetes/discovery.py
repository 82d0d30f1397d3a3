# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which kinds a cluster serves and under which path, in two requests (aggregated discovery, Kubernetes 1.30 and newer)."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import Http
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http_path import segment

_ACCEPT = {"Accept": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"}


@dataclasses.dataclass(frozen=True)
class Resource:
    """One kind: ``prefix`` is api/v1 or apis/group/version, ``plural`` its name in paths."""

    prefix: str
    plural: str
    namespaced: bool

    def collection(self, namespace: str | None = None) -> str:
        """Path of all objects, in one namespace or in all."""
        return f"{self.prefix}/namespaces/{segment(namespace)}/{self.plural}" if self.namespaced and namespace else f"{self.prefix}/{self.plural}"

    def path(self, namespace: str | None, name: str) -> str:
        return f"{self.collection(namespace)}/{segment(name)}"


def discover(http: Http) -> dict[tuple[str, str], Resource]:
    """(apiVersion, kind) -> Resource of everything that is served. Raises ApiError."""
    answers = http.map(lambda path: http.get(path, headers=_ACCEPT, what="discovery"), ["api", "apis"])
    return {key: resource for answer in answers for key, resource in _read(answer)}


def _read(answer: dict[str, t.Any]) -> t.Iterator[tuple[tuple[str, str], Resource]]:
    for group in answer.get("items") or []:
        name = (group.get("metadata") or {}).get("name") or ""
        for version in group.get("versions") or []:
            api = f"{name}/{version['version']}" if name else version["version"]
            prefix = f"apis/{api}" if name else f"api/{api}"
            for entry in version.get("resources") or []:
                kind = (entry.get("responseKind") or {}).get("kind")
                if kind:
                    yield (api, kind), Resource(prefix, entry["resource"], entry.get("scope") == "Namespaced")
