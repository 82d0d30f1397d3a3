# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings that Keycloak takes and never shows (it answers ``**********``): a client secret of an identity provider, a directory's password.

In a declaration they are references among the other settings, in ``config``. Here they become a field of their own, ``secrets``, which is
write-only: compared by its fingerprint, and sent in clear or not at all.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import NO_REFERENCE
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.kinds import MASKED
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import suggestion

if t.TYPE_CHECKING:
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import Planner

# How the names of settings end that hold a secret: bindCredential, saml.signing.private.key, reCAPTCHA's secret.key. Those that tell of one end otherwise:
# client.secret.creation.time, jwt.credential.certificate, usePasswordModifyExtendedOp.
_SECRET = re.compile(r"(secret|password|passphrase|credential|(private|secret|api)[._-]?key|client\.secret\.rotated)$", re.IGNORECASE)


def in_clear(config: t.Any, where: str, *, told: t.Collection[str] = ()) -> list[str]:
    """A fault for each secret that isn't a reference, by the name of the setting; but for ``told``, of which the caller takes care. A switch is none
    (``require.password: true``), nor is the name of a secret in Keycloak's own vault (``${vault.…}``)."""
    return [f"{where}.{name}: {NO_REFERENCE}" for name, value in (config.items() if isinstance(config, dict) else ())
            if name not in told and _SECRET.search(str(name)) and not _harmless(value)]


def _harmless(value: t.Any) -> bool:
    text = str(value)
    return value is None or _secrets.is_reference(value) or text.lower() in ("", "true", "false") or (text.startswith("${vault.") and text.endswith("}"))


def part(fields: dict[str, t.Any], must: t.Collection[str], where: str, faults: list[str]) -> None:
    """References in ``config`` move to ``secrets``. ``must``: settings that are secrets, so only references will do."""
    config = fields.get("config")
    if not isinstance(config, dict):
        return
    faults += [f"{where}.config.{name}: {NO_REFERENCE}" for name in must if config.get(name) and not _secrets.is_reference(config[name])]
    secrets = {name: value for name, value in config.items() if _secrets.is_reference(value)}
    fields["config"] = {name: value for name, value in config.items() if name not in secrets}
    if secrets:
        fields["secrets"] = secrets


def lost(item: Item, stored: t.Mapping[str, t.Any]) -> list[str]:
    """Hidden settings of the stored object that aren't declared: a PUT that replaces all of it would lose them."""
    return sorted(name for name, value in (stored.get("config") or {}).items() if value in (MASKED, [MASKED]) and name not in item.fields.get("secrets", {}))


def check_settings(planner: Planner, item: Item, known: t.Mapping[str, bool]) -> None:
    """Keycloak drops a setting that it doesn't know without a word. ``known``: name -> is it a secret? Empty where nobody knows."""
    if not known:
        planner.planned.faults += in_clear(item.fields.get("config"), f"{item.where}.config")
    for name in item.fields.get("config", {}) if known else ():
        if name not in known:
            planner.planned.faults.append(f"{item.where}.config: {item.fields.get('provider', 'it')} has no setting {name}{suggestion(name, known)}")
        elif known[name]:
            planner.planned.faults.append(f"{item.where}.config.{name}: {NO_REFERENCE}")
