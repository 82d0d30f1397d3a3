# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the modules' options to an instance: which artefacts it needs and which programs it runs."""
from __future__ import annotations

import os
import shutil
import subprocess
import typing as t
from dataclasses import dataclass

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import (
    credentials,
    database,
    java,
    keycloak,
    kubernetes,
    node,
    services,
    supervise,
)
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.cache import Cache
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.cluster import Cluster
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.command import call
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.instance import Instance
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError, Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.program import Program
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.progress import Progress
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.recipes import Recipe, load
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.supervise import Supervisor

KUBERNETES = ("build", "kubeconfig", "kind", "k3d")
SERVERS = ("openbao", "postgres", "keycloak", "registry", "s3")
ARTIFACTS = {"openbao": ("openbao",), "keycloak": ("keycloak",), "registry": ("docker-registry",), "s3": ("versitygw",)}
NEEDS = {"keycloak": "postgres"}
PORTS = {"openbao": ("openbao-cluster",), "keycloak": ("keycloak-management",)}  # beside the one of the server's own name
REAL = ("openbao", "pause", "containerd", "runc", "containernetworking-plugins")
PACKAGES = {"postgres": ("postgresql",), "registry": ("skopeo",)}
ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "state_dir": {"type": "path", "required": True},
    "port_base": {"type": "int", "required": True},
    "cache": {"type": "path", "required": True},
    "files": {"type": "path", "required": True},
    "kubernetes": {"type": "str", "choices": list(KUBERNETES), "default": "build"},
    "servers": {"type": "list", "elements": "str", "choices": list(SERVERS), "default": list(SERVERS)},
    "node": {"type": "str", "choices": ["fake", "real"], "default": "fake"},
    "nodes": {"type": "int", "default": 2},
    "vault_bin": {"type": "path"},
    # A file or an address; the name alone reminds ansible-test of a key.
    "keycloak_archive": {"type": "str", "no_log": False},
    "realm": {"type": "str"},
}


@dataclass(frozen=True)
class Options:
    """The modules' common options, as read from their parameters."""

    layout: Layout
    cache: Cache
    files: str
    kubernetes: str
    servers: tuple[str, ...]
    real: bool
    nodes: int
    vault_bin: str
    keycloak_archive: str = ""
    realm: str = ""

    @classmethod
    def of(cls, params: dict[str, t.Any]) -> Options:
        """Reads them from a module's parameters."""
        real = params["node"] == "real" and params["kubernetes"] == "build"
        layout = Layout(params["name"], params["state_dir"], params["port_base"], *([node.ADDRESS] if real else []))
        asked = {*params["servers"], *(NEEDS[server] for server in params["servers"] if server in NEEDS)}
        servers = tuple(server for server in SERVERS if server in asked)
        return cls(
            layout, Cache(params["cache"]), params["files"], params["kubernetes"], servers, real, 0 if real else params["nodes"],
            params["vault_bin"] or "", params.get("keycloak_archive") or "",
            params.get("realm") or "",
        )

    def recipes(self) -> dict[str, Recipe]:
        """Returns the recipes that this choice needs."""
        names = ["supervisor", "kubectl", *(name for server in self.servers for name in ARTIFACTS.get(server, ()))]
        if self.kubernetes == "build":
            names += ["kubernetes", *(REAL if self.real else ("kwok",))]
        names += ["jdk"] if self.own_jdk() else []
        return load(self.files, [name for name in names if not (name == "openbao" and self.vault_bin)])

    def own_jdk(self) -> bool:
        """Tells whether Keycloak runs on the lock's Java: the machine has none that is new enough, and Maven, which needs one, is not about to bring it.

        One that is in the cache already is kept to: a Java that appears on the machine is no reason to restart Keycloak.
        """
        if "keycloak" not in self.servers:
            return False
        locked = load(self.files, ["jdk"])["jdk"]
        return self.cache.has(locked.folder) or not (java.find() or self._maven())

    def _maven(self) -> list[str]:
        """Returns the package that Keycloak is fetched with, while it has to be fetched and the machine lacks that."""
        if "keycloak" not in self.servers or self.keycloak_archive or shutil.which("mvn"):
            return []
        return [] if self.cache.has(load(self.files, ["keycloak"])["keycloak"].folder) else ["maven"]

    def java(self) -> str:
        """Returns the path of the Java that Keycloak runs on, empty when there is no Keycloak."""
        if "keycloak" not in self.servers:
            return ""
        locked = load(self.files, ["jdk"])["jdk"]
        return self.cache.path(locked.folder, locked.files["java"]) if self.own_jdk() else java.find() or "java"

    def packages(self) -> list[str]:
        """Returns the Debian packages that have to be installed."""
        return sorted({package for server in self.servers for package in PACKAGES.get(server, ())} | set(self._maven()))

    def ports(self) -> list[str]:
        """Returns the servers whose ports this choice uses."""
        if self.real:
            return []  # a network namespace of its own has all ports to itself
        names = [name for server in self.servers for name in (server, *PORTS.get(server, ()))]
        control_plane = ["etcd", "etcd-peer", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]
        return names + (control_plane if self.kubernetes == "build" else [])


def is_vault(binary: str) -> bool:
    """Tells whether a binary is HashiCorp Vault rather than OpenBao. Raises LabError when it can't be run."""
    try:
        said = call([binary, "version"], timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LabError(f"VAULT_BIN is {binary}, which can't be run: {error}. Give the path of a Vault or OpenBao binary, or unset it.") from error
    return said.startswith("Vault")


def folders(options: Options, recipes: dict[str, Recipe]) -> dict[str, str]:
    """Returns each recipe's folder in the cache."""
    return {name: options.cache.path(recipe.folder) for name, recipe in recipes.items()}


def programs(options: Options, recipes: dict[str, Recipe], values: dict[str, dict[str, t.Any]]) -> list[Program]:
    """Returns the instance's programs, in their order of start. values: the credentials by system."""
    layout = options.layout
    tools = folders(options, recipes)
    tools["openbao"] = options.vault_bin or os.path.join(tools.get("openbao", ""), "bao")
    found = kubernetes.programs(layout, tools, options.realm if "keycloak" in options.servers else "") if options.kubernetes == "build" else []
    if options.real:
        found = [node.enter(layout, program) for program in found] + node.programs(layout, tools)
    if "openbao" in options.servers:
        found.append(services.openbao(layout, tools, not (options.vault_bin and is_vault(options.vault_bin))))
    if "postgres" in options.servers:
        found.append(services.postgres(layout, {"postgres": database.programs(layout)}))
    if "keycloak" in options.servers:
        tools["java"] = options.java()
        found.append(keycloak.keycloak(layout, tools, values["keycloak"], values["postgres-keycloak"]))
    if "registry" in options.servers:
        login = values["registry"]
        htpasswd = credentials.htpasswd(layout, login["username"], login["password"])
        found.append(services.registry(layout, {"registry": os.path.join(tools["docker-registry"], "docker-registry")}, htpasswd))
    if "s3" in options.servers:
        login = values["s3"]
        binary = {"versitygw": os.path.join(tools["versitygw"], "versitygw")}
        found.append(services.s3(layout, binary, login["access_key"], login["secret_key"], login["region"]))
    return sorted(found, key=lambda program: program.wave)


def supervisor(options: Options, recipes: dict[str, Recipe]) -> Supervisor:
    """Returns how to talk to the instance's supervisord."""
    python = options.cache.path(recipes["supervisor"].folder, "bin", "python")
    return Supervisor(options.layout, (python, "-m", "supervisor.supervisord"))


def instance(options: Options, progress: Progress) -> Instance:
    """Returns the instance that the options describe."""
    recipes = options.recipes()
    nodes = [f"lab-node-{number}" for number in range(1, options.nodes + 1)]
    logins = {name: pair for name, pair in credentials.desired(options.layout).items() if credentials.chosen(name, options.servers)}
    found = programs(options, recipes, {system: pair[0] for system, pair in logins.items()})
    api = Cluster(kubectl(options, recipes), options.layout.path("kubeconfig"))
    keeper = supervisor(options, recipes)
    kept = [pair[1] for pair in logins.values()] + supervise.helpers(options.layout, keeper.command)
    kept += [credentials.passphrase(options.layout)] if "openbao" in options.servers else []
    return Instance(options.layout, found, kept, keeper, api, progress, nodes)


def kubectl(options: Options, recipes: dict[str, Recipe]) -> str:
    """Returns the path of kubectl."""
    return options.cache.path(recipes["kubectl"].folder, "kubectl")


def cluster_name(options: Options) -> str:
    """Returns the name of the instance's cluster in kind or k3d."""
    return f"unifiedmeta-{options.layout.name}"
