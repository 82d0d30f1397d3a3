"""The inventory of a set of hosts: SSH with pipelining, a key and known hosts of their own."""
from __future__ import annotations

import os
import typing as t

import yaml


def text(state: str, servers: dict[str, str], agents: dict[str, str], variables: dict[str, t.Any] | None = None) -> str:
    """Returns the inventory as YAML. servers, agents: name -> address; variables: for all hosts of both groups."""
    common = " ".join((
        f"-o UserKnownHostsFile={state}/known_hosts", "-o StrictHostKeyChecking=yes", "-o IdentitiesOnly=yes", "-o PreferredAuthentications=publickey",
        "-o ControlMaster=auto", "-o ControlPersist=60s", "-o ControlPath=/run/unifiedmeta-rke2-%C", "-o ConnectTimeout=10",
    ))
    hosts: dict[str, t.Any] = {
        "ansible_user": "root", "ansible_ssh_private_key_file": os.path.join(state, "ssh", "id_ed25519"), "ansible_ssh_common_args": common,
        "ansible_pipelining": True, "ansible_python_interpreter": "/usr/bin/python3", **(variables or {}),
    }
    local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    groups = {
        "rke2_servers": {"hosts": {name: {"ansible_host": address} for name, address in servers.items()}, "vars": dict(hosts)},
        "rke2_agents": {"hosts": {name: {"ansible_host": address} for name, address in agents.items()}, "vars": dict(hosts)},
        "platform_controller": {"hosts": {"localhost": local}},
    }
    return "---\n" + yaml.safe_dump({"all": {"children": groups}}, sort_keys=False, width=1000)
