"""The plays of the benchmark, written where the run happens."""
from __future__ import annotations

import json
import pathlib

PLAY = {"hosts": "localhost", "connection": "local", "gather_facts": False}


def loop(variable: str) -> dict:
    return {"loop": f"{{{{ {variable} | dict2items }}}}", "loop_control": {"label": "{{ item.key }}"}}


def empty() -> list:
    """One task that does nothing: what Ansible itself costs."""
    return [{"name": "Do nothing", "ansible.builtin.ping": {}}]


def peer() -> list:
    """A task an object, as the collection's documentation shows it."""
    mounts = [{"name": f"Mount {path}", "community.hashi_vault.vault_write": {"path": f"sys/{path}", "data": body}, "when": "bench_first"}
              for path, body in (("mounts/platform", {"type": "kv", "options": {"version": "2"}}),
                                 ("auth/kubernetes", {"type": "kubernetes"}), ("auth/approle", {"type": "approle"}))]
    roles = [{"name": f"Write the roles of {kind}", "community.hashi_vault.vault_write":
              {"path": f"auth/{kind}/role/{{{{ item.key }}}}", "data": "{{ item.value }}"}, **loop(kind)} for kind in ("kubernetes", "approle")]
    return [
        *mounts,
        {"name": "Write the secrets", "community.hashi_vault.vault_kv2_write": {
            "engine_mount_point": "platform", "path": "{{ item.key }}", "data": "{{ item.value }}"}, "no_log": True, **loop("secrets")},
        {"name": "Write the policies", "community.hashi_vault.vault_write": {
            "path": "sys/policies/acl/{{ item.key }}", "data": {"policy": "{{ item.value }}"}}, **loop("policies")},
        *roles,
    ]


def ours() -> list:
    """One task with the whole desired state."""
    return [{"name": "Configure Vault", "unifiedmeta.platform.vault_config": {"config": "{{ config }}", "scope": "bench"}}]


def write(folder: pathlib.Path, name: str, tasks: list, variables: dict) -> pathlib.Path:
    """Writes a playbook with its variables. Returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.vars.json").write_text(json.dumps(variables), "utf-8")
    path = folder / f"{name}.json"
    path.write_text(json.dumps([{"name": "Bench", **PLAY, "vars_files": [f"{name}.vars.json"], "tasks": tasks}]), "utf-8")
    return path
