# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Desired objects against what is there: the plan. Pure: the same for check mode, diff and the run."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import MASK, Change, Planned, compare, prunable, suggestion
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import tables
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.fields import TYPES, normal
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.model import Desired, Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.references import missing_references
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.world import KINDS, World

SECRET_WAVE, DELETE_WAVE = 1, 10
# They go with what they belong to.
NOT_PRUNED = frozenset(("kv_config", "auth_config", "pki_urls", "pki_root", "pki_intermediate"))


class Unknown:
    """The value of a secret that this very run is going to make."""

    def __repr__(self) -> str:
        return MASK


UNKNOWN = Unknown()


@dataclass
class Options:
    """The module's options that change a plan; ``rotate``: keys of secrets as <mount>/<path>#<key>."""

    adopt: bool = False
    prune: str = "none"
    rotate: tuple[str, ...] = ()


@dataclass
class Work:
    """The plan and what the run needs to carry it out. ``send``: fields to write by key; ``notes``: facts for the ledger, before (``ahead``) and after."""

    planned: Planned = field(default_factory=Planned)
    send: dict[str, dict[str, t.Any]] = field(default_factory=dict)
    ahead: dict[str, dict] = field(default_factory=dict)
    after: dict[str, dict] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)


def plan(desired: Desired, world: World, ledger: Ledger, values: t.Callable[[_secrets.Reference], t.Any], prints: _secrets.Fingerprints | None,
         options: Options) -> Work:
    """``values(reference)``: a secret's value, or UNKNOWN; raises SecretError where there is none. ``prints`` None: no fingerprint was ever kept."""
    work = Work()
    work.planned.faults += missing_references(desired, world) + _bad_rotations(desired, options)
    for item in desired.items.values():
        if item.kind == "secret":
            _seed(work, item, world, ledger, options)
        elif item.kind == "audit":
            _audit(work, item, world, ledger, options)
        else:
            _object(work, item, world, ledger, values, prints, options)
    if options.prune == "owned":
        _prune(work, desired, world, ledger)
    work.planned.conflicts.sort()
    work.planned.changes.sort(key=lambda change: (change.wave, change.kind, change.name))
    return work


def _owned(item: Item, ledger: Ledger) -> bool:
    """A part of an object of ours is ours."""
    return ledger.owns(item.key) or (item.kind in NOT_PRUNED and any(ledger.owns(need) for need in item.needs if need.startswith(("mount:", "auth:"))))


@dataclass
class _Fields:
    """A declared object's fields, sorted: ``plain`` are compared with Vault's answer, ``secret`` are write-only, ``hidden`` must not be shown."""

    plain: dict[str, t.Any] = field(default_factory=dict)
    secret: dict[str, t.Any] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)


def _sorted_fields(item: Item, values: t.Callable, sends_password: bool, faults: list[str]) -> _Fields:
    """References become values, in the form of their type; what can't be resolved is a fault."""
    kind, found = KINDS[item.kind], _Fields()
    types = kind.fields(item)
    for name, declared in item.fields.items():
        value = declared
        if _secrets.holds_reference(declared):
            found.hidden.add(name)
            try:
                parts = {reference: values(reference) for reference in _secrets.references(declared)}
                value = UNKNOWN if UNKNOWN in parts.values() else TYPES[types[name]](_secrets.substitute(declared, parts.get))
            except (_secrets.SecretError, ValueError) as error:
                faults.append(f"{item.where}.{name}: {error}")
                continue
        if name in kind.write_only:
            if name != "password" or sends_password:
                found.secret[name] = value
            found.hidden.add(name)
        elif name not in kind.unseen:
            found.plain[name] = value
    return found


def _object(work: Work, item: Item, world: World, ledger: Ledger, values: t.Callable, prints: _secrets.Fingerprints | None, options: Options) -> None:
    kind, actual = KINDS[item.kind], world.objects.get(item.key)
    # After a rotation only Vault knows the database's password: the declared one would break the connection.
    rotated = actual is not None and ledger.fact(item.key, "root")
    fields = _sorted_fields(item, values, not rotated, work.planned.faults)
    seeds = tuple(f"secret:{ref.path}" for ref in _secrets.references(item.fields) if ref.scheme == "vault")
    order = {"wave": max(kind.wave, SECRET_WAVE + 1) if seeds else kind.wave, "needs": tuple(item.needs) + seeds}
    if actual is None:
        _create(work, item, fields, order)
    else:
        _update(work, item, fields, order, actual, ledger, prints, options)


def _create(work: Work, item: Item, fields: _Fields, order: dict) -> None:
    rotates = bool(item.extra.get("rotate_root"))
    shown = {name: MASK if name in fields.hidden else value for name, value in item.fields.items()}
    work.send[item.key] = dict(item.fields)
    work.ahead[item.key] = {"root": "started"} if rotates else {}
    work.after[item.key] = {**{f"hmac_{name}": name for name in fields.secret}, **({"root": "done"} if rotates else {})}
    work.planned.changes.append(Change("create", item.kind, item.name, None, {**shown, **({"rotate_root": True} if rotates else {})}, **order))


def _update(work: Work, item: Item, fields: _Fields, order: dict, actual: dict, ledger: Ledger, prints: _secrets.Fingerprints | None, options: Options) -> None:
    kind, differs = KINDS[item.kind], compare(fields.plain, actual)
    for name in [name for name in kind.fixed if name in differs]:
        was, wanted = differs.pop(name)
        work.planned.faults.append(f"{item.where}.{name}: the {kind.label} {item.name} has {was!r}, and it can't be changed to {wanted!r}; "
                                   "declare what is there, choose another name, or remove the object by hand")
    secrets = [name for name, value in fields.secret.items() if not _unchanged(item, name, value, ledger, prints)]
    turns = bool(item.extra.get("rotate_root")) and ledger.fact(item.key, "root") != "done"
    before = {name: MASK if name in fields.hidden else pair[0] for name, pair in differs.items()}
    after = {name: _origin(item.fields[name]) if name in fields.hidden else pair[1] for name, pair in differs.items()}
    before.update({**dict.fromkeys(secrets, MASK), **({"root_rotated": False} if turns else {})})
    after.update({**dict.fromkeys(secrets, f"{MASK} changed"), **({"root_rotated": True} if turns else {})})
    owned = _owned(item, ledger)
    if not owned and not options.adopt:
        if before:
            work.planned.conflicts.append(f"{kind.label} {item.name} exists, isn't ours and differs in {', '.join(sorted(before))}")
        return
    if owned and not before:
        return
    sent = [*differs, *secrets, *(kind.unseen if before else ())]
    work.send[item.key] = {name: item.fields[name] for name in sent if name in item.fields}
    if not owned or turns:
        work.ahead[item.key] = {"root": "started"} if turns else {}
    work.after[item.key] = {**{f"hmac_{name}": name for name in secrets}, **({"root": "done"} if turns else {})}
    action = "adopt" if not owned else "rotate" if set(before) == {"root_rotated"} else "update"
    work.planned.changes.append(Change(action, item.kind, item.name, before, after, **order))


def _origin(value: t.Any) -> str:
    """How a hidden value is shown: by where it comes from."""
    return f"{MASK} of {', '.join(str(reference) for reference in _secrets.references(value))}"


def _unchanged(item: Item, name: str, value: t.Any, ledger: Ledger, prints: _secrets.Fingerprints | None) -> bool:
    """Is a write-only field as we sent it last? Without a fingerprint nobody knows, so it is sent."""
    return prints is not None and value is not UNKNOWN and ledger.fact(item.key, f"hmac_{name}") == prints.of(f"{item.key}.{name}", value)


def _seed(work: Work, item: Item, world: World, ledger: Ledger, options: Options) -> None:
    """Made when missing, completed when keys are missing, otherwise left alone; values that are there always win."""
    seed, planned, names = world.seeds.get(item.name), work.planned, item.extra["keys"]
    turned = [name for name in names if f"{item.name}#{name}" in options.rotate]
    if seed is None or not seed.version:
        work.keys[item.key], work.ahead[item.key] = names, {}
        planned.changes.append(Change("create", "secret", item.name, None, dict.fromkeys(names, MASK), "", SECRET_WAVE, _holder(item, world)))
        return
    if seed.deleted:
        planned.warnings.append(f"secret {item.name}: its newest version ({seed.version}) was deleted in Vault, so it is left alone; "
                                "undelete it, or delete its metadata to have it made anew")
        if turned:
            planned.faults.append(f"rotate: the secret {item.name} is deleted in Vault; undelete it first")
        return
    missing = [name for name in names if name not in (seed.keys or [])]
    owned = ledger.owns(item.key)
    if not missing and not turned and (owned or not options.adopt):
        return
    work.keys[item.key] = sorted({*missing, *turned})
    if not owned and options.adopt:
        work.ahead[item.key] = {}
    before = dict.fromkeys(turned, MASK)
    after = {**dict.fromkeys(missing, MASK), **dict.fromkeys(turned, f"{MASK} new")}
    action = "rotate" if turned else "adopt" if not owned and options.adopt else "update"
    planned.changes.append(Change(action, "secret", item.name, before, after, "", SECRET_WAVE, _holder(item, world)))


def _holder(item: Item, world: World) -> tuple[str, ...]:
    parts = item.name.split("/")
    return tuple(f"mount:{'/'.join(parts[:length])}" for length in range(1, len(parts)) if "/".join(parts[:length]) not in world.mounts)


def _audit(work: Work, item: Item, world: World, ledger: Ledger, options: Options) -> None:
    """Vault takes audit devices by API, OpenBao in its server's configuration alone: there we can only check."""
    found, planned = world.audits.get(item.name), work.planned
    differs = [] if found is None else _audit_differs(item, found)
    if world.openbao:
        if found is None:
            planned.faults.append(f"{item.where}: OpenBao takes audit devices from its server's configuration only; "
                                  f"add «audit \"{item.fields.get('type')}\" \"{item.name}\"» there and reload the server")
        elif differs:
            planned.faults.append(f"{item.where}: the audit device in the server's configuration differs in {', '.join(differs)}; correct one of the two")
        return
    if found is None:
        work.send[item.key], work.ahead[item.key] = dict(item.fields), {}
        planned.changes.append(Change("create", "audit", item.name, None, dict(item.fields)))
    elif differs:
        planned.faults.append(f"{item.where}: the audit device exists and differs in {', '.join(differs)}; "
                              "Vault can't change one: disable it by hand first")
    elif options.adopt and not ledger.owns(item.key):
        work.ahead[item.key] = {}
        planned.changes.append(Change("adopt", "audit", item.name, {}, {}))


def _audit_differs(item: Item, found: dict) -> list[str]:
    """Declared fields that differ; of the options only the declared ones count, since the server adds its defaults."""
    actual = normal({name: tables.AUDIT[name] for name in item.fields}, found)
    if "options" in actual:
        actual["options"] = {name: actual["options"].get(name) for name in item.fields["options"]}
    return sorted(compare(item.fields, actual))


def _prune(work: Work, desired: Desired, world: World, ledger: Ledger) -> None:
    def covered(key: str) -> bool:
        kind, _colon, name = key.partition(":")
        if kind in NOT_PRUNED:
            return False
        return kind in desired.sections or any(f"{kind}:{'/'.join(name.split('/')[:length])}" in desired.sections for length in range(1, name.count("/") + 1))

    for key in prunable(ledger.objects, desired.items, _existing(ledger, world), covered):
        kind, _colon, name = key.partition(":")
        wave = DELETE_WAVE - (SECRET_WAVE if kind == "secret" else 0 if kind == "audit" else KINDS[kind].wave)
        work.planned.changes.append(Change("delete", kind, name, {"exists": True}, None, "no longer declared", wave))


def _existing(ledger: Ledger, world: World) -> set[str]:
    found = set()
    for key in ledger.objects:
        kind, _colon, name = key.partition(":")
        if kind == "mount":
            there = name in world.mounts
        elif kind == "auth":
            there = name in world.auths
        elif kind == "policy":
            there = name in (world.policies or {})
        elif kind == "audit":
            there = name in world.audits and not world.openbao
        elif kind == "secret":
            seed = world.seeds.get(name)
            there = bool(seed and seed.version and not seed.deleted)
        else:
            there = any(name in names for listed, names in world.names.items() if listed.partition(":")[0] == kind)
            there = there or (kind.endswith("_alias") and name.partition("@")[2] in world.auths)
        if there:
            found.add(key)
    return found


def _bad_rotations(desired: Desired, options: Options) -> list[str]:
    declared = {f"{item.name}#{key}" for item in desired.of("secret") for key in item.extra["keys"]}
    return [f"rotate: «{name}» is no declared key of a secret; name one as <mount>/<path>#<key>{suggestion(name, declared)}"
            for name in options.rotate if name not in declared]
