# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Audit devices: Vault takes them by API, OpenBao in its server's configuration alone, where we can only check."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import normal
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Work, compare
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import tables
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import Vault
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.kinds import Kind

if t.TYPE_CHECKING:
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import Planner
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.world import World


class Audit(Kind):
    """The first round has read them all."""

    def __init__(self) -> None:
        super().__init__("audit", "sys/audit/{leaf}", tables.AUDIT, wave=0, label="audit device")

    def may_exist(self, item: Item, world: World) -> bool:
        return False

    def exists(self, name: str, world: World) -> bool:
        return name in world.audits and not world.openbao

    def plan(self, planner: Planner, item: Item) -> None:
        found, planned = planner.world.audits.get(item.name), planner.planned
        differs = [] if found is None else _differs(item, found)
        if planner.world.openbao:
            if found is None:
                planned.faults.append(f"{item.where}: OpenBao takes audit devices from its server's configuration only; "
                                      f"add «audit \"{item.fields.get('type')}\" \"{item.name}\"» there and reload the server")
            elif differs:
                planned.faults.append(f"{item.where}: the audit device in the server's configuration differs in {', '.join(differs)}; correct one of the two")
        elif found is None:
            planner.add("create", item, None, dict(item.fields), "it doesn't exist", Work(dict(item.fields), {}))
        elif differs:
            planned.faults.append(f"{item.where}: the audit device exists and differs in {', '.join(differs)}; "
                                  "Vault can't change one: disable it by hand first")
        elif planner.options.adopt and not planner.ledger.owns(item.key):
            planner.add("adopt", item, {}, {}, "it was made by somebody else", Work(ahead={}))

    def create(self, client: Vault, item: Item, body: dict) -> None:
        client.write(self.at(item), body, self.what(item), method="PUT", idempotent=False)


def _differs(item: Item, found: dict) -> list[str]:
    """Declared fields that differ; of the options only the declared ones count, since the server adds its defaults."""
    actual = normal({name: tables.AUDIT[name] for name in item.fields}, found)
    if "options" in actual:
        actual["options"] = {name: actual["options"].get(name) for name in item.fields["options"]}
    return sorted(compare(item.fields, actual))
