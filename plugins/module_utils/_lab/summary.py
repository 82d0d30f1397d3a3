# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of what the lab runs, for the end of a run."""
from __future__ import annotations

import os

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.assemble import Options

# Automation's own way in; its token lives as long as its role says.
LOGIN = (
    "kubectl create token -n platform-system platform-automation --audience vault | "
    "bao write -field=token auth/kubernetes/login role=platform-automation jwt=-"
)


def hints(options: Options) -> list[str]:
    """Returns the lines that a person pastes into a shell to look at what runs."""
    layout = options.layout
    lines = [f"export PATH={options.cache.path('bin')}:$PATH KUBECONFIG={layout.path('kubeconfig')}", "kubectl get nodes,pods -A"]
    if "openbao" in options.servers:
        lines += [f"export VAULT_ADDR={layout.url('openbao')} VAULT_CACERT={layout.ca}", "bao status", f"export VAULT_TOKEN=$({LOGIN})",
                  "bao kv get platform/openbao/admin"]
        lines += ["bao kv get platform/keycloak/admin"] if "keycloak" in options.servers else []
    return lines


def summary(options: Options) -> list[dict[str, str]]:
    """Returns system, URL and the place of its credentials (a path, never a value) for everything that runs."""
    layout = options.layout

    def kept(system: str) -> str:
        return layout.path("credentials", f"{system}.json")

    rows = {
        "openbao": ("OpenBao", layout.url("openbao"), layout.path("bootstrap")),
        "keycloak": ("Keycloak", layout.named_url("keycloak"), kept("keycloak")),
        "postgres": ("PostgreSQL", f"{layout.address}:{layout.port('postgres')}", kept("postgres")),
        "registry": ("OCI registry", layout.url("registry"), kept("registry")),
        "s3": ("S3 server", layout.url("s3"), kept("s3")),
    }
    api = layout.url("kube-apiserver") if options.kubernetes == "build" else f"{options.kubernetes}: {os.environ.get('KUBECONFIG', '')}"
    chosen = [("Kubernetes", api, layout.path("kubeconfig")), *(rows[server] for server in options.servers)]
    return [{"system": system, "url": url, "credentials": place} for system, url, place in chosen]
