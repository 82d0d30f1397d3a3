# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keycloak's Admin REST API (https://www.keycloak.org/docs-api/latest/rest-api/) in one-liners, with what is special about it: error bodies, pages,
ids in the Location header, 409 for what is there."""

from __future__ import annotations

import threading
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, Http, by_offset, segment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http_create import create, located, once
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http_retry import COLLISION
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import names
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World

# Keycloak's own sizes are 10 for subgroups and 100 for users; without a size a list of clients takes tens of seconds.
PAGE = 500
# A list that is read side by side: in so many parts, none smaller.
SHARES, LEAST = 8, 25
# Seconds that the restart of a Keycloak which has answered before may take.
PATIENCE = 120.0


def _errors(response: t.Any) -> str | None:
    """``errorMessage``, OAuth's ``error_description``, or the list of a user's faulty attributes, as one text."""
    try:
        body = response.json()
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    faults = body.get("errors") or ([body] if body.get("field") else [])
    texts = [f"{fault.get('field')}: {fault.get('errorMessage')}" if isinstance(fault, dict) else str(fault) for fault in faults]
    found = "; ".join(dict.fromkeys(texts)) or body.get("errorMessage") or body.get("error_description") or body.get("error")
    return str(found) if found else None


def _refuse(response: t.Any) -> str | None:
    """A user that the realm's profile doesn't take, or whose address somebody else has."""
    if response.status_code == 409 and "same email" in response.text:
        return "another account has that e-mail address: give one of them another, or set duplicateEmailsAllowed"
    return "correct it, or the rules of that attribute in user_profile" if response.status_code == 400 and '"field"' in response.text else None


def _retry(response: t.Any) -> str:
    """Two writes at one object in the same instant, of which Keycloak's database refuses one. What it says of that doesn't always tell (26.7): a realm's
    PUT calls the realm's own name taken, a role that another run grants in that moment can't be granted. The latter is a read-only user's answer as well."""
    text = response.text
    collided = response.status_code == 409 and ("concurrent" in text.lower() or (response.request.method == "PUT" and "Realm with same name" in text))
    return COLLISION if collided or (response.status_code == 400 and "Could not add user role or group mappings" in text) else ""


def connect(url: str, *, ca_file: str | None = None, verify: bool = True, timeout: float = 60.0, concurrency: int = 16,
            auth: t.Callable[[Http], t.Any] | None = None, adapter: t.Any = None, redact: t.Callable[[str], str] | None = None) -> Http:
    """A client; paths begin with ``realms/`` (tokens) or ``admin/realms/``. Raises ApiError on an address or CA file that can't be used."""
    return Http(f"Keycloak at {url.rstrip('/')}", url, ca_file=ca_file, verify=verify, timeout=timeout, concurrency=concurrency, errors=_errors,
                refuse=_refuse, retry=_retry, patience=PATIENCE, auth=auth, adapter=adapter, redact=redact, secret=True)


class Keycloak:
    """Calls by path below ``admin/realms/``; names in them are encoded by whoever writes them (``segment``). ``world``: what is known of the server.
    ``look(realm)``: reads what a realm that was just made has from birth. ``born``: keys of what was made inside of something else, and of new realms."""

    def __init__(self, http: Http):
        self.http, self.world = http, World()
        self.born: set[str] = set()
        self._realms = threading.Lock()
        self.look: t.Callable[[str], None] = lambda realm: None

    def get(self, path: str, what: str = "", **params: t.Any) -> t.Any:
        """None for what doesn't exist."""
        return self.http.get(f"admin/realms/{path}", params=params or None, missing_ok=True, what=what)

    def pages(self, path: str, what: str = "", **params: t.Any) -> t.Iterator[dict]:
        """A whole list, PAGE at a time."""
        return self.http.pages(f"admin/realms/{path}", by_offset(PAGE), params=params, what=what)

    def shares(self, path: str, about: int, take: t.Callable[[dict], t.Any], what: str = "") -> list[t.Callable[[], None]]:
        """Jobs that read a whole list of ``about`` so many entries side by side, since Keycloak makes a page on one processor: a part each, and the last
        goes on to the list's end."""
        size = min(PAGE, max(LEAST, -(-about // SHARES)))
        starts = range(0, max(about, 1), size)

        def part(first: int) -> None:
            last = first == starts[-1]
            following = by_offset(PAGE) if last else lambda *_page: None
            params = {"first": first, "max": PAGE if last else size}
            for found in self.http.pages(f"admin/realms/{path}", following, params=params, what=what):
                take(found)

        return [lambda first=first: part(first) for first in starts]

    def put(self, path: str, body: t.Any, what: str = "") -> None:
        self.http.put(f"admin/realms/{path}", json=body, what=what)

    def change_realm(self, realm: str, fields: dict[str, t.Any], what: str = "", partial: t.Collection[str] = ()) -> None:
        """A PUT of a realm, with all that it has by now: what is left out may go back to its default (26.7: settings of OAuth's devices), or keeps others of
        its sort from being taken (policies of one-time passwords and WebAuthn). But for the mail server: its password is masked, and left out it is kept.
        ``partial``: maps of which only the given keys are ours."""
        with self._realms:
            stored = self.get(segment(realm), what) or {}
            stored.pop("smtpServer", None)
            sent = {name: {**(stored.get(name) or {}), **value} if name in partial else value for name, value in fields.items()}
            self.put(segment(realm), {**stored, **sent}, what)

    def post(self, path: str, body: t.Any, what: str = "") -> None:
        """One that sets a state, so it may be repeated."""
        self.http.post(f"admin/realms/{path}", json=body, idempotent=True, what=what)

    def delete(self, path: str, what: str = "", body: t.Any = None) -> None:
        self.http.delete(f"admin/realms/{path}", json=body, missing_ok=True, what=what)

    def make(self, path: str, body: dict, find: t.Callable[[], dict | None], what: str = "") -> tuple[str, dict | None]:
        """POST of a new object: its id (or name, where Keycloak tells that), and None. Where it is there already, since our first try arrived although its
        answer didn't, or another run was faster, or it is born with its realm: its id, and the object as ``find()`` gives it."""
        response, found = create(self.http, f"admin/realms/{path}", find, json=body, what=what)
        return (found.get("id", ""), found) if found is not None else (located(response), None)

    def once(self, path: str, body: dict, find: t.Callable[[], str | None], what: str = "") -> str:
        """POST of what may be there twice: steps of flows, components. Its id; ``find()`` looks for it where the answer was lost."""
        return once(self.http, f"admin/realms/{path}", find, json=body, what=what)

    # --- ids ---------------------------------------------------------------------------------------------------------------------
    def id_of(self, kind: str, *parts: str) -> str:
        """The id of an object that was read or made in this run. Raises ApiError where there is none."""
        key = f"{kind}:{names.join(*parts)}"
        if key not in self.world.ids:
            raise ApiError(self.http.system, what=f"{kind.replace('_', ' ')} {' / '.join(parts[1:] or parts)} of realm {parts[0]}", detail="it isn't there",
                           hint="correct its name, or declare it", fault="input")
        return self.world.ids[key]

    def role(self, realm: str, name: str, client: str = "") -> dict[str, str]:
        """``{id, name}`` of a role, as mappings take it. A role that this run made is asked for its id once."""
        parts = (realm, client, name) if client else (realm, name)
        key = f"{'client_role' if client else 'role'}:{names.join(*parts)}"
        if key not in self.world.ids:
            inside = f"clients/{self.id_of('client', realm, client)}/" if client else ""
            found = self.get(f"{segment(realm)}/{inside}roles/{segment(name)}", f"role {name} of {client or realm}")
            if found is not None:
                self.world.put(key, found)
        return {"id": self.id_of(key.partition(":")[0], *parts), "name": name}
