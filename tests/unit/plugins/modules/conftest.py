# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Modules as Ansible runs them: a process that reads its arguments and answers with JSON."""

from __future__ import annotations

import inspect
import json
import os
import pathlib
import subprocess
import sys

import pytest
from ansible.module_utils import basic

from tests.support.returned import documented
from tests.unit.plugins.module_utils.conftest import scripted  # noqa: F401  # pylint: disable=unused-import

ROOT = pathlib.Path(__file__).resolve().parents[4]


@pytest.fixture
def kubeconfig(tmp_path):
    """Factory: the path of a kubeconfig for a cluster at an address."""
    def make(url):
        path = tmp_path / "kubeconfig"
        path.write_text(json.dumps({"current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "k"}}],
                                    "clusters": [{"name": "k", "cluster": {"server": url}}]}), "utf-8")
        return str(path)

    return make


@pytest.fixture
def module(tmp_path):
    """Factory: runs a module by name with arguments; returns its result, whose keys are documented."""
    def run(name, arguments, *, check=False, **environment):
        # From ansible-core 2.21 on, what was called is told on demand only.
        told = {"_ansible_inject_invocation": True} if "_ansible_inject_invocation" in inspect.getsource(basic) else {}
        given = {"ANSIBLE_MODULE_ARGS": {**arguments, "_ansible_check_mode": check, "_ansible_remote_tmp": str(tmp_path), **told}}
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("VAULT_", "KEYCLOAK_", "KUBECONFIG"))}
        done = subprocess.run([sys.executable, "-m", f"ansible_collections.unifiedmeta.platform.plugins.modules.{name}"], input=json.dumps(given),
                              capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path,
                              env={**kept, "PYTHONPATH": str(ROOT / ".collections"), "HOME": str(tmp_path), **environment})
        assert done.stdout.startswith("\n{") or done.stdout.startswith("{"), done.stdout + done.stderr
        return documented(name, json.loads(done.stdout))

    return run


class Ended(Exception):
    """The end of a module that runs in this process."""


@pytest.fixture
def lab_module(monkeypatch, tmp_path):
    """Factory: runs a module of the lab in this process, where tests put other functions into it; returns its result."""
    def run(module, check=False, **params):
        result = {}
        # Nothing is made there. It holds sockets, so its path must be short; that of a temporary folder of pytest-xdist's is not.
        state = "/tmp/unit-of-the-lab"
        files = str(ROOT / "roles/lab/files")
        given = {"name": "unit", "state_dir": state, "port_base": 20000, "cache": str(tmp_path / "cache"), "files": files}

        class Module:
            """Stands for AnsibleModule: it validates nothing and keeps the result."""

            def __init__(self, argument_spec, supports_check_mode):
                assert supports_check_mode
                self.params = {**{name: option.get("default") for name, option in argument_spec.items()}, **given, **params}
                self.check_mode = check

            def exit_json(self, **values):
                result.update(values)
                raise Ended

            def fail_json(self, **values):
                self.exit_json(**values, failed=True)

        monkeypatch.setattr(module, "AnsibleModule", Module)
        with pytest.raises(Ended):
            module.main()
        return documented(module.__name__.rpartition(".")[2], result)

    return run
