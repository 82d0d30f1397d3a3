# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Vault's plan: the shared one, and what only Vault's declarations can be wrong about. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _planner, _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Planned, suggestion
from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import Planner
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.references import missing_references
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.world import KINDS, World


@dataclasses.dataclass
class Options(_planner.Options):
    """``rotate``: keys of secrets as <mount>/<path>#<key>."""

    rotate: tuple[str, ...] = ()


def plan(desired: Desired, world: World, ledger: Ledger, values: t.Callable[[_secrets.Reference], t.Any], prints: _secrets.Fingerprints | None,
         options: Options) -> Planned:
    """As :class:`Planner` has it; faults of references come first."""
    planner = Planner(KINDS, desired, world, ledger, values, prints, options)
    planner.planned.faults += missing_references(desired, world) + _bad_rotations(desired, options)
    return planner.plan()


def _bad_rotations(desired: Desired, options: Options) -> list[str]:
    declared = {f"{item.name}#{key}" for item in desired.of("secret") for key in item.extra["keys"]}
    return [f"rotate: «{name}» is no declared key of a secret; name one as <mount>/<path>#<key>{suggestion(name, declared)}"
            for name in options.rotate if name not in declared]
