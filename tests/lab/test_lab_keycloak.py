# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab's Keycloak, seen by public clients: in production mode, closed to strangers, with everything of its own in the instance."""
from __future__ import annotations

import json
import os
import pathlib
import signal
import time
import typing as t

import psycopg
import pytest

from tests.lab.instance import Lab, cache_dir
from tests.lab.test_lab_servers import connect

pytestmark = pytest.mark.lab
Login = dict[str, t.Any]


@pytest.fixture
def first(lab: Lab) -> Login:
    """The credentials file of the first administrator, of a Keycloak that is ready."""
    return lab.credentials("keycloak")


def token(lab: Lab, login: Login, url: str = "", trust: bool = True) -> tuple[int, dict[str, t.Any]]:
    """Asks for a token by name and password with curl, the password on standard input; returns status and answer."""
    command = ["curl", "-sS", "--noproxy", "*", *(["--cacert", login["ca_file"]] if trust else []), "-w", "\n%{http_code}"]
    command += ["-d", "grant_type=password", "-d", "client_id=admin-cli", "-d", f"username={login['username']}", "--data-urlencode", "password@-"]
    done = lab.run(*command, f"{url or login['url']}/realms/master/protocol/openid-connect/token", text=login["password"], check=False)
    body, _newline, status = done.stdout.rpartition("\n")
    return int(status), json.loads(body or "{}")


def test_the_first_administrator_logs_in_and_nobody_else(lab: Lab, first: Login) -> None:
    status, answer = token(lab, first)
    assert status == 200, answer
    status, body = lab.get(f"{first['url']}/admin/realms", {"Authorization": f"Bearer {answer['access_token']}"})
    assert status == 200 and "master" in [realm["realm"] for realm in json.loads(body)]
    assert token(lab, {**first, "password": "wrong"})[1]["error"] == "invalid_grant"
    assert lab.get(f"{first['url']}/admin/realms")[0] == 401


def test_its_certificate_is_of_the_labs_authority_for_both_of_its_names(lab: Lab, first: Login) -> None:
    assert first["url"] == f"https://localhost:{lab.port_base + 343}"
    assert token(lab, first, lab.url("keycloak"))[0] == 200
    assert token(lab, first, trust=False)[0] == 0


def test_the_issuer_is_its_url_whichever_name_it_is_called_by(lab: Lab, first: Login) -> None:
    for url in (first["url"], lab.url("keycloak")):
        document = json.loads(lab.get(f"{url}/realms/master/.well-known/openid-configuration")[1])
        assert document["issuer"] == f"{first['url']}/realms/master"


def test_it_listens_on_loopback_only_and_speaks_tls_only(lab: Lab, first: Login) -> None:
    pid = lab.processes()["keycloak"][0]
    rows = [line.split() for line in lab.run("ss", "-Hltnp").stdout.splitlines() if f"pid={pid}," in line]
    places = [row[3].replace("[::ffff:127.0.0.1]", "127.0.0.1") for row in rows]
    assert {f"127.0.0.1:{lab.port_base + offset}" for offset in (343, 390)} <= set(places)
    assert [place for place in places if not place.startswith("127.0.0.1:")] == []
    plain = lab.run("curl", "-sS", "--noproxy", "*", lab.url("keycloak").replace("https", "http"), check=False)
    assert plain.returncode


def test_its_database_is_its_own_and_its_login_has_no_other_right(lab: Lab, first: Login) -> None:
    with connect(lab, "postgres-keycloak") as session:
        assert ("master",) in session.execute("SELECT name FROM realm").fetchall()
        assert session.execute("SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user").fetchone() == (False, False, False)
    with connect(lab, "postgres", dbname="keycloak") as session:
        clear = session.execute("SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'keycloak' AND NOT ssl").fetchone()
    assert clear == (0,)
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        connect(lab, "postgres-openbao", dbname="keycloak")


def test_its_secrets_stand_in_their_files_only(lab: Lab, first: Login) -> None:
    secrets = [first["password"], lab.credentials("postgres-keycloak")["password"]]
    pid = lab.processes()["keycloak"][0]
    shown = [pathlib.Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ")]
    shown += [path.read_bytes() for path in (*lab.state_dir.glob("log/*"), lab.state_dir / "supervisord.conf")]
    assert [secret[:3] for secret in secrets if any(secret.encode() in text for text in shown)] == []
    for path in ("config/keycloak.conf", "credentials/keycloak.json", "credentials/postgres-keycloak.json"):
        assert (lab.state_dir / path).stat().st_mode & 0o777 == 0o600


def test_it_writes_nothing_into_the_cache_that_instances_share(lab: Lab, first: Login) -> None:
    shared = pathlib.Path(os.readlink(lab.state_dir / "keycloak/lib")).parent
    assert shared.parent == cache_dir()
    made = (shared / "MANIFEST.json").stat().st_mtime_ns
    assert [path for path in shared.rglob("*") if path.stat().st_mtime_ns > made] == []
    assert (lab.state_dir / "keycloak/data").stat().st_mode & 0o777 == 0o700


def test_a_second_run_restarts_nothing(lab: Lab, first: Login) -> None:
    before = lab.processes()
    assert lab.playbook().changed == 0
    assert lab.processes() == before


def test_killed_it_comes_back_with_what_it_knew(lab: Lab, first: Login) -> None:
    before = lab.processes()
    os.kill(before["keycloak"][0], signal.SIGKILL)
    deadline = time.monotonic() + 20
    while lab.processes().get("keycloak", before["keycloak"]) == before["keycloak"] and time.monotonic() < deadline:
        time.sleep(0.2)
    lab.wait_for_keycloak()
    assert token(lab, first)[0] == 200
    after = lab.processes()
    assert {name for name in before if after[name] != before[name]} == {"keycloak"}


def test_drift_of_its_configuration_restarts_it_alone_and_holds_nobody_up(lab: Lab, first: Login) -> None:
    before, place = lab.processes(), lab.state_dir / "config/keycloak.conf"
    place.write_text(place.read_text() + "log-level=debug\n")
    assert "keycloak.conf: content differs" in lab.playbook("--check", "-v").output
    assert lab.processes() == before
    run = lab.playbook("-v", lab_wait="needed")
    assert "keycloak.conf: content differs" in run.output and first["password"] not in run.output
    after = lab.processes()
    assert {name for name in before if after.get(name) != before[name]} == {"keycloak"}
    lab.wait_for_keycloak()
    assert lab.playbook().changed == 0
