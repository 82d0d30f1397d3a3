# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a node that doesn't come up tells of itself: log, clock, ports, disk. Read only; secrets are taken out of the log."""

from __future__ import annotations

import calendar
import email.utils
import hashlib
import http.client
import re
import ssl
import time
import typing as t
import urllib.parse

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_layout, node_network, node_service, node_system
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import SUPERVISOR
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_client import kind_of
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_layout import Layout

DISKS = ("/var/lib/rancher", "/var/lib/kubelet", "/var/log")


def collect(layout: Layout, role: str, name: str, server: str | None, since: float, secrets: t.Collection[str] = (),
            members: list[dict[str, t.Any]] | None = None, node: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
    """The evidence of :func:`node_explain.explain`. ``server``: the URL that the node joins by. ``since``: when its start was asked for (epoch).
    ``members``, ``node``: what etcd and the API say, where they could be asked.
    """
    log = [hidden(line, secrets) for line in node_service.log(node_layout.unit(role), since)]
    return {"role": role, "name": name, "log": log, "server": server, "time": time.time(), "default_route": node_network.default_route(layout),
            "disk": {path: node_system.space(layout, path) for path in DISKS}, "members": members, "node": node, "images": importing(log),
            **(ask(server) if server else {})}


def hidden(line: str, secrets: t.Collection[str]) -> str:
    """A line without the secrets that we know."""
    for secret in sorted((secret for secret in secrets if len(secret) > 3), key=len, reverse=True):
        line = line.replace(secret, "(secret)")
    return line


def importing(log: t.Iterable[str]) -> list[str]:
    """Archives of which the log says that their import began and not that it ended: names of the files, in order."""
    begun: dict[str, bool] = {}
    for line in log:
        match = re.search(r"(Importing|Imported) images from (\S+?)(?: in |[\"\s]|$)", line)
        if match:
            begun[match.group(2).rsplit("/", 1)[-1]] = match.group(1) == "Importing"
        match = re.search(r"Error encountered while importing (\S+?):", line)
        if match:
            begun[match.group(1).rsplit("/", 1)[-1]] = False
        if re.search(r"Running kubelet|Connecting to proxy", line):
            begun.clear()
    return [name for name, still in begun.items() if still]


def ask(server: str, timeout: float = 3.0) -> dict[str, t.Any]:
    """What the port by which nodes register says: supervisor (None, or the kind of fault), server_time (its clock, epoch), certificate (its times, epoch),
    authority (sha256 of the cluster's CA, as a token names it).

    Nothing is sent but a question for the CA's certificate, which RKE2 answers to everybody; so the server's own certificate isn't verified.
    """
    parts = urllib.parse.urlsplit(server)
    host, port = parts.hostname or "", parts.port or SUPERVISOR
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
    try:
        connection.request("GET", "/cacerts")
        answer = connection.getresponse()
        body = answer.read()
        date = email.utils.parsedate_to_datetime(answer.headers["Date"]).timestamp() if answer.headers["Date"] else None
        raw = connection.sock.getpeercert(True) if connection.sock else None
        return {"supervisor": None, "server_time": date, "certificate": validity(raw),
                "authority": hashlib.sha256(body).hexdigest() if answer.status == 200 and body else None}
    except (OSError, http.client.HTTPException, ValueError) as error:
        return {"supervisor": kind_of(error)}
    finally:
        connection.close()


def validity(raw: bytes | None) -> dict[str, float] | None:
    """The times of a certificate (DER): not_before, not_after, epoch seconds. The standard library reads them of verified ones alone, so they are looked
    for by their form: the first two times in a certificate are these (RFC 5280, 4.1)."""
    times = [] if raw is None else re.findall(rb"\x17\x0d([0-9]{12}Z)|\x18\x0f([0-9]{14}Z)", raw)
    if len(times) < 2:
        return None
    first, last = (_epoch((short or long).decode(), bool(short)) for short, long in times[:2])
    return {"not_before": first, "not_after": last}


def _epoch(text: str, short: bool) -> float:
    """Two digits of a year mean 1950 to 2049."""
    whole = (("20" if text[:2] < "50" else "19") + text) if short else text
    return float(calendar.timegm(time.strptime(whole, "%Y%m%d%H%M%SZ")))
