# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A reconciler of another system, with its references, ledger and fingerprints in a real Vault."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _reconcile
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import ForeignLedger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import Options, Planner
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import session
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault_store import VaultStore
from tests.lab.vault_runs import Runs
from tests.support.audit import mark, vault_writes
from tests.unit.plugins.module_utils.shelf import KINDS, Shelf, parse

# A KV mount whose path has two parts, which a reference doesn't show.
SEEDS = {"mounts": {"team/kv": {"type": "kv-v2"}}, "secrets": {"team/kv/box": {"generate": {"password": 20}}}}
CONFIG = {"room": {"cellar": {}}, "box": {"cellar/a b": {"colour": "red", "password": "vault:team/kv/box#password"}}}


@pytest.fixture
def ready(bao_server):
    """A server with that secret."""
    server = bao_server(storage="inmem")
    Runs(server)(SEEDS)
    return server


class System:
    """Runs of a reconciler whose system is a dict."""

    def __init__(self, server, scope, token=None):
        self.server, self.scope, self.token, self.there = server, scope, token or server.root_token, {}

    def __call__(self, config, check=False, **options):
        given = {"url": self.server.addr, "ca_file": self.server.ca_file, "token": self.token}
        params = {**{name: option.get("default") for name, option in session.SPEC.items()}, **given}
        with VaultStore(params, lambda value: None, check) as store:
            ledger, desired = store.ledger("shelf", self.scope, options.pop("site", None)), parse(config)
            world, prints = Shelf({key: dict(fields) for key, fields in self.there.items()}), store.prints(make=False)
            # What the system never shows.
            for fields in world.objects.values():
                fields.pop("password", None)
            planned = Planner(KINDS, desired, world, ledger, store.values(), prints, Options(**options)).plan()
            _reconcile.refuse(planned, 10)
            if planned.changes and not check:
                apply = _reconcile.Apply(self.there, KINDS, desired, world, ledger, store.resolver, prints)
                _reconcile.carry_out(planned.changes, apply, store.session.vault.http.map, lambda: store.prints(make=True))
            self.warnings = store.warnings
            return [f"{change.action} {change.key}" for change in planned.changes]


def test_check_run_run_again_rotate_prune(ready):
    system = System(ready, "whole")
    wanted = ["create room:cellar", "create box:cellar/a b"]
    before = mark(ready.audit_log)
    assert system(CONFIG, check=True) == wanted and system.there == {} and vault_writes(ready.audit_log, before) == []
    assert system(CONFIG) == wanted
    secret = ready.call("GET", "team/kv/data/box")["data"]["data"]["password"]
    assert system.there["box:cellar/a b"] == {"colour": "red", "password": secret}
    noted = ready.call("GET", "platform-ledger/data/shelf/whole")["data"]["data"]["objects"]
    assert '"box:cellar/a b":{"hmac_password":' in noted and secret not in noted
    before = mark(ready.audit_log)
    assert system(CONFIG) == [] and vault_writes(ready.audit_log, before) == []
    Runs(ready)(SEEDS, rotate=["team/kv/box#password"])
    assert system(CONFIG) == ["update box:cellar/a b"] and system.there["box:cellar/a b"]["password"] != secret
    assert system({**CONFIG, "box": {}}, prune="owned") == ["delete box:cellar/a b"] and list(system.there) == ["room:cellar"]


def test_a_secret_that_is_not_there_yet(ready):
    system = System(ready, "later")
    config = {"box": {"a": {"password": "vault:team/kv/later#x"}}}
    assert system(config, check=True) == ["create box:a"] and "team/kv/later doesn't exist" in system.warnings[0]
    with pytest.raises(Refused, match="the secret team/kv/later doesn't exist; declare it"):
        system(config)


def test_the_policy_that_a_system_needs(ready):
    rules = {"team/kv/data/box": '"read"', "platform-ledger/data/shelf/*": '"read", "create", "update"',
             "platform-ledger/data/fingerprint-key": '"read", "create"'}
    System(ready, "first")(CONFIG)  # The mount of the ledgers is made once, by whoever configures Vault.
    ready.call("PUT", "sys/policies/acl/shelf", {"policy": "".join(f'path "{path}" {{ capabilities = [{given}] }}\n' for path, given in rules.items())})
    token = ready.call("POST", "auth/token/create", {"policies": ["shelf"]})["auth"]["client_token"]
    system = System(ready, "narrow", token)
    assert len(system(CONFIG)) == 2 and system(CONFIG) == []
    with pytest.raises(ApiError, match="permission denied.*let the policy of our login read team/data/kv/other|team/kv/other"):
        system({"box": {"a": {"password": "vault:team/kv/other#x"}}})


def test_scopes_are_a_sites_own(ready):
    System(ready, "sited")(CONFIG, site="blue")
    with pytest.raises(ForeignLedger, match="shelf/sited belongs to the site blue"):
        System(ready, "sited")(CONFIG, site="green")
