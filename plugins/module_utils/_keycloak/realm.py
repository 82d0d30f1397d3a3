# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The realm itself: settings, mail server, texts of the login pages, the profile of its users."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _fields
from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import TYPES, Type, checked
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import segment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import names, tables
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.fields import content_map
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.kinds import MASKED, Kind, unmasked
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item, named

if t.TYPE_CHECKING:
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Change
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import Planner
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._reconcile import Apply


# --- kinds -----------------------------------------------------------------------------------------------------------------------
class _Realm(Kind):
    """Realms are never deleted: people and their credentials would go with them."""

    def list_at(self, client: Keycloak, item: Item) -> str:
        return ""

    def at(self, client: Keycloak, item: Item) -> str:
        return segment(item.name)

    def owners(self, item: Item) -> t.Collection[str]:
        return ()

    def find(self, client: Keycloak, item: Item) -> dict | None:
        return client.get(segment(item.name), self.what(item))

    def create(self, client: Keycloak, item: Item, body: dict) -> None:
        # The policy of codes comes after: a part of it would set the rest to zero (26.7), and then nobody could set a code up.
        super().create(client, item, {"enabled": True, **{name: value for name, value in body.items() if not name.startswith("otpPolicy")}})
        stored = self.view(item, client.world.raw[item.key], client.world)
        # Nor is a part of a policy of WebAuthn taken.
        left = {name: value for name, value in body.items() if stored[name] != value}
        if left:
            self.update(client, item, left, stored)
        client.born.add(item.key)
        client.look(item.name)

    def update(self, client: Keycloak, item: Item, body: dict, actual: dict) -> None:
        client.change_realm(item.name, body, self.what(item), self.partial)

    def complete(self, client: Keycloak, item: Item, body: dict) -> None:
        client.world.put(item.key, self.find(client, item) or {})


class _Smtp(Kind):
    """A part of the realm that is replaced as a whole, whose passwords are masked: they go along whenever something else does."""

    whole = True

    def find(self, client: Keycloak, item: Item) -> dict | None:
        return None

    def plan(self, planner: Planner, item: Item) -> None:
        before = len(planner.planned.changes)
        super().plan(planner, item)
        kept = [name for name, value in planner.world.raw.get(item.key, {}).items() if value == MASKED and name not in item.fields]
        if kept and len(planner.planned.changes) > before:
            planner.planned.faults.append(f"{item.where}: {', '.join(kept)} is set in Keycloak, which doesn't show it, so a change would lose it; declare it, "
                                          "as a reference")

    def create(self, client: Keycloak, item: Item, body: dict) -> None:
        self.update(client, item, body, {})

    def update(self, client: Keycloak, item: Item, body: dict, actual: dict) -> None:
        stored = unmasked(client.world.raw.get(item.key, {}))
        declared = {name: str(value).lower() if isinstance(value, bool) else value for name, value in item.fields.items()}
        client.change_realm(names.split(item.name)[0], {"smtpServer": {**stored, **declared}}, self.what(item))


class _Texts(Kind):
    """The texts of one language, by key; a POST of some keeps the others. The ledger notes the keys that are ours, so that pruning takes no other."""

    def exists(self, name: str, world: World) -> bool:
        return super().exists(name, world) and bool(_our_keys(name, world))

    def make(self, apply: Apply, item: Item, change: Change) -> None:
        super().make(apply, item, change)
        apply.note(item.key, {"keys": sorted({*item.fields, *apply.ledger.fact(item.key, "keys", ())})})

    def delete(self, client: Keycloak, item: Item) -> None:
        at, what = self.at(client, item), self.what(item)
        client.http.map(lambda key: client.delete(f"{at}/{segment(key)}", what), _our_keys(item.name, client.world))
        if not client.get(at, what):
            # The language would be listed without any.
            client.delete(at, what)
        client.world.drop(item.key)

    def fields(self, item: Item) -> dict[str, Type]:
        return dict.fromkeys(item.fields, TYPES["text"])

    def at(self, client: Keycloak, item: Item) -> str:
        return f"{self.realm(item)}/localization/{segment(names.split(item.name)[-1])}"

    def create(self, client: Keycloak, item: Item, body: dict) -> None:
        client.post(self.at(client, item), body, self.what(item))

    def update(self, client: Keycloak, item: Item, body: dict, actual: dict) -> None:
        self.create(client, item, body)


def _our_keys(name: str, world: World) -> list[str]:
    return world.owned.get(f"localization:{name}", {}).get("keys", [])


def kept(desired: Desired, world: World) -> list[str]:
    """What pruning leaves alone although it is no longer declared, and why: a run that was cut off has not noted which texts it made."""
    return [f"texts {key.partition(':')[2]} are no longer declared, and are left alone: it isn't noted which of them are ours; delete them by hand"
            for key, facts in world.owned.items()
            if key.startswith("localization:") and key in world.raw and key not in desired.items and desired.covers(key) and not facts.get("keys")]


class _Profile(Kind):
    """Which attributes a user has: one document with lists of named entries, of which the declared entries and their declared keys are ours."""

    def at(self, client: Keycloak, item: Item) -> str:
        return f"{self.realm(item)}/users/profile"

    def view(self, item: Item, answer: dict, world: World) -> dict[str, t.Any]:
        found = super().view(item, answer, world)
        for shelf in _SHELVES & set(item.fields):
            stored = {entry["name"]: entry for entry in answer.get(shelf) or ()}
            found[shelf] = self.types[shelf]({name: {key: stored[name].get(key) for key in declared} if name in stored else None
                                              for name, declared in item.fields[shelf].items()})
        return found

    def create(self, client: Keycloak, item: Item, body: dict) -> None:
        self.update(client, item, body, {})

    def update(self, client: Keycloak, item: Item, body: dict, actual: dict) -> None:
        # As it is by now: entries of others may have come meanwhile.
        stored = client.get(self.at(client, item), self.what(item)) or client.world.raw.get(item.key) or {}
        for shelf in _SHELVES & set(body):
            entries = {entry["name"]: entry for entry in stored.get(shelf) or ()}
            for name, declared in body[shelf].items():
                entries[name] = {**entries.get(name, {}), **declared, "name": name}
            body = {**body, shelf: list(entries.values())}
        client.put(self.at(client, item), {**stored, **body}, self.what(item))
        if self._spares_removed(client, item):
            client.put(self.at(client, item), {**stored, **body}, self.what(item))

    def _spares_removed(self, client: Keycloak, item: Item) -> bool:
        """The first PUT makes a component. Two in one instant make two of it (26.7), and each call goes to whichever is found first: all runs keep the same."""
        components = f"{self.realm(item)}/components"
        found = client.get(components, self.what(item), type="org.keycloak.userprofile.UserProfileProvider") or ()
        spares = sorted(component["id"] for component in found)[1:]
        for spare in spares:
            client.delete(f"{components}/{spare}", self.what(item))
        return bool(spares)


_SHELVES = {"attributes", "groups"}
_SETS = {"permissions": ("view", "edit"), "required": ("roles", "scopes"), "selector": ("scopes",)}


def entries(value: t.Any) -> t.Any:
    """Attributes of the profile by name; their lists of roles and scopes are sets, and Keycloak shows an empty one where it was left out."""
    found = TYPES["any"](value)
    for entry in found.values() if isinstance(found, dict) else ():
        for part in set(_SETS) & set(entry) if isinstance(entry, dict) else ():
            if isinstance(entry[part], dict):
                entry[part] = {key: sorted(set(items)) if key in _SETS[part] and isinstance(items, list) else items
                               for key, items in entry[part].items() if items not in ([], None)}
    return found


PROFILE = _fields.table("text: unmanagedAttributePolicy", "entries: attributes", "any: groups", entries=entries)
KINDS: tuple[Kind, ...] = (
    _Realm("realm", tables.REALM, wave=0, naming="realm", partial=("attributes", "browserSecurityHeaders"), prunable=False),
    _Smtp("smtp", tables.SMTP, wave=1, label="mail server", write_only=tables.SMTP_SECRETS, prunable=False),
    _Texts("localization", wave=1, label="texts", path="localization"),
    _Profile("user_profile", PROFILE, wave=1, prunable=False),
)


# --- the declaration -------------------------------------------------------------------------------------------------------------
def realm_item(desired: Desired, realm: str, settings: t.Any, where: str) -> None:
    """The realm, and its mail server where that is declared; every declared realm has an item, with settings or without."""
    settings = dict(settings) if isinstance(settings, dict) else settings
    smtp = settings.pop("smtpServer", None) if isinstance(settings, dict) else None
    desired.add(Item("realm", realm, where, checked(tables.REALM, settings, where, desired.faults)))
    if smtp is not None:
        fields = checked(tables.SMTP, smtp, f"{where}.smtpServer", desired.faults, raw=tables.SMTP_SECRETS)
        desired.add(Item("smtp", names.join(realm), f"{where}.smtpServer", fields, needs=(f"realm:{realm}",)))


def _settings(desired: Desired, realm: str, content: t.Any, where: str) -> None:
    """Done with the realm's item."""


def _texts(desired: Desired, realm: str, content: t.Any, where: str) -> None:
    desired.sections.add(f"localization:{realm}")
    for locale, texts, place in named(desired, content_map(desired, content, where), where):
        found = content_map(desired, texts, place)
        fields = {str(key): value for key, value in found.items() if isinstance(value, str)}
        desired.faults += [f"{place}.{key}: must be a text" for key in found if str(key) not in fields]
        desired.add(Item("localization", names.join(realm, locale), place, fields, realm, (f"realm:{realm}",)))


def _profile(desired: Desired, realm: str, content: t.Any, where: str) -> None:
    fields = checked(PROFILE, content, where, desired.faults)
    for shelf in sorted(_SHELVES & set(fields)):
        if not isinstance(fields[shelf], dict) or not all(isinstance(entry, dict) for entry in fields[shelf].values()):
            desired.faults.append(f"{where}.{shelf}: must be a map of names to maps")
            del fields[shelf]
    desired.add(Item("user_profile", names.join(realm), where, fields, needs=(f"realm:{realm}",)))


SECTIONS = {"settings": _settings, "localization": _texts, "user_profile": _profile}


# --- reading ---------------------------------------------------------------------------------------------------------------------
def _first(keycloak: Keycloak, desired: Desired, realm: str) -> t.Iterator[t.Callable[[], None]]:
    world = keycloak.world
    world.put(f"smtp:{realm}", world.raw.get(f"realm:{realm}", {}).get("smtpServer") or {})
    if f"user_profile:{realm}" in desired.items:
        yield lambda: world.put(f"user_profile:{realm}", keycloak.get(f"{segment(realm)}/users/profile", f"user profile of realm {realm}") or {})
    if f"localization:{realm}" in desired.sections:
        yield lambda: _locales(keycloak, desired, realm)


def _locales(keycloak: Keycloak, desired: Desired, realm: str) -> None:
    """Which languages have texts of their own; those that are declared are read."""
    for locale in keycloak.get(f"{segment(realm)}/localization", f"languages of realm {realm}") or ():
        key = f"localization:{names.join(realm, locale)}"
        texts = keycloak.get(f"{segment(realm)}/localization/{segment(locale)}", f"texts {locale} of realm {realm}") if key in desired.items else {}
        keycloak.world.raw[key] = texts or {}


ROUNDS = (_first,)
