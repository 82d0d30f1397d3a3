# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts on which nothing is wrong, for the tests of the preflight."""

from __future__ import annotations

import typing as t

GIB = 1024 ** 3


def node(number: int = 1, **fields: t.Any) -> dict[str, t.Any]:
    """Facts of a machine that is ready for RKE2 and has none of it."""
    idle = {"enabled": False, "active": "inactive", "since": None, "invocation": None, "result": "success"}
    return {
        "reachable": True, "hostname": f"s{number}", "arch": "amd64", "os": {"id": "debian", "version": "12", "kernel": "6.1.0-30-amd64"},
        "boot_id": f"boot-{number}", "addresses": [f"10.0.0.{number}"], "default_route": True, "systemd": True,
        "service": {"server": dict(idle), "agent": dict(idle)}, "installed": None, "datastore": False, "memory": 8 * GIB, "cpus": 4, "swap": False,
        "cgroup": 2, "fsync_ms": None, "listening": [{"port": 22, "address": "0.0.0.0", "process": "sshd"}],
        "disk": {"/var/lib/rancher": {"free": 90 * GIB, "size": 100 * GIB, "inodes_free": 5_000_000}},
        "network_manager": {"active": False, "unmanaged_cni": False},
        "users": {"etcd": False}, "sysctl": {"fs.inotify.max_user_instances": "8192"}, "resolvers": ["10.0.9.9"], "firewalld": False,
        "resolves": {"api.example.com": ["10.0.0.100"]}, "clock_offset": 0.2, **fields,
    }


def desired(*roles: str, config: dict[str, t.Any] | None = None, minimum: dict[str, t.Any] | None = None, version: str = "v1.36.4+rke2r1",
            **fields: t.Any) -> dict[str, t.Any]:
    """A cluster of hosts s1, s2 … with these roles. ``config``: of the servers, beside what they always have; ``fields``: of each node."""
    servers = {"cni": ["cilium"], "ingress-controller": ["traefik"], **(config or {})}
    return {
        "version": version,
        "cluster": {"name": "rke2", "endpoint": {"kind": "dns", "host": "api.example.com", "port": 9345},
                    "critical": {"cluster-cidr": "10.42.0.0/16", "service-cidr": "10.43.0.0/16"}},
        "nodes": {f"s{number}": {"role": role, "name": f"s{number}", "address": "", "pool": "", "files": {}, "images": [],
                                 "config": dict(servers) if role == "server" else {key: value for key, value in servers.items() if key == "profile"}, **fields}
                  for number, role in enumerate(roles, 1)},
        "settings": {"minimum": minimum or {}},
    }
