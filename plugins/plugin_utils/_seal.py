# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The seal of a Vault server as configuration: pure, from the site's choice to HCL.

Sources: openbao.org/docs/configuration/seal/{static,transit,awskms,gcpckms,azurekeyvault} (2.5 to 2.7). «static» and «transit» are run in
the tests. The cloud KMS seals are rendered, not run: since OpenBao 2.7 they are plugins, and no cloud is at hand.
"""

from __future__ import annotations

import difflib
import json
import typing as t

# type -> (needed options, further options)
SEALS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "shamir": ((), ()),
    "static": (("current_key_id", "current_key"), ("previous_key_id", "previous_key")),
    "transit": (("address", "key_name", "mount_path"),
                ("token", "disable_renewal", "namespace", "tls_ca_cert", "tls_client_cert", "tls_client_key", "tls_server_name", "tls_skip_verify")),
    "awskms": (("kms_key_id", "region"), ("access_key", "secret_key", "session_token", "endpoint")),
    "gcpckms": (("project", "region", "key_ring", "crypto_key"), ("credentials",)),
    "azurekeyvault": (("tenant_id", "vault_name", "key_name"), ("client_id", "client_secret", "environment", "resource")),
}
BY_PROFILE = {"aws": "awskms", "gcp": "gcpckms", "azure": "azurekeyvault", "onprem": "static"}
RUN = ("shamir", "static", "transit")
# These belong into the environment or the pod's identity, not into a file that many may read.
SECRET = ("token", "access_key", "secret_key", "session_token", "client_secret")
_PLUGIN = ("command", "sha256sum", "image", "version", "binary_name")


def render(profile: str, seal: str | None = None, options: t.Mapping[str, t.Any] | None = None,
           plugin: t.Mapping[str, t.Any] | None = None) -> dict[str, t.Any]:
    """``{type, config, proven}``: the type, its HCL, and «run» or «rendered» for what the tests do with it.

    ``profile``: aws, gcp, azure or onprem, which names the seal unless ``seal`` does. ``options``: of the seal stanza. ``plugin``: of the
    plugin stanza, for the seals that are plugins. Raises ValueError with every fault.
    """
    options, plugin = dict(options or {}), dict(plugin or {})
    chosen = seal or BY_PROFILE.get(profile)
    if chosen not in SEALS:
        known = SEALS if seal else BY_PROFILE
        raise ValueError(f"there is no {'seal' if seal else 'profile'} {seal or profile!r}{_near(seal or profile, known)}; there are: "
                         f"{', '.join(sorted(known))}")
    needed, further = SEALS[chosen]
    faults = [f"{chosen}: {name} is missing" for name in needed if options.get(name) in (None, "")]
    faults += [f"{chosen}: there is no option {name!r}{_near(name, needed + further)}" for name in sorted(set(options) - {*needed, *further})]
    faults += [f"{chosen}: {name} is a secret; give it to the server by its environment or identity, not in a file" for name in SECRET if options.get(name)]
    faults += [f"plugin: there is no option {name!r}{_near(name, _PLUGIN)}" for name in sorted(set(plugin) - set(_PLUGIN))]
    faults += [f"{chosen}: it is built in and takes no plugin"] if plugin and chosen in RUN else []
    if faults:
        raise ValueError("; ".join(faults))
    blocks = [_block(f'plugin "kms" {_text(chosen)}', plugin)] if plugin else []
    blocks += [_block(f"seal {_text(chosen)}", options)] if chosen != "shamir" else []
    return {"type": chosen, "config": "\n".join(blocks), "proven": "run" if chosen in RUN else "rendered"}


def _block(head: str, options: dict[str, t.Any]) -> str:
    return "\n".join([head + " {", *(f"  {name} = {_text(options[name])}" for name in sorted(options)), "}", ""])


def _text(value: t.Any) -> str:
    """HCL takes JSON's strings; «${» would begin an interpolation. The seals want booleans as text."""
    return json.dumps(str(value).lower() if isinstance(value, bool) else str(value), ensure_ascii=False).replace("${", "$${")


def _near(word: t.Any, known: t.Iterable[str]) -> str:
    near = difflib.get_close_matches(str(word), list(known), 1, 0.6)
    return f"; did you mean {near[0]!r}?" if near else ""
