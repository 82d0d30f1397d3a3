# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PostgreSQL's own cluster: made once, its roles given the passwords of the credentials files through the private socket."""
from __future__ import annotations

import glob
import os
import shutil
import time

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.command import call
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.credentials import scram, scram_fits
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.files import ids, read
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError, Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.services import POSTGRES_USER

# On PostgreSQL 15 CREATEROLE may hand on every role but a superuser's, pg_execute_server_program too (from 16 on only what it was given). Whoever writes
# database roles in Vault is therefore as good as the user postgres, which is why that user's key opens nothing else (docs/lab.md).
ROLES = {"postgres": "SUPERUSER LOGIN", "openbao": "CREATEROLE LOGIN", "keycloak": "LOGIN"}
LOGINS = {"postgres": "postgres", "openbao": "postgres-openbao", "keycloak": "postgres-keycloak"}  # role -> its credentials file
DATABASES = ("keycloak",)  # roles that have a database of their own name
# From PostgreSQL 16 on, CREATEROLE alone may no longer hand on a predefined role.
HAND_ON = "GRANT pg_read_all_data TO openbao WITH ADMIN OPTION;"
# Statements that psql runs where there is no such role or database yet: CREATE DATABASE may stand in no transaction, so a kill leaves one without the other.
MISSING_ROLE = "SELECT 'CREATE ROLE {0}' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{0}')\\gexec\n"
MISSING_DATABASE = "SELECT 'CREATE DATABASE {0} OWNER {0}' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{0}')\\gexec\n"
STARTING, PATIENCE = "the database system is", 60.0  # … starting up; … not yet accepting connections
INSTALLED = "/usr/lib/postgresql/*/bin/postgres"


def programs(layout: Layout) -> str:
    """Returns the folder of PostgreSQL's programs: of the version that made the cluster, else the newest installed. Raises LabError."""
    found = {int(path.split("/")[4]): os.path.dirname(path) for path in glob.glob(INSTALLED) if path.split("/")[4].isdigit()}
    made = (read(layout.path("postgres", "data", "PG_VERSION")) or "").strip()
    if made and int(made) not in found:
        raise LabError(
            f"{layout.path('postgres', 'data')} was made by PostgreSQL {made}, which is not installed any more: install postgresql-{made}, "
            "or remove the lab with «make demo-down» and start again."
        )
    if not found:
        raise LabError("PostgreSQL's programs are not below /usr/lib/postgresql: install the package «postgresql».")
    return found[int(made) if made else max(found)]


def exists(layout: Layout) -> bool:
    """Tells whether the cluster is complete: initdb moves it to its place as the last step."""
    return os.path.exists(layout.path("postgres", "data", "PG_VERSION"))


def create(layout: Layout, folder: str) -> None:
    """Makes the cluster beside its place and moves it there. Raises LabError."""
    work = layout.path("postgres", "data.new")
    shutil.rmtree(work, ignore_errors=True)
    _as_postgres(
        [f"{folder}/initdb", "-D", work, "-U", POSTGRES_USER, "--auth-host=scram-sha-256", "--auth-local=peer", "--encoding=UTF8", "--locale=C.UTF-8"],
        layout, "",
    )
    os.rename(work, layout.path("postgres", "data"))


def stale_lock(layout: Layout) -> str | None:
    """Returns the path of a lock file whose process is gone or is no PostgreSQL any more, None otherwise.

    After a kill -9 the number may belong to another process of the same user, and PostgreSQL would refuse to start.
    """
    place = layout.path("postgres", "data", "postmaster.pid")
    text = read(place)
    if not text or not text.split()[0].isdigit():
        return place if text is not None else None
    pid = int(text.split()[0])
    try:
        return None if os.path.basename(os.readlink(f"/proc/{pid}/exe")) == "postgres" else place
    except OSError:
        return place


def wrong_roles(layout: Layout, folder: str, passwords: dict[str, str]) -> list[str]:
    """Returns, of the roles in ``passwords``, those that are missing, or lack their database, or whose password is not the one of the credentials file.

    Vault rotates the password of «openbao»: once that role exists it is its business.
    """
    query = "SELECT rolname || ' ' || coalesce(rolpassword, '-') FROM pg_authid; SELECT 'database:' || datname || ' -' FROM pg_database"
    rows = dict(line.split(" ", 1) for line in _psql(layout, folder, query).splitlines() if " " in line)

    def fits(role: str) -> bool:
        held = role in rows if role == "openbao" else scram_fits(rows.get(role, ""), passwords[role])
        return held and (role not in DATABASES or f"database:{role}" in rows)

    return [role for role in passwords if not fits(role)]


def set_role(layout: Layout, folder: str, role: str, password: str) -> None:
    """Creates a role, with its database where it has one, or sets its password; the server gets the verifier only."""
    if role in DATABASES:
        alter = f"ALTER ROLE {role} {ROLES[role]} PASSWORD '{scram(password)}';\n"
        closed = f"REVOKE ALL ON DATABASE {role} FROM PUBLIC;\n"
        _psql(layout, folder, MISSING_ROLE.format(role) + alter + MISSING_DATABASE.format(role) + closed)
        return
    verb, statement = ("ALTER", "") if role == "postgres" else ("CREATE", HAND_ON)
    _psql(layout, folder, f"BEGIN; {verb} ROLE {role} {ROLES[role]} PASSWORD '{scram(password)}'; {statement} COMMIT")


def _psql(layout: Layout, folder: str, statement: str) -> str:
    command = [f"{folder}/psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", layout.path("postgres"), "-p", str(layout.port("postgres"))]
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return _as_postgres([*command, "-U", POSTGRES_USER, "-d", "postgres", "-f", "-"], layout, statement)
        except LabError as error:  # it listens before it has read its log to the end
            if STARTING not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def _as_postgres(argv: list[str], layout: Layout, text: str) -> str:
    """Runs a program as PostgreSQL's user with ``text`` as its standard input. Raises LabError with its last words."""
    uid, gid = ids(POSTGRES_USER)
    done = call(
        argv, input=text, user=uid, group=gid, extra_groups=[], cwd=layout.path("postgres"),
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PGCONNECT_TIMEOUT": "10"},
    )
    if done.returncode:
        words = " / ".join(done.stderr.strip().splitlines()[-3:]) or "no message"
        raise LabError(f"PostgreSQL's {os.path.basename(argv[0])} failed: {words}. Its log is {layout.path('log', 'postgres.log')}.")
    return done.stdout
