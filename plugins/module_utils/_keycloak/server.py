# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the server has built in or installed: authenticators, identity providers, mappers, storage. Read once, and only where a declaration names
something that no object on the server has: the answer has some 300 kB."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import suggestion

if t.TYPE_CHECKING:
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import Planner

KEY = "server:info"


def read(keycloak: Keycloak) -> None:
    """``GET /admin/serverinfo``; whoever may not see it is spared the checks."""
    if KEY not in keycloak.world.raw:
        response = keycloak.http.request("GET", "admin/serverinfo", accept=(403,), what="list of what the server has")
        keycloak.world.raw[KEY] = response.json() if response.status_code == 200 else {}


def providers(world: t.Any, shelf: str) -> list[str]:
    """Names on a shelf such as ``authenticator``; empty where they aren't known."""
    return sorted(((world.raw.get(KEY) or {}).get("providers") or {}).get(shelf, {}).get("providers", {}))


def check_provider(planner: Planner, shelf: str | tuple[str, ...], name: str, where: str) -> None:
    """A fault where the server has none of that name."""
    shelves = (shelf,) if isinstance(shelf, str) else shelf
    known = [found for one in shelves for found in providers(planner.world, one)]
    if known and name not in known:
        hint = suggestion(name, known) or f"; it has {', '.join(sorted(known))}"
        planner.planned.faults.append(f"{where}: the server has no {shelves[0].replace('_', ' ').replace('-', ' ')} {name}{hint}")


def settings(world: t.Any, type_: str, provider: str) -> dict[str, bool]:
    """The settings of a component by name: is it a secret? Empty where they aren't known."""
    listed = ((world.raw.get(KEY) or {}).get("componentTypes") or {}).get(type_, ())
    return {entry["name"]: bool(entry.get("secret")) for found in listed if found["id"] == provider for entry in found.get("properties", ())}
