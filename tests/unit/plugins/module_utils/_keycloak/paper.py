# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keycloak on paper: the real client, on answers that a test gives, with the requests that it sends noted; and plans without a server."""

from __future__ import annotations

import json
import types

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http_effect, _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import groups, reading
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.desired import parse
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.parts import KINDS
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.references import missing_references
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import Options, Planner
from ansible_collections.unifiedmeta.platform.plugins.module_utils._reconcile import Apply, carry_out

PRINTS = _secrets.Fingerprints(b"k" * 32)
SECRETS = {"platform/grafana/sso": {"client_secret": "s3cret"}, "platform/mail": {"password": "m4il"}, "platform/kim": {"password": "k1m"}}


class Paper:
    """In place of Http. ``answers``: path (below admin/realms/) -> body, or a status; ``sent``: «METHOD path» and body of what changes something."""

    system, retries, patience = "Keycloak at test", 5, 0.0

    def __init__(self, answers=None):
        self.answers, self.sent, self.asked = answers or {}, [], []

    def request(self, method, path, *, json=None, params=None, missing_ok=False, accept=(), **_more):
        path = path.removeprefix("admin/realms/")
        if method == "GET":
            self.asked.append(path)
        else:
            self.sent.append((f"{method} {path}", json))
        answer = self.answers.get(f"{method} {path}" if method != "GET" else path, None if method == "GET" else {})
        if answer is None and missing_ok:
            return None
        if method != "GET":
            _http_effect.note(answer if isinstance(answer, int) else 404 if answer is None else 200)
        if isinstance(answer, int) and answer not in accept:
            raise ApiError(self.system, method, path, answer, "refused")
        if answer is None:
            raise ApiError(self.system, method, path, 404, "not found")
        location = {"Location": f"https://x/{path}/new-{len(self.sent)}"} if method == "POST" else {}
        return types.SimpleNamespace(status_code=200, headers=location, content=b"x", body=answer, json=lambda: answer)

    def get(self, path, **options):
        found = self.request("GET", path, **options)
        return None if found is None else found.body

    def put(self, path, **options):
        self.request("PUT", path, **options)

    def post(self, path, **options):
        return self.request("POST", path, **options).body

    def delete(self, path, **options):
        self.request("DELETE", path, **options)

    def pages(self, path, _following, **options):
        found = self.request("GET", path, missing_ok=True)
        return iter(found.body if found else ())

    @staticmethod
    def map(function, items):
        return [function(item) for item in items]


def value(reference):
    """A secret of Vault."""
    if reference.path not in SECRETS:
        raise _secrets.SecretError(f"the secret {reference.path} doesn't exist")
    return SECRETS[reference.path][reference.key]


def ledger(owned=()):
    """``owned``: keys, with facts or without."""
    made = Ledger(None, "keycloak", "x")
    made.objects = {key: dict(facts) for key, facts in owned.items()} if isinstance(owned, dict) else {key: {} for key in owned}
    made._store = types.SimpleNamespace(write=lambda path, data, cas: cas + 1)
    return made


class Site:
    """A declaration, what is there (by key, as Keycloak answers), what is ours."""

    def __init__(self, config, there=None, owned=(), **options):
        self.desired, self.ledger, self.keycloak = parse(config), ledger(owned), Keycloak(Paper())
        self.paper, self.world = self.keycloak.http, self.keycloak.world
        for key, answer in (there or {}).items():
            self.world.put(key, json.loads(json.dumps(answer)))
        self.world.owned = self.ledger.objects
        groups.settle(self.desired, self.world)
        reading.view(self.keycloak, self.desired)
        planner = Planner(KINDS, self.desired, self.world, self.ledger, value, PRINTS, Options(**options))
        planner.planned.faults += missing_references(self.desired, self.world)
        # As the module: what is wrong in itself is never planned.
        self.planned = planner.planned if self.desired.faults else planner.plan()
        self.faults = self.desired.faults + self.planned.faults

    @property
    def changes(self):
        return [f"{change.action} {change.key}" for change in self.planned.changes]

    def change(self, key):
        return next(change for change in self.planned.changes if change.key == key)

    def run(self, answers=None):
        """What the run sends."""
        self.paper.answers.update(answers or {})
        resolver = _secrets.Resolver({"vault": SECRETS.get})
        self.apply = Apply(self.keycloak, KINDS, self.desired, self.world, self.ledger, resolver, PRINTS)
        carry_out(self.planned.changes, self.apply, self.paper.map, lambda: PRINTS)
        return self.paper.sent


def realm(**content):
    """A declaration of the realm r."""
    return {"realms": {"r": content}}


# A realm that is there, and ours.
THERE = {"realm:r": {"id": "id-r", "realm": "r", "enabled": True, "defaultRole": {"name": "default-roles-r"}, "attributes": {"theirs": "1"}}}


def read(answers, config, owned=()):
    """The world after reading these answers; the paper with what was asked."""
    keycloak = Keycloak(Paper({"r": THERE["realm:r"], **answers}))
    reading.read(keycloak, parse(config), ledger(owned))
    return keycloak
