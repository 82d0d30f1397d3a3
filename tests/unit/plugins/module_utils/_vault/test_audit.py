# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Audit devices: by API in Vault, in the server's configuration in OpenBao."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.world import World
from tests.unit.plugins.module_utils._vault.test_plan import seen, work
from tests.unit.plugins.module_utils._vault.test_secret import applied

AUDIT = {"audit": {"file": {"type": "file", "options": {"file_path": "/a"}}}}
BAO = {"sys": {"running_plugin_version": "v2.7.2+builtin.bao"}}


def test_vault_takes_audit_devices_by_api():
    assert seen(AUDIT) == ["create audit:file"]
    assert seen(AUDIT, World(audits={"file": {"type": "file", "options": {"file_path": "/a", "mode": "0600"}}})) == []
    assert seen(AUDIT, World(audits={"file": {"type": "file", "options": {"file_path": "/a"}}}), adopt=True) == ["adopt audit:file"]
    assert "disable it by hand first" in work(AUDIT, World(audits={"file": {"type": "socket", "options": {}}})).faults[0]


def test_openbao_has_them_in_its_configuration():
    assert 'its server\'s configuration only; add «audit "file" "file"»' in work(AUDIT, World(mounts=BAO)).faults[0]
    assert seen(AUDIT, World(mounts=BAO, audits={"file": {"type": "file", "options": {"file_path": "/a"}}})) == []
    assert "differs in options" in work(AUDIT, World(mounts=BAO, audits={"file": {"type": "file", "options": {"file_path": "/b"}}})).faults[0]


def test_audit_devices(vault):
    client, table = vault()
    applied(client, {"audit": {"file": {"type": "file", "options": {"file_path": "/x"}}}}, World())
    assert table.body("PUT sys/audit/file") == {"type": "file", "options": {"file_path": "/x"}}
    applied(client, {"audit": {"file": {"type": "file"}}}, World(audits={"file": {"type": "file"}}), adopt=True)
    assert table.asked() == ["PUT sys/audit/file"]
