# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Dynamic credentials and root rotation with a real PostgreSQL."""

from __future__ import annotations

import json

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from tests.lab.postgres import postgres  # noqa: F401  # pylint: disable=unused-import
from tests.lab.vault_runs import Runs, changes

LOGIN = "CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'"
FIRST = "first-password-of-vault"


@pytest.fixture
def database(postgres):  # noqa: F811
    """With a user for Vault whose first password is known."""
    postgres.query("postgres", postgres.password, "DROP ROLE IF EXISTS vault")
    postgres.query("postgres", postgres.password, f"CREATE ROLE vault SUPERUSER LOGIN PASSWORD '{FIRST}'")
    return postgres


def config(database, **connection) -> dict:
    url = f"postgresql://{{{{username}}}}:{{{{password}}}}@{database.host}:{database.port}/postgres?sslmode=disable"
    return {
        "mounts": {"platform": {"type": "kv-v2"}, "database": {"type": "database"}},
        "secrets": {"platform/database/vault": {"data": {"password": FIRST}}},
        "database": {
            "database": {
                "connections": {
                    "main": {
                        "plugin_name": "postgresql-database-plugin",
                        "connection_url": url,
                        "username": "vault",
                        "password": "vault:platform/database/vault#password",
                        "allowed_roles": ["app"],
                        **connection,
                    }
                },
                "roles": {"app": {"db_name": "main", "creation_statements": [LOGIN], "default_ttl": "3s", "max_ttl": "1h"}},
            }
        },
    }


def credentials(server) -> tuple[str, str]:
    data = server.call("GET", "database/creds/app")["data"]
    return data["username"], data["password"]


def test_dynamic_credentials_work_and_expire(server, database):
    Runs(server).twice(config(database))
    user, password = credentials(server)
    assert database.query(user, password, "SELECT current_user") == [(user,)]
    assert database.refuses(user, password, seconds=15)


def test_the_root_password_is_turned_once_and_never_sent_again(server, database):
    run, wanted = Runs(server), config(database, rotate_root=True)
    run.twice(wanted)
    assert database.refuses("vault", FIRST), "only OpenBao knows the new one"
    wanted["database"]["database"]["connections"]["main"]["allowed_roles"] = ["app", "other"]
    assert changes(run.twice(wanted)) == ["update database_connection database/main"]
    user, password = credentials(server)
    assert database.query(user, password, "SELECT 1") == [(1,)]


def test_a_turn_that_was_cut_is_finished_without_the_old_password(server, database):
    """The ledger says «started», the object is there: turned or not, it is turned by what OpenBao knows."""
    run = Runs(server)
    run(config(database))
    for already in (False, True):
        known = json.loads(server.call("GET", "platform-ledger/data/vault/default")["data"]["data"]["objects"])
        known["database_connection:database/main"]["root"] = "started"
        server.call("POST", "platform-ledger/data/vault/default", {"data": {"objects": json.dumps(known)}})
        assert database.refuses("vault", FIRST) is already
        assert changes(run.twice(config(database, rotate_root=True))) == ["rotate database_connection database/main"]
    user, password = credentials(server)
    assert database.query(user, password, "SELECT 1") == [(1,)]


def test_a_wrong_password_is_told_without_showing_it(server, database):
    """The connection fails by name, its roles are skipped, what is independent is done."""
    wanted = config(database)
    wanted["secrets"]["platform/database/vault"]["data"]["password"] = "canary-of-a-wrong-password"
    wanted["policies"] = {"other": 'path "a" { capabilities = ["read"] }'}
    with pytest.raises(Refused) as refused:
        Runs(server)(wanted)
    text = str(refused.value)
    assert "database_connection database/main: create failed" in text and "database_role database/app: create skipped: it needs" in text
    assert "canary-of-a-wrong-password" not in text and "authentication failed" in text
    assert server.call("GET", "sys/policies/acl/other")["data"]["policy"]
    server.call("POST", "platform/data/database/vault", {"data": {"password": FIRST}})
    assert changes(Runs(server)(wanted)) == ["create database_connection database/main", "create database_role database/app"]


def test_static_roles_and_connection_drift(server, database):
    database.query("postgres", database.password, "CREATE ROLE static LOGIN PASSWORD 'old-password'")
    run, wanted = Runs(server), config(database, allowed_roles=["*"], max_open_connections=3, root_rotation_statements=[])
    wanted["database"]["database"]["static_roles"] = {"s": {"db_name": "main", "username": "static", "rotation_period": "24h"}}
    run.twice(wanted)
    assert database.refuses("static", "old-password")
    server.call("POST", "database/roles/app", {"db_name": "main", "creation_statements": ["x"], "default_ttl": "9h"})
    server.call("POST", "database/config/main", {"allowed_roles": ["nobody"]})
    assert changes(run.twice(wanted)) == ["update database_connection database/main", "update database_role database/app"]
    wanted["database"]["database"].update(roles={}, static_roles={})
    assert changes(run.twice(wanted, prune="owned")) == ["delete database_role database/app", "delete database_static_role database/s"]
