# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""With VAULT_BIN the lab runs HashiCorp Vault: what only OpenBao knows is in none of the policies that the site then declares."""
from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# As the role vault puts it.
POLICIES = "(lookup('unifiedmeta.platform.catalog') | unifiedmeta.platform.vault_spec(vault_config, scan=vault_scan)).policies"


@pytest.mark.parametrize(("program", "scans"), [("", "True"), ("/opt/vault", "False")])
def test_the_capability_scan_is_openbaos_alone(tmp_path, program, scans):
    done = subprocess.run([pathlib.Path(sys.executable).with_name("ansible"), "localhost", "-i", "inventories/local", "-m", "ansible.builtin.debug", "-a",
                           "msg=<{{ '\"scan\"' in " + POLICIES + " | to_json }}>"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
                          env={**os.environ, "VAULT_BIN": program, "LAB_STATE": str(tmp_path), "ANSIBLE_NOCOLOR": "1"})
    assert done.returncode == 0 and f"<{scans}>" in done.stdout, done.stdout + done.stderr
