# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waits until a program answers, and says whose fault it is when it doesn't."""
from __future__ import annotations

import http.client
import socket
import ssl
import time
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError, Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.pki import authority_file
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.program import Probe, Program
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.supervise import Supervisor, tail

SECONDS = 120.0
LIVES = 3  # supervisord itself counts the starts of what ends within a second only


def request(layout: Layout, method: str, url: str, client: str = "", authority: str = "ca") -> tuple[int, bytes]:
    """Sends one HTTPS request that trusts one CA of the lab only; returns status and body. client: the leaf to present. Raises OSError."""
    context = ssl.create_default_context(cafile=authority_file(layout, authority))
    if client:
        context.load_cert_chain(layout.cert(client), layout.key(client))
    host, _slash, path = url.split("://", 1)[1].partition("/")
    connection = http.client.HTTPSConnection(host, context=context, timeout=5.0)
    try:
        connection.request(method, "/" + path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except http.client.HTTPException as error:
        raise OSError(str(error) or type(error).__name__) from error
    finally:
        connection.close()


def answers(layout: Layout, probe: Probe) -> str | None:
    """Returns None when the probe is content, else what it saw."""
    if probe.kind == "running":
        return None
    try:
        if probe.kind == "tcp":
            host, port = probe.url.rsplit(":", 1)
            socket.create_connection((host, int(port)), 2).close()
            return None
        status, _body = request(layout, "GET", probe.url, probe.client, probe.authority)
    except OSError as error:
        return str(error)
    return None if status in probe.status else f"HTTP status {status} from {probe.url}"


def wait(layout: Layout, supervisor: Supervisor, programs: t.Sequence[Program], seconds: float = SECONDS) -> None:
    """Waits until every program runs and answers. Raises LabError that names each one that doesn't, with its last log lines."""
    deadline, open_ = time.monotonic() + seconds, {program.name: program for program in programs}
    saw: dict[str, str] = {}
    lives: dict[str, set[int]] = {}
    while open_:
        states = supervisor.programs()
        for name, program in list(open_.items()):
            state = states.get(name, {}).get("statename", "UNKNOWN")
            if state == "FATAL":
                saw[name] = "it ends right after its start"
                raise LabError(*_words(layout, {name: saw[name]}))
            lives.setdefault(name, set()).add(states.get(name, {}).get("pid", 0))
            if len(lives[name] - {0}) > LIVES:
                raise LabError(*_words(layout, {name: f"it ended {LIVES} times while it started"}))
            seen = answers(layout, program.probe) if state in ("STARTING", "RUNNING") else f"it is {state}"
            if seen is None and state == "RUNNING":
                del open_[name]
                saw.pop(name, None)
            else:
                saw[name] = seen or "it has just been started"
        if not open_:
            return
        if time.monotonic() > deadline:
            raise LabError(*_words(layout, {name: f"after {seconds:.0f} s: {saw[name]}" for name in open_}))
        time.sleep(0.1)


def _words(layout: Layout, faults: dict[str, str]) -> list[str]:
    return [
        f"{name} does not become ready: {why}. The end of its log ({layout.path('log', name + '.log')}):\n{tail(layout, name)}" for name, why in faults.items()
    ]
