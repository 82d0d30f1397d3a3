# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Users that Keycloak would take and keep as something else, or refuse by chance: such a declaration would differ in every run. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import names
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import suggestion
from ansible_collections.unifiedmeta.platform.plugins.module_utils._secrets import is_reference

# What the profile of a new realm has (Keycloak 26).
BORN = ("username", "email", "firstName", "lastName")
_WRITABLE = {"permissions": {"edit": ["admin"]}}


def faults(item: Item, desired: Desired, world: World) -> list[str]:
    """One sentence each."""
    email, name, found = item.fields.get("email", ""), names.split(item.name)[-1], []
    if "twin" in item.extra and not _setting("duplicateEmailsAllowed", item, desired, world):
        found.append(f"{item.where}.email: {item.extra['twin']} has that address too; give one of them another, or set duplicateEmailsAllowed")
    if email and not is_reference(email) and email != name and _setting("registrationEmailAsUsername", item, desired, world):
        found.append(f"{item.where}: with registrationEmailAsUsername the address is the username; declare the user as {email}")
    return found + _attributes(item, desired, world)


def unknown(item: Item, world: World) -> list[str]:
    """Declared attributes that the stored user hasn't: it may be that they can't be kept."""
    stored, given = world.raw.get(item.key, {}), item.fields.get("attributes")
    if stored.get("federationLink") or not isinstance(given, dict):
        # A directory brings attributes of its own.
        return []
    return [name for name, values in given.items() if values and name not in (stored.get("attributes") or {})]


def _attributes(item: Item, desired: Desired, world: World) -> list[str]:
    """Those that the user profile doesn't have, or that administrators may not write: Keycloak drops them without a word."""
    doubtful = unknown(item, world)
    if not doubtful:
        return []
    stored, declared = world.raw.get(f"user_profile:{item.parent}", {}), desired.items.get(f"user_profile:{item.parent}")
    given = declared.fields if declared else {}
    known: dict[str, dict] = {**dict.fromkeys(BORN, _WRITABLE), **{entry["name"]: entry for entry in stored.get("attributes") or ()}}
    for name, entry in (given.get("attributes") or {}).items():
        known[name] = {**known.get(name, {}), **entry}
    if _setting("internationalizationEnabled", item, desired, world):
        known.setdefault("locale", _WRITABLE)
    free = (given if "unmanagedAttributePolicy" in given else stored).get("unmanagedAttributePolicy") in ("ENABLED", "ADMIN_EDIT")
    found = []
    for name in doubtful:
        if name in known and "admin" not in ((known[name].get("permissions") or {}).get("edit") or ()):
            found.append(f"{item.where}.attributes.{name}: Keycloak would drop it, since administrators may not write it; give admin in user_profile, "
                         f"attributes.{name}.permissions.edit")
        elif name not in known and not free:
            found.append(f"{item.where}.attributes.{name}: Keycloak would drop it, since the user profile doesn't know it{suggestion(name, known)}; "
                         "declare it in user_profile, or set unmanagedAttributePolicy there")
    return found


def _setting(name: str, item: Item, desired: Desired, world: World) -> t.Any:
    """Of the realm, as it will be."""
    key = f"realm:{item.parent}"
    declared = desired.items[key].fields if key in desired.items else {}
    return declared[name] if name in declared else world.raw.get(key, {}).get(name)
