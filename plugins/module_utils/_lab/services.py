# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""OpenBao, PostgreSQL, the OCI registry and the S3 server of the lab. Pure: a layout in, programs out."""
from __future__ import annotations

import json
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.files import Directory, File
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.pki import Leaf
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.program import Probe, Program

POSTGRES_USER = "postgres"  # Debian's package makes it; PostgreSQL refuses to run as root


def openbao(layout: Layout, tools: dict[str, str], declared_audit: bool = True) -> Program:
    """Returns OpenBao with raft storage, sealed and uninitialised at first.

    declared_audit: False for HashiCorp Vault, whose audit devices are enabled through its API, not in its configuration.
    """
    config: dict[str, t.Any] = {
        "ui": True,
        "api_addr": layout.url("openbao"),
        "cluster_addr": layout.url("openbao-cluster"),
        # One node: it need not wait for others before it becomes the leader.
        "storage": {"raft": {"path": layout.path("openbao"), "node_id": "lab", "performance_multiplier": 1}},
        "listener": [{"tcp": {
            "address": f"{layout.address}:{layout.port('openbao')}", "cluster_address": f"{layout.address}:{layout.port('openbao-cluster')}",
            "tls_cert_file": layout.cert("openbao"), "tls_key_file": layout.key("openbao"),
        }}],
        "log_level": "info",
    }
    if declared_audit:
        options = {"file_path": layout.path("audit", "openbao.log")}
        config["audit"] = [{"type": "file", "path": "file", "description": "Every request, secrets hashed", "options": options}]
    else:
        config["disable_mlock"] = True
    file = File(layout.path("config", "openbao.json"), json.dumps(config, indent=2, sort_keys=True) + "\n")
    return Program(
        name="openbao",
        argv=(tools["openbao"], "server", f"-config={file.path}"),
        wave=1,
        # 200 active, 429 standby, 501 not initialised, 503 sealed: all of them are a server that answers.
        probe=Probe("https", f"{layout.url('openbao')}/v1/sys/health", status=(200, 429, 501, 503)),
        files=(file,),
        directories=(Directory(layout.path("openbao")),),
        leaves=(Leaf("openbao", "openbao", names=("localhost", layout.address)),),
        stop_signal="INT",
    )


def postgres(layout: Layout, tools: dict[str, str]) -> Program:
    """Returns PostgreSQL with a cluster of its own; only TLS and SCRAM from the network, peer authentication on its private socket."""
    home = layout.path("postgres")
    hba = File(
        f"{home}/pg_hba.conf",
        f"local all {POSTGRES_USER} peer\nhostssl all all {layout.address}/32 scram-sha-256\n",
        owner=POSTGRES_USER,
    )
    ident = File(f"{home}/pg_ident.conf", "# No mapping: each user of the machine is one of the database.\n", owner=POSTGRES_USER)
    settings = {
        "data_directory": f"{home}/data",
        "hba_file": hba.path,
        "ident_file": ident.path,
        "unix_socket_directories": home,
        "unix_socket_permissions": "0700",
        "listen_addresses": layout.address,
        "port": layout.port("postgres"),
        "password_encryption": "scram-sha-256",
        "ssl": "on",
        "ssl_ca_file": layout.ca,
        "ssl_cert_file": layout.cert("postgres"),
        "ssl_key_file": layout.key("postgres"),
        "ssl_min_protocol_version": "TLSv1.3",
        "max_connections": 200,
        "shared_buffers": "64MB",
        "log_timezone": "UTC",
        "timezone": "UTC",
    }
    text = "".join(f"{name} = '{value}'\n" for name, value in sorted(settings.items()))
    config = File(f"{home}/postgresql.conf", text, owner=POSTGRES_USER)
    return Program(
        name="postgres",
        argv=(f"{tools['postgres']}/postgres", "-c", f"config_file={config.path}"),
        wave=1,
        probe=Probe("tcp", f"{layout.address}:{layout.port('postgres')}"),
        files=(config, hba, ident),
        directories=(Directory(home, owner=POSTGRES_USER),),
        leaves=(Leaf("postgres", "postgres", names=("localhost", layout.address), owner=POSTGRES_USER),),
        user=POSTGRES_USER,
        directory=home,
        stop_signal="INT",  # «fast»: it ends the sessions instead of waiting for them
    )


def registry(layout: Layout, tools: dict[str, str], htpasswd: str) -> Program:
    """Returns the OCI registry; ``htpasswd``: the content of its password file (bcrypt)."""
    users = File(layout.path("config", "registry.htpasswd"), htpasswd, secret=True)
    config = {
        "version": "0.1",
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": layout.path("registry")}, "delete": {"enabled": True}},
        "http": {
            "addr": f"{layout.address}:{layout.port('registry')}",
            "tls": {"certificate": layout.cert("registry"), "key": layout.key("registry")},
        },
        "auth": {"htpasswd": {"realm": "unifiedmeta lab", "path": users.path}},
    }
    file = File(layout.path("config", "registry.json"), json.dumps(config, indent=2, sort_keys=True) + "\n")
    return Program(
        name="registry",
        argv=(tools["registry"], "serve", file.path),
        wave=1,
        probe=Probe("https", f"{layout.url('registry')}/v2/", status=(401,)),
        files=(file, users),
        directories=(Directory(layout.path("registry")),),
        leaves=(Leaf("registry", "registry", names=("localhost", layout.address)),),
    )


def s3(layout: Layout, tools: dict[str, str], access_key: str, secret_key: str, region: str) -> Program:
    """Returns the S3 server. Its keys reach it through a file that the shell reads: not by argv, not by the supervisor's configuration."""
    keys = File(
        layout.path("config", "s3.env"),
        f"ROOT_ACCESS_KEY={access_key}\nROOT_SECRET_KEY={secret_key}\nVGW_REGION={region}\n",
        secret=True,
    )
    command = (
        f"set -a; . {keys.path}; exec {tools['versitygw']} --quiet --port {layout.address}:{layout.port('s3')} "
        f"--cert {layout.cert('s3')} --key {layout.key('s3')} "
        f"posix --versioning-dir {layout.path('s3', 'versions')} {layout.path('s3', 'buckets')}"
    )
    return Program(
        name="s3",
        argv=("/bin/sh", "-c", command),
        wave=1,
        probe=Probe("https", f"{layout.url('s3')}/", status=(403,)),
        files=(keys,),
        directories=(Directory(layout.path("s3")), Directory(layout.path("s3", "buckets")), Directory(layout.path("s3", "versions"))),
        leaves=(Leaf("s3", "s3", names=("localhost", layout.address)),),
    )
