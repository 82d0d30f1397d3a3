# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names that the controller and the nodes share: where RKE2's files lie, what a node may be called, how a secret is compared without being shown.

Standard library only: modules that run on nodes import it. Source: docs.rke2.io/install/configuration, /security/token, /install/private_registry.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import typing as t

ETC = "/etc/rancher/rke2"
DATA = "/var/lib/rancher/rke2"
CONFIG = ETC + "/config.yaml"
SECRETS = ETC + "/config.yaml.d/90-secrets.yaml"
REGISTRIES = ETC + "/registries.yaml"
PSS = ETC + "/site-pss.yaml"  # Not rke2-pss.yaml: RKE2 writes that one itself.
AUDIT = ETC + "/audit-policy.yaml"
MANIFESTS = DATA + "/server/manifests"
KUBELET = DATA + "/agent/etc/kubelet.conf.d/50-site.conf"
SUPERVISOR = 9345  # Fixed in RKE2: the flags that would change it are dropped (rancher/rke2, pkg/cli/cmds/server.go).
API = 6443

# The keys of config.yaml whose values are secrets: they are in no plan, only their fingerprints are.
SECRET_KEYS = ("token", "agent-token", "datastore-endpoint", "etcd-s3-access-key", "etcd-s3-secret-key", "etcd-s3-session-token")

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\Z")
_FULL = re.compile(r"K10[0-9a-f]{64}::(?:[^:]*:)?(?P<password>.+)\Z", re.S)


def password(token: str) -> str:
    """The part of a token that stays when the cluster's CA is named before it: of ``K10<hash>::server:<password>`` the password, of a short one all."""
    full = _FULL.match(token)
    return full.group("password") if full else token


def fingerprint(text: str) -> str:
    """``sha256:<16 hex>`` of a secret; of a token's password, whichever form the token has, since a server holds the one and a joiner's file the other."""
    return "sha256:" + hashlib.sha256(password(text).encode()).hexdigest()[:16]


def node_name_fault(name: str) -> str | None:
    """What is wrong with a node's name, or None: lower case letters, digits, dots and hyphens, up to 253 (kubernetes.io, object names)."""
    if len(name) <= 253 and name and all(_LABEL.match(part) for part in name.split(".")):
        return None
    return "a node's name has lower case letters, digits, hyphens and dots, and begins and ends with a letter or digit"


def suggestion(word: str, known: t.Iterable[str]) -> str:
    """«; did you mean …?», or nothing where no known word is near."""
    near = difflib.get_close_matches(str(word), [str(item) for item in known], 1, 0.6)
    return f"; did you mean {near[0]}?" if near else ""
