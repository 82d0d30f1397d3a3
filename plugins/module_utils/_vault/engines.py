# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sections of ``config`` that fill secrets engines and the identity store. Pure."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import TYPES, checked
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import tables
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.names import named

# A password that isn't the template's: user:password@ of a URL or of MySQL's form, which has no ://, and libpq's password=.
_CREDENTIALS = re.compile(r"(?:^|//)[^:@\s]*:(?!\{\{|//)[^@\s]+@|\bpassword\s*=\s*['\"]?(?!\{\{)[^\s'\"]", re.IGNORECASE)


def _parts(desired: Desired, content: dict, section: str, parts: t.Collection[str]) -> t.Iterator[tuple[str, str, dict, str]]:
    """Mount, part, its content and place, of ``{<mount>: {<part>: {…}}}``."""
    for mount, value, where in named(desired, content, f"config.{section}"):
        for part, inside in checked(dict.fromkeys(parts, TYPES["any"]), value, where, desired.faults).items():
            if inside and not isinstance(inside, dict):
                desired.faults.append(f"{where}.{part}: must be a map, not a {type(inside).__name__}")
            else:
                yield mount, part, inside or {}, f"{where}.{part}"


def database(desired: Desired, content: dict) -> None:
    """Connections, roles and static roles. A role needs its connection."""
    for mount, part, inside, where in _parts(desired, content, "database", ("connections", "roles", "static_roles")):
        kind = {"connections": "database_connection", "roles": "database_role", "static_roles": "database_static_role"}[part]
        types = {"connections": tables.CONNECTION, "roles": tables.DATABASE_ROLE, "static_roles": tables.STATIC_ROLE}[part]
        desired.sections.add(f"{kind}:{mount}")
        for name, value, place in named(desired, inside, where):
            fields = checked(types, value, place, desired.faults, raw=tables.WRITE_ONLY.get(kind, ()))
            needs, extra = [f"mount:{mount}"], {}
            must = ("plugin_name",) if part == "connections" else ("db_name",) + (("username",) if part == "static_roles" else ())
            for missing in (name for name in must if not fields.get(name)):
                desired.faults.append(f"{place}.{missing}: is missing")
            if part == "connections":
                extra["rotate_root"] = fields.pop("rotate_root", False)
                if _CREDENTIALS.search(str(fields.get("connection_url", ""))):
                    desired.faults.append(f"{place}.connection_url: holds a password; write {{{{username}}}}:{{{{password}}}} there, "
                                          "and the password as a reference")
                if extra["rotate_root"] and not fields.get("password"):
                    desired.faults.append(f"{place}.rotate_root: needs the first password; give it as a reference")
            else:
                needs.append(f"database_connection:{mount}/{fields.get('db_name')}")
            desired.add(Item(kind, f"{mount}/{name}", place, fields, mount, tuple(needs), extra))


def pki(desired: Desired, content: dict) -> None:
    """Certificate authorities, which are made once, their URLs and roles."""
    for mount, part, inside, where in _parts(desired, content, "pki", ("root", "intermediate", "urls", "roles")):
        needs = (f"mount:{mount}",)
        if part == "roles":
            desired.sections.add(f"pki_role:{mount}")
            for name, value, place in named(desired, inside, where):
                desired.add(Item("pki_role", f"{mount}/{name}", place, checked(tables.PKI_ROLE, value, place, desired.faults), mount, needs))
        elif part == "urls":
            desired.add(Item("pki_urls", mount, where, checked(tables.PKI_URLS, inside, where, desired.faults), "", needs))
        elif inside:
            types = tables.PKI_ROOT if part == "root" else tables.PKI_INTERMEDIATE
            fields = checked(types, inside, where, desired.faults)
            issuer, signer = fields.pop("issuer_name", part), fields.pop("signed_by", "")
            for missing in [name for name, value in (("common_name", fields.get("common_name")), ("signed_by", signer or part == "root")) if not value]:
                desired.faults.append(f"{where}.{missing}: is missing")
            # The first root that the call declares in the signing mount, else its default issuer.
            more = (f"pki_root:{signer}/root", f"mount:{signer}") if signer else ()
            desired.add(Item(f"pki_{part}", f"{mount}/{issuer}", where, {}, mount, needs + more, {"spec": fields, "signed_by": signer}))


def transit(desired: Desired, content: dict) -> None:
    """Keys."""
    for mount, _part, inside, where in _parts(desired, content, "transit", ("keys",)):
        desired.sections.add(f"transit_key:{mount}")
        for name, value, place in named(desired, inside, where):
            desired.add(Item("transit_key", f"{mount}/{name}", place, checked(tables.TRANSIT_KEY, value, place, desired.faults), mount, (f"mount:{mount}",)))


def identity(desired: Desired, content: dict) -> None:
    """Groups and entities; each alias is an object of its own."""
    parts = checked(tables.IDENTITY, content, "config.identity", desired.faults)
    for part, kind, types in (("groups", "identity_group", tables.GROUP), ("entities", "identity_entity", tables.ENTITY)):
        if part not in parts:
            continue
        desired.sections.update((kind, f"{kind}_alias"))
        if not isinstance(parts[part], dict):
            desired.faults.append(f"config.identity.{part}: must be a map of names, not a {type(parts[part]).__name__}")
            continue
        for name, value, where in named(desired, parts[part], f"config.identity.{part}"):
            _with_aliases(desired, kind, name, checked(types, value, where, desired.faults), where)


def _with_aliases(desired: Desired, kind: str, name: str, fields: dict, where: str) -> None:
    aliases = fields.pop("aliases", None) or []
    if kind == "identity_group":
        fields.setdefault("type", "internal")
        if fields["type"] not in ("internal", "external"):
            desired.faults.append(f"{where}.type: must be internal or external, not «{fields['type']}»")
        if fields["type"] == "external" and fields.get("member_entities"):
            desired.faults.append(f"{where}: an external group's members come from its alias; leave member_entities out")
        if aliases and (fields["type"] == "internal" or len(aliases) > 1):
            desired.faults.append(f"{where}.aliases: only an external group has an alias, and only one")
    desired.add(Item(kind, name, where, fields, needs=tuple(f"identity_entity:{member}" for member in fields.get("member_entities", ()))))
    if not isinstance(aliases, list):
        desired.faults.append(f"{where}.aliases: must be a list of {{mount, name}}")
        return
    for index, value in enumerate(aliases):
        place = f"{where}.aliases[{index}]"
        alias = checked(tables.ALIAS, value, place, desired.faults)
        if not alias.get("mount") or not alias.get("name"):
            desired.faults.append(f"{place}: must hold mount (an auth method) and name (of the person or group there)")
            continue
        mount = alias["mount"].strip("/")
        desired.add(Item(f"{kind}_alias", f"{name}@{mount}", place, {"name": alias["name"]}, "",
                         (f"{kind}:{name}", f"auth:{mount}"), {"of": name, "mount": mount}))


SECTIONS: dict[str, t.Callable[[Desired, dict], None]] = {"database": database, "pki": pki, "transit": transit, "identity": identity}
