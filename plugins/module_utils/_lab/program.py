# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a supervised program is made of."""
from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.files import Directory, File, Link
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.pki import Leaf


@dataclass(frozen=True)
class Probe:
    """How to see that a program is ready.

    kind: ``https`` (GET ``url``, any of ``status``), ``tcp`` (a connection to ``url``, host:port), or ``running`` (it stays up).
    client: the leaf whose certificate is presented. authority: the CA that the server's certificate is of.
    """

    kind: str
    url: str = ""
    status: tuple[int, ...] = (200,)
    client: str = ""
    authority: str = "ca"


@dataclass(frozen=True)
class Program:
    """A supervised program.

    wave: programs of a lower wave are ready before this one starts. files, directories, links, leaves: what it reads; when one changes, it alone is
    restarted. reads: leaves of other programs that it needs. slow: no program of a later wave needs it, so the others aren't held up: it is waited
    for at the very end, this many seconds at most. stop_signal and stop_seconds: how it ends.
    """

    name: str
    argv: tuple[str, ...]
    wave: int
    probe: Probe
    files: tuple[File, ...] = ()
    directories: tuple[Directory, ...] = ()
    links: tuple[Link, ...] = ()
    leaves: tuple[Leaf, ...] = ()
    user: str = "root"
    directory: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    slow: float = 0.0
    stop_signal: str = "TERM"
    stop_seconds: int = 20
