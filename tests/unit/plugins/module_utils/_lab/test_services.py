# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""OpenBao, PostgreSQL, registry and S3 server, as data."""
from __future__ import annotations

import json

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import services
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import Layout

LAYOUT = Layout("unit", "/state", 20000)


def test_openbao_has_raft_tls_and_a_declared_audit_device() -> None:
    program = services.openbao(LAYOUT, {"openbao": "/cache/bao"})
    config = json.loads(program.files[0].content)
    assert config["storage"]["raft"] == {"path": "/state/openbao", "node_id": "lab", "performance_multiplier": 1}
    listener = config["listener"][0]["tcp"]
    assert (listener["address"], listener["tls_cert_file"]) == ("127.0.0.1:20200", "/state/pki/openbao.crt")
    assert config["audit"][0]["options"] == {"file_path": "/state/audit/openbao.log"}
    assert "tls_disable" not in listener
    assert program.argv == ("/cache/bao", "server", "-config=/state/config/openbao.json")


def test_openbao_is_ready_when_it_answers_sealed_or_not() -> None:
    assert set(services.openbao(LAYOUT, {"openbao": "x"}).probe.status) == {200, 429, 501, 503}


def test_vault_gets_no_declared_audit_device() -> None:
    config = json.loads(services.openbao(LAYOUT, {"openbao": "/bin/vault"}, declared_audit=False).files[0].content)
    assert "audit" not in config
    assert config["disable_mlock"] is True


def test_openbao_has_no_seal_of_its_own() -> None:
    assert "seal" not in json.loads(services.openbao(LAYOUT, {"openbao": "x"}).files[0].content)


def settings(text: str) -> dict[str, str]:
    """Reads postgresql.conf."""
    return {name: value.strip("'") for name, value in (line.split(" = ", 1) for line in text.splitlines())}


def test_postgres_takes_tls_and_scram_only() -> None:
    program = services.postgres(LAYOUT, {"postgres": "/usr/lib/postgresql/15/bin"})
    config = settings(program.files[0].content)
    assert (config["ssl"], config["password_encryption"], config["port"]) == ("on", "scram-sha-256", "20432")
    assert config["listen_addresses"] == "127.0.0.1"
    rules = program.files[1].content.splitlines()
    assert rules == ["local all postgres peer", "hostssl all all 127.0.0.1/32 scram-sha-256"]


def test_postgres_names_all_its_files_outside_the_cluster() -> None:
    program = services.postgres(LAYOUT, {"postgres": "/x"})
    config = settings(program.files[0].content)
    assert {config["hba_file"], config["ident_file"]} <= {file.path for file in program.files}
    assert config["data_directory"] == "/state/postgres/data"


def test_postgres_runs_and_keeps_its_files_as_its_own_user() -> None:
    program = services.postgres(LAYOUT, {"postgres": "/x"})
    assert program.user == "postgres"
    assert {thing.owner for thing in (*program.files, *program.directories, *program.leaves)} == {"postgres"}
    assert program.stop_signal == "INT"


def test_the_other_servers_keys_open_nothing() -> None:
    """PostgreSQL's belongs to its own user: it must not get anybody into etcd or Kubernetes."""
    programs = [services.openbao(LAYOUT, {"openbao": "x"}), services.postgres(LAYOUT, {"postgres": "x"}), services.registry(LAYOUT, {"registry": "x"}, ""),
                services.s3(LAYOUT, {"versitygw": "x"}, "a", "b", "c")]
    assert {leaf.usage for program in programs for leaf in program.leaves} == {"server"}


def test_the_registry_asks_for_a_password_and_may_delete() -> None:
    program = services.registry(LAYOUT, {"registry": "/cache/docker-registry"}, "lab:$2b$x\n")
    config = json.loads(program.files[0].content)
    assert config["auth"]["htpasswd"]["path"] == "/state/config/registry.htpasswd" == program.files[1].path
    assert config["storage"]["delete"] == {"enabled": True}
    assert config["http"]["addr"] == "127.0.0.1:20500"
    assert program.files[1].secret
    assert program.probe.status == (401,)


def test_the_s3_servers_keys_stand_in_its_file_only() -> None:
    program = services.s3(LAYOUT, {"versitygw": "/cache/versitygw"}, "AK", "canary", "us-east-1")
    assert "canary" not in " ".join(program.argv)
    assert program.environment == {}
    assert "ROOT_SECRET_KEY=canary" in program.files[0].content
    assert program.files[0].secret
    assert f". {program.files[0].path};" in program.argv[-1]


def test_the_s3_server_becomes_the_shell_that_started_it() -> None:
    """Else the supervisor would stop a shell and leave the server."""
    assert "; exec /cache/versitygw " in services.s3(LAYOUT, {"versitygw": "/cache/versitygw"}, "a", "b", "c").argv[-1]


def test_the_s3_server_keeps_versions() -> None:
    program = services.s3(LAYOUT, {"versitygw": "/x"}, "a", "b", "c")
    assert "--versioning-dir /state/s3/versions /state/s3/buckets" in program.argv[-1]
    assert {"/state/s3/versions", "/state/s3/buckets"} <= {directory.path for directory in program.directories}
