# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names as parts of an address. Pure."""

from __future__ import annotations

import ipaddress
import urllib.parse

_SAFE = "/%:@!$&'()*+,;=~"


def segment(name: str) -> str:
    """One part of a path, whatever the name holds: slashes, ``?``, ``#``, ``%``, spaces, any script. Raises ValueError on a name that can't be one."""
    if name in ("", ".", ".."):
        raise ValueError(f"«{name}» can't be a part of an address; choose another name")
    return urllib.parse.quote(name, safe="")


def loopback(url: str) -> bool:
    """Is it an address of this machine alone?"""
    host = urllib.parse.urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def readable(url: str) -> bool:
    """Can others on the way read what goes there?"""
    return url.lower().startswith("http:") and not loopback(url)


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port of a whole address: where a token that is sent with it goes (RFC 6454)."""
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def address(base_url: str, path: str) -> str:
    """The address of ``path``; characters that a path can't hold are encoded, ``%`` and ``/`` are the caller's (see :func:`segment`)."""
    if path.startswith(("http://", "https://")):
        return path
    return base_url + "/" + urllib.parse.quote(path.lstrip("/"), safe=_SAFE + "?#[]" if "?" in path else _SAFE)
