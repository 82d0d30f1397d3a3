# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PostgreSQL's cluster; what needs a running server is shown by the lab's tests."""
from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import database
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.credentials import scram
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError, Layout


def install(monkeypatch: pytest.MonkeyPatch, *versions: str) -> None:
    """Makes PostgreSQL of these versions look installed."""
    monkeypatch.setattr(database.glob, "glob", lambda _pattern: [f"/usr/lib/postgresql/{version}/bin/postgres" for version in versions])


def cluster(layout: Layout, version: str) -> pathlib.Path:
    """Makes a cluster of a version."""
    data = pathlib.Path(layout.path("postgres", "data"))
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text(f"{version}\n")
    return data


def test_the_newest_makes_a_new_cluster(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "9", "17", "15")
    assert database.programs(layout) == "/usr/lib/postgresql/17/bin"
    assert not database.exists(layout)


def test_a_cluster_keeps_its_version(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "15", "17")
    cluster(layout, "15")
    assert database.programs(layout) == "/usr/lib/postgresql/15/bin"
    assert database.exists(layout)


def test_a_cluster_whose_version_is_gone_is_a_sentence(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "17")
    cluster(layout, "15")
    with pytest.raises(LabError, match="was made by PostgreSQL 15, which is not installed any more: install postgresql-15"):
        database.programs(layout)


def test_no_postgresql_is_a_sentence(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    with pytest.raises(LabError, match="install the package «postgresql»"):
        database.programs(layout)


@pytest.mark.parametrize(("text", "stale"), [(None, False), ("", True), ("rubbish\n", True), ("4194999\n/data\n", True), (f"{os.getpid()}\n/data\n", True)],
                         ids=["none", "empty", "rubbish", "of nobody", "of another program"])
def test_a_lock_file_is_stale_unless_postgresql_holds_it(layout: Layout, text: str | None, stale: bool) -> None:
    place = cluster(layout, "15") / "postmaster.pid"
    if text is not None:
        place.write_text(text)
    assert database.stale_lock(layout) == (str(place) if stale else None)


class Server:
    """Answers psql's statements and keeps them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answer: str = "") -> None:
        self.calls: list[tuple[list[str], str]] = []

        def note(argv: list[str], _layout: Layout, text: str) -> str:
            self.calls.append((argv, text))
            return answer

        monkeypatch.setattr(database, "_as_postgres", note)


PASSWORDS = {"postgres": "one", "openbao": "two"}
KEPT = f"keycloak {scram('three')}\n"


@pytest.mark.parametrize(("rows", "wrong"), [
    ("", ["postgres", "openbao"]),
    (f"postgres {scram('one')}\n", ["openbao"]),
    (f"postgres {scram('other')}\nopenbao {scram('two')}\n", ["postgres"]),
    ("postgres -\nopenbao -\n", ["postgres"]),
    (f"postgres {scram('one')}\nopenbao {scram('rotated by Vault')}\n", []),
])
def test_roles_that_need_a_password(layout: Layout, monkeypatch: pytest.MonkeyPatch, rows: str, wrong: list[str]) -> None:
    Server(monkeypatch, rows)
    assert database.wrong_roles(layout, "/bin", PASSWORDS) == wrong


@pytest.mark.parametrize(("rows", "wrong"), [
    ("", ["keycloak"]), (KEPT, ["keycloak"]), ("database:keycloak -\n", ["keycloak"]), (KEPT + "database:keycloak -\n", []),
    (f"keycloak {scram('old')}\ndatabase:keycloak -\n", ["keycloak"]),
], ids=["nothing", "no-database", "no-role", "both", "other-password"])
def test_keycloaks_role_needs_its_password_and_its_database(layout: Layout, monkeypatch: pytest.MonkeyPatch, rows: str, wrong: list[str]) -> None:
    Server(monkeypatch, rows)
    assert database.wrong_roles(layout, "/bin", {"keycloak": "three"}) == wrong


def test_keycloaks_role_and_database_are_made_where_they_are_missing(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(monkeypatch)
    database.set_role(layout, "/bin", "keycloak", "canary")
    text = server.calls[0][1]
    assert "canary" not in text
    assert "SELECT 'CREATE ROLE keycloak' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'keycloak')\\gexec" in text
    assert "ALTER ROLE keycloak LOGIN PASSWORD 'SCRAM-SHA-256$4096:" in text
    assert "SELECT 'CREATE DATABASE keycloak OWNER keycloak' WHERE NOT EXISTS" in text
    assert "REVOKE ALL ON DATABASE keycloak FROM PUBLIC" in text
    assert "CREATEROLE" not in text and "SUPERUSER" not in text


def failing(monkeypatch: pytest.MonkeyPatch, words: str, times: int) -> list[int]:
    """Makes the server refuse with these words for a while; returns the list of refusals."""
    refused: list[int] = []

    def answer(*_args: object) -> str:
        if len(refused) < times:
            refused.append(1)
            raise LabError(f"PostgreSQL's psql failed: {words}.")
        return ""

    monkeypatch.setattr(database, "_as_postgres", answer)
    monkeypatch.setattr(database.time, "sleep", lambda _seconds: None)
    return refused


def test_a_server_that_is_starting_up_is_waited_for(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = failing(monkeypatch, "FATAL:  the database system is starting up", 3)
    assert database.wrong_roles(layout, "/bin", PASSWORDS) == ["postgres", "openbao"]
    assert len(refused) == 3


@pytest.mark.parametrize(("words", "patience"), [("FATAL:  the database system is starting up", -1.0), ("out of memory", 60.0)])
def test_any_other_refusal_and_a_long_one_is_told(layout: Layout, monkeypatch: pytest.MonkeyPatch, words: str, patience: float) -> None:
    refused = failing(monkeypatch, words, 9)
    monkeypatch.setattr(database, "PATIENCE", patience)
    with pytest.raises(LabError, match=words):
        database.wrong_roles(layout, "/bin", PASSWORDS)
    assert len(refused) == 1


def test_every_role_has_its_credentials_file() -> None:
    assert set(database.LOGINS) == set(database.ROLES)


def test_the_server_gets_a_verifier_never_the_password(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(monkeypatch)
    database.set_role(layout, "/bin", "postgres", "canary")
    argv, text = server.calls[0]
    assert "canary" not in text and "canary" not in " ".join(argv)
    assert "ALTER ROLE postgres SUPERUSER LOGIN PASSWORD 'SCRAM-SHA-256$4096:" in text


def test_vaults_role_may_make_roles_and_hand_reading_on(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(monkeypatch)
    database.set_role(layout, "/bin", "openbao", "canary")
    text = server.calls[0][1]
    assert text.startswith("BEGIN; CREATE ROLE openbao CREATEROLE LOGIN PASSWORD")
    assert text.endswith("GRANT pg_read_all_data TO openbao WITH ADMIN OPTION; COMMIT")
    assert "SUPERUSER" not in text


def test_the_cluster_gets_its_name_when_it_is_complete(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    work = pathlib.Path(layout.path("postgres", "data.new"))
    work.mkdir(parents=True)
    (work / "half").write_text("of a killed run")

    def initdb(argv: list[str], _layout: Layout, _text: str) -> str:
        assert not work.exists()
        assert argv[argv.index("-D") + 1] == str(work)
        assert {"--auth-host=scram-sha-256", "--auth-local=peer"} <= set(argv)
        work.mkdir()
        (work / "PG_VERSION").write_text("15\n")
        return ""

    monkeypatch.setattr(database, "_as_postgres", initdb)
    database.create(layout, "/usr/lib/postgresql/15/bin")
    assert database.exists(layout)
    assert not work.exists()


@pytest.mark.skipif(os.geteuid() != 0 or not database.glob.glob(database.INSTALLED), reason="needs root and PostgreSQL")
def test_a_failing_program_tells_its_last_words(layout: Layout) -> None:
    os.chmod(layout.state, 0o711)
    for parent in (pathlib.Path(layout.state), *pathlib.Path(layout.state).parents[:3]):
        os.chmod(parent, os.stat(parent).st_mode | 0o011)
    home = pathlib.Path(layout.path("postgres"))
    home.mkdir()
    with pytest.raises(LabError, match=r"PostgreSQL's psql failed: .*\. Its log is "):
        database.wrong_roles(layout, database.programs(layout), PASSWORDS)
