# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The run, from declaration to result, without servers."""

from __future__ import annotations

import contextlib
import types

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import reconcile
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from tests.unit.plugins.module_utils._keycloak.paper import PRINTS, SECRETS, THERE, Paper, ledger, realm, value

OPTIONS = {"scope": "s", "site": None, "prune": "none", "max_deletes": 10, "adopt": False, "plan_file": None}


class Store:
    """In place of VaultStore."""

    def __init__(self, owned=()):
        self.owned, self.warnings, self.made = owned, ["a warning"], []
        self.resolver = _secrets.Resolver({"vault": SECRETS.get})

    def ledger(self, system, scope, site):
        assert (system, scope, site) == ("keycloak", "s", None)
        return ledger(self.owned)

    def prints(self, *, make):
        self.made.append(make)
        return PRINTS

    def values(self):
        return value

    @contextlib.contextmanager
    def ahead(self, references):
        self.known = [str(reference) for reference in references]
        yield


def run(config, answers=None, check=False, owned=(), **options):
    given = {**OPTIONS, **options, "config": config}
    keycloak, store = Keycloak(Paper(answers)), Store(owned)
    keycloak.http.stats = types.SimpleNamespace(as_dict=lambda: {"writes": len(keycloak.http.sent)})
    result = reconcile.Reconciler(keycloak, store, given).run(reconcile.declared(given), check)
    return result, keycloak.http, store


HERE = {"r": THERE["realm:r"], "r/clients": [{"id": "c1", "clientId": "app", "name": "App"}]}


def test_check_mode_writes_nothing_and_foresees_the_run():
    config = realm(clients={"app": {"name": "New"}, "other": {}})
    foreseen, paper, _store = run(config, HERE, True, ["client:r/app"])
    assert paper.sent == [] and foreseen["changed"] and foreseen["warnings"] == ["a warning"] and foreseen["stats"] == {"writes": 0}
    made, paper, _store = run(config, HERE, False, ["client:r/app"])
    assert made["plan"] == foreseen["plan"] and made["diff"] == foreseen["diff"] and [call for call, _body in paper.sent] == [
        "PUT r/clients/c1", "POST r/clients"]


def test_nothing_to_do():
    result, paper, store = run(realm(clients={"app": {"name": "App"}}), HERE)
    assert result["plan"] == [] and not result["changed"] and paper.sent == [] and store.made == [], "no fingerprint is needed"


def test_fingerprints_are_read_where_a_secret_is_never_shown():
    _result, _paper, store = run(realm(users={"kim": {"password": "vault:platform/kim#password"}}), {**HERE, "r/users": []}, True)
    assert store.made == [False]


def test_conflicts_and_deletions_are_refused():
    with pytest.raises(Refused, match="client r/app exists, isn't ours and differs in name"):
        run(realm(clients={"app": {"name": "New"}}), HERE)
    with pytest.raises(Refused, match="1 objects would be deleted, but max_deletes is 0"):
        run(realm(clients={}), HERE, owned=["client:r/app"], prune="owned", max_deletes=0)


def test_references_are_told_with_what_is_wrong_in_itself():
    with pytest.raises(Refused) as refused:
        run(realm(clients={"app": {"nme": "x"}}, groups={"g": {"client_roles": {"ap": ["x"]}}}), HERE)
    assert refused.value.faults == ["config.realms.r.clients.app: unknown key nme; did you mean name?",
                                    "config.realms.r.groups.g: the client ap neither exists nor is declared; did you mean app?"]


def test_a_declaration_is_judged_without_a_server():
    bad = reconcile.declared({**OPTIONS, "scope": "a/b", "config": {"realm": {}}})
    with pytest.raises(Refused) as refused:
        reconcile.refuse(bad, lambda: ["and this"])
    assert [fault.split(";")[0] for fault in refused.value.faults] == ["config: unknown key realm", "scope: «a/b» can't be one", "and this"]
    reconcile.refuse(reconcile.declared({**OPTIONS, "config": {}}))


def test_the_secrets_of_the_plan_are_read_beside_keycloak():
    clients = {"a": {"secret": "vault:platform/grafana/sso#client_secret"}, "b": {}}
    mail = {"smtpServer": {"host": "m", "password": "vault:platform/mail#password"}}
    _result, _paper, store = run(realm(clients=clients, settings=mail), {"r": THERE["realm:r"]}, check=True, owned=["realm:r"])
    assert sorted(store.known) == ["vault:platform/grafana/sso#client_secret", "vault:platform/mail#password"]
