# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The run of vault_config: validate, read, plan, refuse or apply, note down."""

from __future__ import annotations

import base64
import re
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _plan, _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, Http
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import CasMismatch, ForeignLedger, Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import plan as planner
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import upgrade
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import world as worlds
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import LEDGER_MOUNT, LedgerStore, Vault
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.apply import Apply, fingerprints, is_write_only
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.desired import parse
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.model import Desired
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.references import missing_references

EXPECTED = (ApiError, CasMismatch, ForeignLedger, _secrets.SecretError)
_SCOPE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")


class Reconciler:
    """One run. ``options``: the module's parameters. ``register``: called with every secret that is read. ``kubernetes``: makes the
    cluster's client, when it is needed. ``own_policies``: the policies of the token that a login made, as far as it told."""

    def __init__(self, vault: Vault, options: dict[str, t.Any], register: t.Callable[[str], t.Any] = lambda value: None,
                 kubernetes: t.Callable[[], Http] | None = None, own_policies: t.Callable[[], t.Collection[str]] = tuple):
        self.vault, self.options, self.kubernetes, self.own_policies = vault, options, kubernetes, own_policies
        readers = {"vault": self._read_secret, **({"kubernetes": self._read_kubernetes} if kubernetes else {})}
        self.resolver = _secrets.Resolver(readers, register)
        self.desired, self.world = Desired(), worlds.World()
        self.work = planner.Work()
        # True while our own policy is too old to see everything.
        self.blind = False
        self.outcomes: list[_plan.Outcome] = []

    def run(self, check: bool) -> dict[str, t.Any]:
        """The module's result. Raises Refused, Unforeseeable (in check mode), ApiError and the other EXPECTED; after a partial failure
        the outcomes are in ``.outcomes``."""
        desired = self.desired = parse(self.options["config"])
        if not _SCOPE.fullmatch(self.options["scope"]):
            desired.faults.append(f"scope: «{self.options['scope']}» can't be one; use letters, digits, - _ and .")
        if desired.faults:
            raise _plan.Refused("The configuration is wrong; nothing was done", desired.faults + self._more_faults())
        empty = self._is_empty(check)
        store = LedgerStore(self.vault)
        ledger = Ledger(None if empty else store, "vault", self.options["scope"], self.options["site"] or "")
        prints, early, warnings = None, upgrade.Early(), []
        if not empty:
            self.world = worlds.base(self.vault, desired)
            store.mounted = LEDGER_MOUNT in self.world.mounts
            if store.mounted:
                ledger.load()
                prints = fingerprints(store, make=False) if any(map(is_write_only, desired.items.values())) else None
            early = upgrade.fill(self.vault, desired, ledger, self.world, self._own_policies, self.options["adopt"])
            self.blind, warnings = bool(early.policies), early.warnings()
        planned = self._plan(desired, ledger, prints, check)
        if early.policies and not check:
            warnings = [upgrade.update(self.vault, early)]
            self.blind, self.world = False, worlds.World(self.world.mounts, self.world.auths, self.world.policies, self.world.audits)
            worlds.fill(self.vault, desired, ledger, self.world)
            planned = self._plan(desired, ledger, prints, check)
        if planned.changes and not check:
            self._carry_out(desired, ledger, store, prints)
        return _plan.result(planned.changes, self.vault.http.stats.as_dict(), warnings + planned.warnings, plan_file=self.options.get("plan_file"),
                            name=f"vault_config-{self.options['scope']}")

    def _plan(self, desired: Desired, ledger: Ledger, prints: _secrets.Fingerprints | None, check: bool) -> _plan.Planned:
        """Raises Refused where the plan may not be carried out."""
        self.work = planner.plan(desired, self.world, ledger, self._values(desired, check), prints, planner.Options(
            self.options["adopt"], self.options["prune"], tuple(self.options["rotate"])))
        self._refuse(self.work.planned)
        return self.work.planned

    def _more_faults(self) -> list[str]:
        """References that lead nowhere, told together with what is wrong in itself, where the server can be asked."""
        try:
            return missing_references(self.desired, worlds.base(self.vault, self.desired))
        except (ApiError, ValueError):
            return []

    def _is_empty(self, check: bool) -> bool:
        """True for a Vault that isn't initialised, which check mode takes for an empty one. Raises ApiError where nothing can be done."""
        state = self.vault.find_active()
        if not state.get("initialized"):
            if check:
                return True
            raise ApiError(self.vault.http.system, detail="it is not initialised", hint="run vault_init first")
        if state.get("sealed"):
            if check:
                raise _plan.Unforeseeable(f"{self.vault.http.system} is sealed: what differs in it can't be foreseen before it is unsealed")
            raise ApiError(self.vault.http.system, status=503, detail="it is sealed", hint="unseal it, then run again")
        return False

    def _refuse(self, planned: _plan.Planned) -> None:
        if planned.faults:
            raise _plan.Refused("The configuration can't be applied; nothing was done", planned.faults)
        if planned.conflicts:
            raise _plan.Refused("Objects exist that are not ours and differ; nothing was done. Set adopt: true to take them over, or declare what is there",
                                planned.conflicts)
        _plan.guard([change for change in planned.changes if change.action == "delete"], self.options["max_deletes"])

    def _carry_out(self, desired: t.Any, ledger: Ledger, store: LedgerStore, prints: _secrets.Fingerprints | None) -> None:
        """Ledger, objects, ledger."""
        if any(name.startswith("hmac_") for facts in self.work.after.values() for name in facts) and prints is None:
            prints = fingerprints(store, make=True)
        if self.work.ahead:
            ledger.update(self.work.ahead)
        apply = Apply(self.vault, desired, self.world, ledger, self.work, self.resolver, prints)
        self.outcomes = _plan.execute(self.work.planned.changes, apply, self.vault.http.map, EXPECTED)
        ledger.update(apply.notes, apply.gone)
        if any(outcome.state != "done" for outcome in self.outcomes):
            raise _plan.Refused(_plan.failure(self.outcomes), ())

    def _own_policies(self) -> t.Collection[str]:
        """Asked only after a refusal; a login has told already."""
        return self.own_policies() or (self.vault.read("auth/token/lookup-self", "our token") or {}).get("policies") or ()

    # --- secrets -----------------------------------------------------------------------------------------------------------------
    def _values(self, desired: t.Any, check: bool) -> t.Callable[[_secrets.Reference], t.Any]:
        """A secret that this run makes or turns counts as existing, its value as unknown. In check mode one of Kubernetes may be made by an earlier task."""
        def value(reference: _secrets.Reference) -> t.Any:
            item = desired.items.get(f"secret:{reference.path}") if reference.scheme == "vault" else None
            if item and reference.key in item.extra["keys"]:
                seed = self.world.seeds.get(reference.path)
                born = seed is None or not seed.version or (not seed.deleted and reference.key not in (seed.keys or []))
                if born or f"{reference.path}#{reference.key}" in self.options["rotate"]:
                    return planner.UNKNOWN
            try:
                return self.resolver.get(reference)
            except (_secrets.SecretError, ApiError) as error:
                refused = isinstance(error, ApiError) and error.status == 403
                if (check and reference.scheme == "kubernetes") or (self.blind and refused):
                    return planner.UNKNOWN
                raise
        return value

    def _read_secret(self, path: str) -> dict | None:
        mount = self.world.kv_mount(path, self.desired) or path.split("/", maxsplit=1)[0]
        return self.vault.secret(mount, path[len(mount) + 1:])[0]

    def _read_kubernetes(self, path: str) -> dict | None:
        namespace, _slash, name = path.partition("/")
        found = self.kubernetes().get(f"api/v1/namespaces/{namespace}/secrets/{name}", missing_ok=True, what=f"Secret {path}")
        return None if found is None else {key: base64.b64decode(value).decode() for key, value in (found.get("data") or {}).items()}
