# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kubernetes objects brought to what a list of manifests says, by server-side apply: read in bulk, plan, apply concurrently, wait.

Source: Kubernetes API concepts, «Server-Side Apply» and «Dry-run». A patch with dryRun=All is a write request to the audit log, so it's
used only for objects that are seen to differ: there the server itself says what would become of them.
"""

from __future__ import annotations

import time
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _plan
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, Http
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes import objects
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes.discovery import Resource, discover

_APPLY = {"Content-Type": "application/apply-patch+yaml"}
_POLL = 0.5
_SERVED = 20.0


class Reconciler:
    """``manifests``: what there shall be; ``scope``: whose they are; ``manager``: field manager; ``adopt``: take over what others made."""

    def __init__(self, http: Http, manifests: t.Sequence[dict], scope: str, *, manager: str = "unifiedmeta", adopt: bool = False,
                 prune: bool = False):
        self.http, self.scope, self.manager = http, scope, manager
        self.adopt, self.prune = adopt, prune
        self.resources: dict[tuple[str, str], Resource] = {}
        self.wanted = {objects.key(manifest): objects.desired(manifest, scope) for manifest in manifests}
        self.live: dict[objects.Key, t.Any] = {}

    # --- reading -----------------------------------------------------------------------------------------------------------------
    def read(self) -> list[str]:
        """What exists of it: one list a kind for what carries our label, one GET for each object that isn't among them. Faults as sentences."""
        self.resources = discover(self.http)
        faults = self._unknown()
        if faults:
            return faults
        kinds = self._kinds()
        for kind, lister in zip(kinds, self.http.map(self._list, kinds)):
            for item in lister:
                # Items of a list don't tell what they are.
                item.update(apiVersion=kind[0], kind=kind[1])
                self.live[objects.key(item)] = item
        absent = [key for key in self.wanted if key not in self.live and key[:2] in self.resources]
        for key, found in zip(absent, self.http.map(self._get, absent)):
            if found is not None:
                self.live[key] = found
        return []

    def _unknown(self) -> list[str]:
        coming = {(f"{one['spec']['group']}/{version['name']}", one["spec"]["names"]["kind"]) for key, one in self.wanted.items()
                  if key[1] == "CustomResourceDefinition" for version in one["spec"]["versions"]}
        faults = []
        for key in self.wanted:
            found = self.resources.get(key[:2])
            if found is None and key[:2] not in coming:
                known = [kind for _api, kind in self.resources]
                faults.append(f"{key[1]} {objects.title(key)}: the cluster has no kind {key[1]} in {key[0]}{_plan.suggestion(key[1], known)}; "
                              "install its CRD first, or correct it")
            elif found is not None and found.namespaced != bool(key[2]):
                wrong = "it needs metadata.namespace" if found.namespaced else "it lives in no namespace; leave metadata.namespace out"
                faults.append(f"{key[1]} {objects.title(key)}: {wrong}")
        return faults

    def _kinds(self) -> list[tuple[str, str]]:
        return sorted({key[:2] for key in self.wanted if key[:2] in self.resources})

    def _list(self, kind: tuple[str, str]) -> list[dict]:
        def following(response: t.Any, _found: list, params: dict) -> dict | None:
            token = (response.json().get("metadata") or {}).get("continue")
            return {**params, "continue": token} if token else None

        params = {"labelSelector": f"{objects.SCOPE_LABEL}={self.scope}", "limit": 500}
        return list(self.http.pages(self.resources[kind].collection(), following, params=params, items="items", what=f"list of {kind[1]}"))

    def _get(self, key: objects.Key) -> dict | None:
        return self.http.get(self.resources[key[:2]].path(key[2], key[3]), missing_ok=True, what=f"{key[1]} {objects.title(key)}")

    # --- planning ----------------------------------------------------------------------------------------------------------------
    def plan(self) -> _plan.Planned:
        """Creates, updates, adoptions, deletes; conflicts are objects of others that differ. Updates are what the server's dry run says."""
        made = _plan.Planned()
        unclear = [key for key, wanted in self.wanted.items() if key in self.live and not objects.same(self.live[key], wanted)]
        rehearsed = dict(zip(unclear, self.http.map(self._rehearse, unclear)))
        for key, wanted in self.wanted.items():
            live = self.live.get(key)
            if live is None:
                made.changes.append(self._change("create", key, None, objects.shown(wanted), "it doesn't exist"))
            elif key in rehearsed:
                self._judge(made, key, live, rehearsed[key])
        made.changes += self._deletes()
        return made

    def _rehearse(self, key: objects.Key) -> dict | str:
        """The object as it would be, or why the server refuses it."""
        try:
            return self._apply(key, dry_run=True)
        except ApiError as error:
            return str(error)

    def _judge(self, made: _plan.Planned, key: objects.Key, live: dict, after: dict | str) -> None:
        name = f"{key[1]} {objects.title(key)}"
        if isinstance(after, str):
            made.faults.append(after)
            return
        old, new = objects.differences(objects.shown(live), objects.shown(after))
        if objects.shown(live) == objects.shown(after) and (live.get("data") == after.get("data") or key[1] != "Secret"):
            return
        ours = (live["metadata"].get("labels") or {}).get(objects.SCOPE_LABEL)
        if ours == self.scope:
            made.changes.append(self._change("update", key, old, new, "it differs"))
        elif ours and not self.adopt:
            made.conflicts.append(f"{name} belongs to the scope «{ours}»; leave it out, or set adopt")
        elif not _beyond_marks(new) and not _beyond_marks(old):
            return  # Somebody else's, and as we want it: it stays theirs.
        elif self.adopt:
            made.changes.append(self._change("adopt", key, old, new, "it was made by somebody else"))
        else:
            fields = ", ".join(sorted(_beyond_marks(new) | _beyond_marks(old)))
            made.conflicts.append(f"{name} exists, wasn't made by this scope and differs ({fields}); leave it out, or set adopt")

    def _deletes(self) -> list[_plan.Change]:
        if not self.prune:
            return []
        gone = sorted(key for key, live in self.live.items() if key not in self.wanted and not live["metadata"].get("deletionTimestamp"))
        return [self._change("delete", key, objects.shown(self.live[key]), None, "it isn't declared any more") for key in gone]

    def _change(self, action: str, key: objects.Key, before: dict | None, after: dict | None, reason: str) -> _plan.Change:
        space = _plan.Change("create", "Namespace", key[2]).key
        order = 9 - objects.wave(key[1]) if action == "delete" else objects.wave(key[1])
        return _plan.Change(action, key[1], objects.title(key), before, after, reason, wave=order, needs=(space,) if key[2] else ())

    # --- writing -----------------------------------------------------------------------------------------------------------------
    def _apply(self, key: objects.Key, dry_run: bool = False) -> dict:
        # Fields that somebody else's tool set on an object of ours are taken back; objects of others get this far in a dry run or by adopt only.
        params = {"fieldManager": self.manager, "fieldValidation": "Strict", "force": "true"}
        if dry_run:
            params["dryRun"] = "All"
        path = self.resources[key[:2]].path(key[2], key[3])
        return self.http.patch(path, json=self.wanted[key], params=params, headers=_APPLY, idempotent=True, write=not dry_run,
                               what=f"{key[1]} {objects.title(key)}")

    def apply(self, changes: t.Sequence[_plan.Change]) -> list[_plan.Outcome]:
        """Carry the plan out; a kind whose CRD came with it is looked up when it's there."""
        by_name = {(key[1], objects.title(key)): key for key in [*self.live, *self.wanted]}

        def one(change: _plan.Change) -> None:
            key = by_name[change.kind, change.name]
            if change.action == "delete":
                self.http.delete(self.resources[key[:2]].path(key[2], key[3]), params={"propagationPolicy": "Background"}, missing_ok=True,
                                 what=f"{key[1]} {change.name}")
                return
            self._meet(key)
            self.live[key] = self._apply(key)

        return _plan.execute(changes, one, self.http.map, (ApiError,))

    def _meet(self, key: objects.Key) -> None:
        """A kind whose definition was made a moment ago is served a moment later."""
        deadline = time.monotonic() + _SERVED
        while key[:2] not in self.resources:
            self.resources = discover(self.http)
            if key[:2] in self.resources:
                return
            if time.monotonic() > deadline:
                raise ApiError(self.http.system, what=f"{key[1]} {objects.title(key)}", hint="look at the definition's conditions, then run again",
                               detail=f"{key[0]} isn't served {_SERVED:.0f} s after its definition was made")
            time.sleep(_POLL)

    def wait(self, seconds: float) -> list[str]:
        """Until everything declared does its work; what doesn't in time, a sentence each."""
        deadline = time.monotonic() + seconds
        pending: list[objects.Key] = list(self.wanted)
        while True:
            pending = [key for key in pending if objects.ready(self.live.get(key))]
            if not pending or time.monotonic() > deadline:
                return [f"{key[1]} {objects.title(key)}: {objects.ready(self.live.get(key))} after {seconds:.0f} s" for key in pending]
            time.sleep(_POLL)
            for key, found in zip(pending, self.http.map(self._get, pending)):
                self.live[key] = found


def _beyond_marks(part: dict[str, t.Any]) -> set[str]:
    """Top-level fields that differ, our own label and annotation apart."""
    found = {name for name in part if name != "metadata"}
    for name, value in (part.get("metadata") or {}).items():
        if name in ("labels", "annotations"):
            found |= {f"metadata.{name}"} if set(value or {}) - {objects.SCOPE_LABEL, objects.DIGEST} else set()
        else:
            found.add(f"metadata.{name}")
    return found
