# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab's servers, seen by public clients: up, TLS by the lab's CA, closed to those without credentials."""
from __future__ import annotations

import gzip
import hashlib
import io
import json
import ssl
import tarfile
import urllib.error

import psycopg
import pytest

from tests.lab.instance import Lab

pytestmark = pytest.mark.lab


def test_openbao_answers_and_declares_its_audit_device(lab: Lab) -> None:
    status, body = lab.get(f"{lab.vault_addr}/v1/sys/seal-status")
    answer = json.loads(body)
    assert status == 200 and answer["storage_type"] == "raft"
    config = json.loads((lab.state_dir / "config/openbao.json").read_text())
    assert [device["options"]["file_path"] for device in config["audit"]] == [str(lab.state_dir / "audit/openbao.log")]


def test_kubernetes_is_ready_with_rbac(lab: Lab) -> None:
    assert lab.kubectl("get", "--raw", "/readyz") == "ok"
    assert json.loads(lab.kubectl("version", "-o", "json"))["serverVersion"]["gitVersion"] == "v1.35.4"
    refused = lab.kubectl("auth", "can-i", "get", "secrets", "--as", "system:serviceaccount:default:default", check=False)
    assert refused.strip() == "no"


def test_workloads_become_ready_on_the_fake_nodes(lab: Lab) -> None:
    lab.kubectl("create", "namespace", "lab-test")
    try:
        lab.kubectl("-n", "lab-test", "create", "deployment", "web", "--image=example.invalid/web", "--replicas=2")
        lab.kubectl("-n", "lab-test", "rollout", "status", "deployment/web", "--timeout=60s")
        nodes = json.loads(lab.kubectl("get", "nodes", "-o", "json"))["items"]
        assert [node["metadata"]["name"] for node in nodes] == ["lab-node-1", "lab-node-2"]
    finally:
        lab.kubectl("delete", "namespace", "lab-test", "--wait=false")


def test_the_api_refuses_who_has_no_credentials(lab: Lab) -> None:
    assert lab.get(f"{lab.url('kube-apiserver')}/api/v1/namespaces")[0] == 403
    assert lab.get(f"{lab.url('kube-apiserver')}/api/v1/namespaces", {"Authorization": "Bearer nonsense"})[0] == 401


def test_etcd_takes_no_connection_without_a_certificate(lab: Lab) -> None:
    with pytest.raises((urllib.error.URLError, ssl.SSLError, ConnectionError)):
        lab.get(f"{lab.url('etcd')}/health")


def test_the_database_servers_key_opens_neither_etcd_nor_kubernetes(lab: Lab) -> None:
    """It belongs to the user postgres; whoever writes database roles in Vault may become that user."""
    pair = ["--cert", str(lab.state_dir / "pki/postgres.crt"), "--key", str(lab.state_dir / "pki/postgres.key")]
    for ca, url in ((f"{lab.state_dir}/pki/etcd-ca.crt", f"{lab.url('etcd')}/health"), (lab.ca_file, f"{lab.url('kube-apiserver')}/api/v1/secrets")):
        done = lab.run("curl", "-sS", "--noproxy", "*", "--cacert", ca, *pair, "-o", "/dev/null", "-w", "%{http_code}", url, check=False)
        assert done.returncode or done.stdout in ("401", "403"), (url, done.stdout)


def test_requests_are_in_the_audit_log_without_their_bodies(lab: Lab) -> None:
    lab.kubectl("-n", "default", "create", "secret", "generic", "lab-canary", "--from-literal=key=canary-4c1d")
    lab.kubectl("-n", "default", "delete", "secret", "lab-canary")
    text = (lab.state_dir / "audit/kubernetes.log").read_text()
    assert "/api/v1/namespaces/default/secrets" in text and "canary-4c1d" not in text
    assert '"lab:ready"' not in text and '"system:kube-scheduler"' not in text


def connect(lab: Lab, system: str, **changes: object) -> psycopg.Connection:
    login = lab.credentials(system)
    settings = {"host": login["host"], "port": login["port"], "user": login["username"], "password": login["password"], "dbname": login["database"]}
    return psycopg.connect(**{**settings, "sslmode": "verify-full", "sslrootcert": login["ca_file"], **changes})


def test_postgres_takes_its_superuser_by_tls_and_scram(lab: Lab) -> None:
    with connect(lab, "postgres") as session:
        assert session.execute("SHOW password_encryption").fetchone() == ("scram-sha-256",)
        assert session.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone() == (True,)


@pytest.mark.parametrize("changes", [{"password": "wrong"}, {"sslmode": "disable"}], ids=["wrong-password", "no-tls"])
def test_postgres_refuses(lab: Lab, changes: dict[str, str]) -> None:
    with pytest.raises(psycopg.OperationalError):
        connect(lab, "postgres", **changes)


def test_postgres_has_a_role_for_vault_that_can_make_roles_and_is_no_superuser(lab: Lab) -> None:
    with connect(lab, "postgres") as session:
        row = session.execute("SELECT rolcreaterole, rolsuper FROM pg_roles WHERE rolname = 'openbao'").fetchone()
    assert row == (True, False)


def test_registry_takes_an_image_from_skopeo_and_refuses_a_stranger(lab: Lab, tmp_path) -> None:
    login = lab.credentials("registry")
    assert lab.get(f"{login['url']}/v2/")[0] == 401
    address = login["url"].removeprefix("https://")
    # skopeo's «dir:» layout: an image of one empty layer, made by hand, for no image can be fetched here
    image = tmp_path / "image"
    image.mkdir()
    write_image(image)
    auth = tmp_path / "auth.json"
    certs = tmp_path / "certs"
    certs.mkdir()
    (certs / "ca.crt").write_text((lab.state_dir / "ca.crt").read_text())
    lab.run("skopeo", "login", "--authfile", str(auth), "--cert-dir", str(certs), "-u", login["username"], "--password-stdin", address, text=login["password"])
    policy = tmp_path / "policy.json"
    policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    lab.run(
        "skopeo", "--policy", str(policy), "copy", "--authfile", str(auth), "--dest-cert-dir", str(certs), f"dir:{image}", f"docker://{address}/lab/empty:1",
    )
    listed = lab.run("skopeo", "list-tags", "--authfile", str(auth), "--cert-dir", str(certs), f"docker://{address}/lab/empty").stdout
    assert json.loads(listed)["Tags"] == ["1"]
    assert lab.run("skopeo", "list-tags", "--no-creds", "--cert-dir", str(certs), f"docker://{address}/lab/empty", check=False).returncode


def write_image(folder) -> None:
    """Writes an image with one empty layer as skopeo's «dir:» transport reads it."""
    buffer = io.BytesIO()
    tarfile.open(fileobj=buffer, mode="w").close()
    layer = gzip.compress(buffer.getvalue(), mtime=0)
    config = json.dumps({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(buffer.getvalue()).hexdigest()]},
    }).encode()
    blobs = {}
    for data in (layer, config):
        digest = hashlib.sha256(data).hexdigest()
        (folder / digest).write_bytes(data)
        blobs[id(data)] = {"size": len(data), "digest": f"sha256:{digest}"}
    kind = "application/vnd.docker"
    (folder / "manifest.json").write_text(json.dumps({
        "schemaVersion": 2, "mediaType": f"{kind}.distribution.manifest.v2+json",
        "config": {"mediaType": f"{kind}.container.image.v1+json", **blobs[id(config)]},
        "layers": [{"mediaType": f"{kind}.image.rootfs.diff.tar.gzip", **blobs[id(layer)]}],
    }))
    (folder / "version").write_text("Directory Transport Version: 1.1\n")


def test_everything_is_owner_only(lab: Lab) -> None:
    state = lab.state_dir
    for path in [state / "kubeconfig", *state.glob("credentials/*"), *state.glob("pki/*.key"), *state.glob("config/*")]:
        assert path.stat().st_mode & 0o777 == 0o600, path
    assert (lab.state_dir / "supervisor.sock").stat().st_mode & 0o777 == 0o700


def s3(lab: Lab, method: str, path: str, login: dict[str, str], data: str = "") -> tuple[int, str]:
    """Sends one signed request with curl, whose credentials come from standard input."""
    config = f'user = "{login["access_key"]}:{login["secret_key"]}"\n'
    command = ["curl", "-sS", "--noproxy", "*", "--cacert", lab.ca_file, "--aws-sigv4", f"aws:amz:{login['region']}:s3", "-K", "-", "-X", method]
    # Debian 12's curl signs this header but doesn't make it.
    command += ["-H", f"x-amz-content-sha256: {hashlib.sha256(data.encode()).hexdigest()}"]
    command += ["-w", "\n%{http_code}", *(["--data-binary", data] if data else []), f"{login['url']}{path}"]
    body, _newline, status = lab.run(*command, text=config).stdout.rpartition("\n")
    return int(status), body


def test_s3_keeps_an_object_and_refuses_a_wrong_key(lab: Lab) -> None:
    login = lab.credentials("s3")
    assert lab.get(login["url"] + "/")[0] == 403
    assert s3(lab, "PUT", "/lab-test", login)[0] == 200
    try:
        assert s3(lab, "PUT", "/lab-test/a", login, "hello")[0] == 200
        assert s3(lab, "GET", "/lab-test/a", login) == (200, "hello")
        assert s3(lab, "GET", "/lab-test/a", {**login, "secret_key": "wrong"})[0] == 403
    finally:
        s3(lab, "DELETE", "/lab-test/a", login)
        s3(lab, "DELETE", "/lab-test", login)
