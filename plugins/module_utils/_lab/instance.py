# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One lab instance brought to its desired state: plan first, then write, restart what has a reason, wait, finish.

The plan is a list of changes (what, action, why); check mode returns it and stops there.
"""
from __future__ import annotations

import base64
import contextlib
import json
import os
import typing as t
from dataclasses import dataclass, field

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import (
    cluster,
    credentials,
    database,
    files,
    kubernetes,
    pki,
    processes,
    ready,
    supervise,
)
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.files import Directory, File
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import MARKER, Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.program import Program
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.progress import Progress
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.supervise import Supervisor, configuration

FOLDERS = (("", 0o711), ("pki", 0o711), ("config", 0o700), ("credentials", 0o700), ("log", 0o700), ("audit", 0o700), ("bin", 0o700), ("pending", 0o700))


UP = ("RUNNING", "STARTING", "BACKOFF")
OTHER, GONE, DOWN = ("restart", "its command or settings changed"), ("stop", "it is not wanted any more"), "it does not run"


@dataclass
class Plan:
    """What is going to happen: changes for people, and for each program the reasons to restart it."""

    changes: list[dict[str, str]] = field(default_factory=list)
    diffs: list[dict[str, t.Any]] = field(default_factory=list)
    restarts: dict[str, list[str]] = field(default_factory=dict)

    def add(self, what: str, action: str, why: str = "") -> None:
        """Notes a change."""
        self.changes.append({"object": what, "action": action, **({"reason": why} if why else {})})

    def restart(self, program: str, why: str) -> None:
        """Notes a reason to restart a program."""
        self.restarts.setdefault(program, []).append(why)


class Instance:
    """A layout with its programs. logins: the credentials files; supervisor, api: how to talk to supervisord and to the cluster; nodes: the fake ones."""

    def __init__(
        self, layout: Layout, programs: list[Program], logins: list[File], supervisor: Supervisor, api: cluster.Cluster, progress: Progress,
        nodes: t.Sequence[str],
    ) -> None:
        self.layout, self.programs, self.logins, self.nodes = layout, programs, logins, nodes
        self.supervisor, self.cluster, self.progress = supervisor, api, progress
        self.conf = File(layout.path("supervisord.conf"), configuration(layout, programs))
        self.old = supervise.sections(files.read(self.conf.path) or "")
        self.has_api = any(program.name == "kube-apiserver" for program in programs)

    # --- folders, certificates, files -----------------------------------------------------------------------------------------
    def prepare(self, plan: Plan, check: bool) -> None:
        """Brings folders, certificates and files to their desired state; notes which program has to be restarted for it."""
        wanted = [Directory(self.layout.path(name) if name else self.layout.state, mode) for name, mode in FOLDERS]
        for directory in [*wanted, *(d for program in self.programs for d in program.directories)]:
            why = files.differs(directory)
            if why:
                plan.add(directory.path, "create" if why == "missing" else "update", why)
                if not check:
                    files.make(directory)
        self._put(File(self.layout.path(MARKER), f"{self.layout.name}\n", mode=0o644), plan, check)
        self._put(File(self.layout.path("port_base"), f"{self.layout.port_base}\n", mode=0o644), plan, check)
        self._certificates(plan, check)
        for file in self.logins:
            self._put(file, plan, check)
        for program in self.programs:
            for link in program.links:
                why = files.differs(link)
                if why:
                    plan.add(link.path, "create" if why == "missing" else "update", why)
                    if not check:
                        files.point(link)
            for file in program.files:
                self._put(file, plan, check, program.name)
        if self.has_api:
            self._kubeconfig(plan, check)
        self._put(self.conf, plan, check)

    def _put(self, file: File, plan: Plan, check: bool, program: str = "") -> None:
        why = files.differs(file)
        if not why:
            return
        plan.add(file.path, "create" if why == "missing" else "update", why)
        plan.diffs.append(files.diff(file, why))
        if program and why != "missing":
            self._because(program, f"{os.path.basename(file.path)}: {why}", plan, check)
        if not check:
            files.write(file)

    def _because(self, program: str, why: str, plan: Plan, check: bool) -> None:
        """Notes the reason on disk before the file is written: a run killed in between restarts the program the next time."""
        if not check:
            place = self.layout.path("pending", program)
            files.write(File(place, (files.read(place) or "") + why + "\n"))
        plan.restart(program, why)

    def _certificates(self, plan: Plan, check: bool) -> None:
        for file in pki.authority(self.layout):
            self._put(file, plan, check)
        leaves = [(program.name, leaf) for program in self.programs for leaf in program.leaves]
        leaves += [("", leaf) for leaf in kubernetes.client_leaves(self.layout)] if self.has_api else []
        for program, leaf in leaves:
            pem = files.read(self.layout.cert(leaf.name))
            why = pki.fault(pem, files.read(pki.authority_file(self.layout, leaf.authority)), leaf)
            if why is None and not pki.key_matches(files.read(self.layout.key(leaf.name)), pem):
                why = "its key does not fit"
            if why is None:
                continue
            plan.add(self.layout.cert(leaf.name), "create" if why == "missing" else "update", why)
            if program and why != "missing":
                self._because(program, f"certificate {leaf.name}: {why}", plan, check)
            if not check:
                for file in pki.issue(self.layout, leaf):
                    files.write(file)

    def _kubeconfig(self, plan: Plan, check: bool) -> None:
        """Brings the administrator's kubeconfig in line with the certificate, which check mode has not issued yet."""
        place = self.layout.path("kubeconfig")
        renewed = any(change["object"] == self.layout.cert("admin") for change in plan.changes)
        if check and renewed and os.path.exists(place):
            plan.add(place, "update", "content differs")
        else:
            self._put(self._admin(), plan, check)

    def _admin(self) -> File:
        data = {"ca": self.layout.ca, "cert": self.layout.cert("admin"), "key": self.layout.key("admin")}
        embedded = {name: base64.b64encode((files.read(path) or "").encode()).decode() for name, path in data.items()}
        return File(self.layout.path("kubeconfig"), kubernetes.kubeconfig(self.layout, "admin", embedded), secret=True)

    # --- processes ---------------------------------------------------------------------------------------------------------------
    def converge(self, plan: Plan, check: bool) -> None:
        """Makes supervisord run the programs, restarting only those that have a reason, wave by wave, each ready before the next wave."""
        alive = self.supervisor.alive()
        self._pending(plan)
        if not alive:
            left = processes.members(self.layout.state)
            plan.add("supervisord", "start", f"it does not run; {len(left)} servers that it left behind are ended first" if left else "it does not run")
        if check:
            self._foresee(plan, self.supervisor.programs() if alive else {})
            return
        if not alive:
            processes.end(self.layout.state)
            self.supervisor.start_daemon()
        added, changed, removed = self.supervisor.reread()
        known = self.supervisor.programs()
        for name in [*removed, *changed]:
            self.supervisor.forget(name)
            plan.add(name, *(OTHER if name in changed else GONE))
        for name in sorted({*added, *changed}):
            self.supervisor.add(name)
        for name, reasons in sorted(plan.restarts.items()):
            if name in known and name not in changed:
                plan.add(name, "restart", "; ".join(reasons))
                self.supervisor.stop(name)
        self._start(plan, set(changed) | (set(plan.restarts) & set(known)))

    def _folder(self) -> str:
        """Returns the folder of PostgreSQL's programs, empty when the instance has no PostgreSQL."""
        return next((os.path.dirname(program.argv[0]) for program in self.programs if program.name == "postgres"), "")

    def _pending(self, plan: Plan) -> None:
        """Takes over the reasons that a killed run left."""
        for program in self.programs:
            for why in (files.read(self.layout.path("pending", program.name)) or "").splitlines():
                if why not in plan.restarts.get(program.name, []):
                    plan.restart(program.name, why)

    def _foresee(self, plan: Plan, known: dict[str, dict[str, t.Any]]) -> None:
        """Plans as ``converge`` does, from what supervisord would find in the new configuration."""
        new = supervise.sections(self.conf.content)
        for name in sorted(set(known) - set(new)):
            plan.add(name, *GONE)
        changed = sorted(name for name in set(known) & set(new) if self.old.get(name) != new[name])
        for name in changed:
            plan.add(name, *OTHER)
        for name, reasons in sorted(plan.restarts.items()):
            if name in known and name not in changed:
                plan.add(name, "restart", "; ".join(reasons))
        up = {name for name, info in known.items() if info["statename"] in UP}
        for group in self._waves():
            for program in group:
                if program.name not in {*up, *changed, *plan.restarts}:
                    plan.add(program.name, "start", DOWN)
            if any(program.name == "postgres" for program in group):
                stays = "postgres" in up and "postgres" not in {*changed, *plan.restarts}
                if stays or not database.exists(self.layout):
                    self._roles(plan, check=True, live=stays)

    def _waves(self) -> list[list[Program]]:
        """Returns the programs in groups, in their order of start."""
        return [[program for program in self.programs if program.wave == wave] for wave in sorted({program.wave for program in self.programs})]

    def _start(self, plan: Plan, restarted: set[str]) -> None:
        for group in self._waves():
            states = self.supervisor.programs()
            down = [p for p in group if states[p.name]["statename"] not in UP]
            for program in down:
                if program.name == "postgres":
                    self._free_postgres()
                self.supervisor.start(program.name)
                if program.name not in restarted:
                    plan.add(program.name, "start", DOWN)
            needed = [program for program in group if not program.slow]
            names = ", ".join(program.name for program in down if not program.slow)
            with self.progress.step(f"starting {names}") if names else contextlib.nullcontext():
                ready.wait(self.layout, self.supervisor, needed)
            self._settled(needed)
            if any(program.name == "postgres" for program in group):
                self._roles(plan)

    def settle(self, patient: bool = True) -> None:
        """Waits for the slow programs, which nothing else had to wait for; a caller that isn't patient leaves that to those who use them."""
        slow = [program for program in self.programs if program.slow]
        if not patient:
            self._settled(slow)
            return
        late = [program.name for program in slow if ready.answers(self.layout, program.probe)]
        with self.progress.step("waiting for " + ", ".join(late)) if late else contextlib.nullcontext():
            ready.wait(self.layout, self.supervisor, slow, max((program.slow for program in slow), default=0.0))
        self._settled(slow)

    def _settled(self, programs: t.Iterable[Program]) -> None:
        """Forgets the reasons to restart programs: they run, with what is on the disk."""
        for program in programs:
            if os.path.exists(self.layout.path("pending", program.name)):
                os.unlink(self.layout.path("pending", program.name))

    def _free_postgres(self) -> None:
        stale = database.stale_lock(self.layout)
        if stale:
            os.unlink(stale)

    # --- what only a running server can be given -------------------------------------------------------------------------------
    def _roles(self, plan: Plan, check: bool = False, live: bool = True) -> None:
        """Gives PostgreSQL's roles their passwords, before the servers start that log in with them. live: False where the cluster is still to be made."""
        folder, kept = self._folder(), {file.path for file in self.logins}
        values = {
            role: self._login(system).get("password", "") for role, system in database.LOGINS.items() if credentials.path(self.layout, system) in kept
        }
        for role in database.wrong_roles(self.layout, folder, values) if live else values:
            if not check:
                database.set_role(self.layout, folder, role, values[role])
            plan.add(f"PostgreSQL role {role}", "update", "missing, or not the password of its credentials file")

    def finish(self, plan: Plan, check: bool = False) -> None:
        """Makes what the cluster should hold. Check mode looks into one that runs, and takes one that doesn't for empty when it has never run."""
        live = not check or (self.supervisor.alive() and not plan.changes)
        if not live and os.path.exists(self.layout.path("etcd", "member")):
            return
        login = {"username": "", "password": "", **self._login("postgres-openbao")} if self._folder() else None
        nodes = [kubernetes.fake_node(name) for name in self.nodes] if self.has_api else []
        for what, path, body in cluster.wanted(nodes, login):
            if not live or self.cluster.get(f"{path}/{body['metadata']['name']}") is None:
                plan.add(what, "create", "missing")
                if not check:
                    self.cluster.create(path, body)

    def _login(self, system: str) -> dict[str, t.Any]:
        return json.loads(files.read(credentials.path(self.layout, system)) or "{}")
