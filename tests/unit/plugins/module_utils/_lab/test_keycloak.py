# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keycloak, as data."""
from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.program import Program

LAYOUT = Layout("unit", "/state", 20000)
LOGIN = {"url": "https://localhost:20343", "username": "first", "password": "canary-admin"}
DATABASE = {"host": "127.0.0.1", "port": 20432, "database": "keycloak", "username": "keycloak", "password": "canary-database"}


def program(layout: Layout = LAYOUT) -> Program:
    """Returns the program."""
    return keycloak.keycloak(layout, {"java": "/usr/bin/java", "keycloak": "/cache/keycloak-1"}, LOGIN, DATABASE)


def conf(layout: Layout = LAYOUT) -> dict[str, str]:
    """Reads keycloak.conf."""
    return dict(line.split("=", 1) for line in keycloak.settings(layout, LOGIN, DATABASE).splitlines())


def test_everything_listens_on_loopback_with_the_labs_certificate() -> None:
    found = conf()
    assert (found["http-host"], found["https-port"]) == ("127.0.0.1", "20343")
    assert (found["http-management-host"], found["http-management-port"]) == ("127.0.0.1", "20390")
    assert (found["https-certificate-file"], found["https-certificate-key-file"]) == ("/state/pki/keycloak.crt", "/state/pki/keycloak.key")
    assert found["cache"] == "local"
    assert "http-enabled" not in found


def test_its_url_has_a_name_that_browsers_take_a_security_key_from() -> None:
    assert conf()["hostname"] == "https://localhost:20343"
    assert conf(Layout("unit", "/state", 20000, "10.99.0.1"))["hostname"] == "https://10.99.0.1:20343"
    assert {"localhost", "127.0.0.1"} == set(program().leaves[0].names)


def test_the_database_is_reached_by_tls_that_is_verified() -> None:
    found = conf()
    assert found["db-url"] == "jdbc:postgresql://127.0.0.1:20432/keycloak?sslmode=verify-full&sslrootcert=/state/ca.crt"
    assert (found["db-username"], found["db-password"]) == ("keycloak", "canary-database")


def test_the_first_administrator_is_the_one_of_the_credentials_file() -> None:
    found = conf()
    assert (found["bootstrap-admin-username"], found["bootstrap-admin-password"]) == ("first", "canary-admin")


def test_secrets_stand_in_one_file_that_only_its_owner_reads_and_nowhere_else() -> None:
    found = program()
    (file,) = found.files
    assert (file.path, file.mode, file.secret) == ("/state/config/keycloak.conf", 0o600, True)
    assert f"--config-file={file.path}" in found.argv
    assert "canary" not in " ".join(found.argv) + str(found.environment)


def test_java_is_started_itself_with_a_bound_on_its_memory() -> None:
    found = program()
    assert found.argv[0] == "/usr/bin/java"
    assert "-Xmx512m" in found.argv
    assert found.argv[-2:] == ("start", "--optimized")


def test_nothing_of_it_lies_in_the_shared_cache_but_what_was_built() -> None:
    found = program()
    assert "-Dkc.home.dir=/state/keycloak" in found.argv
    assert "/cache" not in " ".join(found.argv)
    assert [(link.path, link.target) for link in found.links] == [("/state/keycloak/lib", "/cache/keycloak-1/lib")]
    assert all(directory.path.startswith("/state/keycloak") for directory in found.directories)


def test_it_is_ready_when_its_database_is_and_holds_nobody_up() -> None:
    found = program()
    assert found.probe.url == "https://127.0.0.1:20390/health/ready"
    assert found.slow == keycloak.READY_SECONDS
    assert found.wave == 2


def test_it_ends_politely_with_time_for_the_requests_it_serves() -> None:
    found = program()
    assert (found.stop_signal, found.stop_seconds, found.user) == ("TERM", 30, "root")
