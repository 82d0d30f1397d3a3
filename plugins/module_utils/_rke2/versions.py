# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RKE2's versions: which follows which, and which step between two of them nobody may take.

Sources: docs.rke2.io/upgrades/manual («Nothing in the upgrade process will protect against unsupported changes»), /upgrades/roll-back (no minor
rollback without a snapshot from before), kubernetes.io/releases/version-skew-policy (servers one minor apart at most, a kubelet never newer than its API
server, at most three older).
"""

from __future__ import annotations

import re

_FORM = re.compile(r"v(\d+)\.(\d+)\.(\d+)(?:-(rc|alpha|beta)\.?(\d+))?\+rke2r(\d+)\Z")
KUBELET_LAG = 3


def parse(text: str) -> tuple[int, int, int, int, int, int]:
    """``v1.35.4+rke2r1`` as a tuple that sorts: major, minor, patch, 0 for a candidate and 1 for a release, candidate, revision. Raises ValueError."""
    form = _FORM.match(str(text))
    if not form:
        raise ValueError(f"{text!r} is no version of RKE2; they look like v1.35.4+rke2r1")
    major, minor, patch, stage, candidate, revision = form.groups()
    return int(major), int(minor), int(patch), 0 if stage else 1, int(candidate or 0), int(revision)


def minor(text: str) -> tuple[int, int]:
    """Major and minor: ``(1, 35)``."""
    return parse(text)[:2]


def newer(one: str, other: str) -> bool:
    """Is ``one`` later than ``other``?"""
    return parse(one) > parse(other)


def fault(current: str, target: str) -> str | None:
    """Why a node that runs ``current`` may not be brought to ``target``; None where it may. What to do instead is part of the sentence."""
    now, then = minor(current), minor(target)
    if now[0] != then[0]:
        return f"from {current} to {target} is another major version; there is no way between them in place"
    if then < now:
        return (
            f"from {current} back to {target} is a minor version down; the datastore can't be read by an older minor: restore a snapshot from before "
            f"the upgrade, or set rke2_version to a v{now[0]}.{now[1]} release"
        )
    if then[1] > now[1] + 1:
        return f"from {current} to {target} skips a minor version; set rke2_version to a v{now[0]}.{now[1] + 1} release first, then go on minor by minor"
    return None


def kubelet_fault(node: str, server: str) -> str | None:
    """Why a kubelet of version ``node`` may not talk to a server of version ``server``; None where it may."""
    mine, theirs = minor(node), minor(server)
    if mine > theirs:
        return f"its kubelet would be {node}, newer than the server's {server}; upgrade the servers first"
    if theirs[1] - mine[1] > KUBELET_LAG:
        return f"its kubelet is {node}, more than {KUBELET_LAG} minor versions older than the server's {server}; upgrade it first"
    return None
