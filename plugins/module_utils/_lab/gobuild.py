# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Programs built from Go modules: the role's go.mod and go.sum pin and verify every module below them."""
from __future__ import annotations

import os
import re
import shutil
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.command import call, run
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.recipes import GO_FLAGS, MAIN_MODULE, Recipe, linker_flags

ADVICE = (
    "Check that this machine reaches its Go module proxy (go env GOPROXY), that the disk has room (go env GOCACHE GOMODCACHE), and run again: "
    "what is already compiled is kept."
)
MINIMUM = (1, 26)  # what kwok's go.mod asks for
KUBERNETES = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "etcd")
STAGES = (
    "kustomize/stage/node/fast/node-initialize.yaml", "kustomize/stage/node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
    "kustomize/stage/pod/fast/pod-ready.yaml", "kustomize/stage/pod/fast/pod-complete.yaml", "kustomize/stage/pod/fast/pod-delete.yaml",
)


def go_version(text: str) -> tuple[int, int] | None:
    """Returns (major, minor) from the output of ``go version``, None where it has none."""
    match = re.search(r"go version go(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match else None


def find_go(path: str | None = None) -> str | None:
    """Returns the machine's own Go when it is new enough (in PATH, or at its usual place), else None."""
    for candidate in (shutil.which("go", path=path), "/usr/local/go/bin/go"):
        if candidate and os.access(candidate, os.X_OK):
            said = call([candidate, "version"], cwd="/", env={**os.environ, "GOTOOLCHAIN": "local"})
            if (go_version(said.stdout) or (0, 0)) >= MINIMUM:
                return candidate
    return None


def proxy_without_direct(value: str) -> str:
    """Returns a GOPROXY less ``direct``: a module that the proxy lacks would be looked for at its origin, and hang behind a firewall."""
    kept = [part for part in re.split(r"[,|]", value) if part and part != "direct"]
    return ",".join(kept) or "off"


def environment(go: str) -> dict[str, str]:
    """Returns the environment of a build: the machine's, with the settings that make it repeatable."""
    said = call([go, "env", "GOPROXY"], cwd="/")
    home = os.environ.get("HOME") or "/root"
    return {
        **os.environ, "HOME": home, "GOPROXY": proxy_without_direct(said.stdout.strip()), "GOFLAGS": "-mod=readonly -buildvcs=false",
        "GOTOOLCHAIN": "local", "CGO_ENABLED": "0", "GOWORK": "off",
    }


class Counter:
    """Counts what a build prints, and words it: modules fetched, packages compiled."""

    def __init__(self) -> None:
        self.modules = self.packages = 0

    def line(self, text: str) -> None:
        """Takes one line of the build's standard error."""
        if text.startswith("go: downloading"):
            self.modules += 1
        elif re.fullmatch(r"[\w.~/-]+", text):
            self.packages += 1

    def words(self, total: int) -> str:
        """Returns how far the build is."""
        if self.packages:
            return f"{self.packages} packages compiled, of {total} less those that an earlier run compiled"
        return f"{self.modules} modules fetched" if self.modules else ""


def build(recipe: Recipe, go: str, work: str, say: t.Callable[[Counter, list[int]], None]) -> dict[str, t.Any]:
    """Builds the recipe's programs into ``work``; ``say`` gets the counter and a list that will hold the total. Raises LabError."""
    source, temporary = os.path.join(work, "source"), os.path.join(work, "tmp")
    shutil.copytree(recipe.source, source)
    os.mkdir(temporary)
    env = {**environment(go), "GOTMPDIR": temporary}  # a killed build's files go with the folder, not into /tmp
    counter, total = Counter(), [0]
    say(counter, total)
    for name, package in recipe.files.items():
        listed = run([go, "list", "-deps", "-f", "{{.ImportPath}}", package], ADVICE, env=env, cwd=source, on_line=counter.line)
        total[0] = len(listed.splitlines())
        flags = [*GO_FLAGS[recipe.name], "-ldflags", linker_flags(recipe.name, recipe.version)]
        run([go, "build", "-v", *flags, "-o", os.path.join(work, name), package], ADVICE, env=env, cwd=source, on_line=counter.line)
    _extras(recipe, go, work, source, env)
    shutil.rmtree(source)
    shutil.rmtree(temporary)
    return {"go": call([go, "version"], cwd="/").stdout.strip()}


def _extras(recipe: Recipe, go: str, work: str, source: str, env: dict[str, str]) -> None:
    """Adds the names that the one Kubernetes binary answers to, and kwok's stage files."""
    if recipe.name == "kubernetes":
        for name in KUBERNETES:
            os.symlink("kubernetes", os.path.join(work, name))
    if recipe.name == "kwok":
        module = run([go, "list", "-m", "-f", "{{.Dir}}", MAIN_MODULE["kwok"]], ADVICE, env=env, cwd=source).strip()
        os.mkdir(os.path.join(work, "stages"))
        for path in STAGES:
            if not os.path.exists(os.path.join(module, path)):
                raise LabError(f"kwok's module holds no {path}: its layout changed, so the recipe must change with the version.")
            shutil.copyfile(os.path.join(module, path), os.path.join(work, "stages", os.path.basename(path)))
