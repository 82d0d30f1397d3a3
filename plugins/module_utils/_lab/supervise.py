# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""supervisord: its configuration from programs (pure), and a client for its XML-RPC interface on a unix socket.

http://supervisord.org/configuration.html, http://supervisord.org/api.html
"""
from __future__ import annotations

import http.client
import os
import shlex
import socket
import subprocess
import time
import typing as t
import xmlrpc.client
from contextlib import suppress

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.command import call
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.files import File
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError, Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.program import Program

# What the programs may see of the environment: a registry, for one, takes every REGISTRY_* variable as configuration.
CLEAN_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"}
UNKNOWN_NAME, ALREADY_STARTED, NOT_RUNNING = 10, 60, 70


def configuration(layout: Layout, programs: t.Sequence[Program]) -> str:
    """Returns supervisord.conf for the programs."""
    lines = [
        "; Written by the lab; edits are replaced by its next run.",
        "[unix_http_server]", f"file={layout.socket}", "chmod=0700", "",
        "[supervisord]",
        f"logfile={layout.path('log', 'supervisord.log')}", "logfile_maxbytes=5MB", "logfile_backups=1",
        f"pidfile={layout.path('supervisord.pid')}", f"childlogdir={layout.path('log')}", f"directory={layout.state}",
        f"identifier=unifiedmeta-lab-{layout.name}", "nodaemon=false", "umask=077", "user=root", "",
        "[rpcinterface:supervisor]", "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface", "",
        "[supervisorctl]", f"serverurl=unix://{layout.socket}", "",
    ]
    for program in programs:
        lines += _section(layout, program)
    return "\n".join(lines)


def _section(layout: Layout, program: Program) -> list[str]:
    environment = ",".join(f'{name}="{escape(value)}"' for name, value in sorted(program.environment.items()))
    return [
        f"[program:{program.name}]",
        f"command={escape(shlex.join(program.argv))}",
        f"directory={program.directory or layout.state}",
        f"user={program.user}",
        *([f"environment={environment}"] if environment else []),
        # The lab starts them itself, wave by wave; supervisord brings back what dies.
        "autostart=false", "autorestart=true", "startsecs=1", "startretries=3",
        f"stopsignal={program.stop_signal}", f"stopwaitsecs={program.stop_seconds}", "stopasgroup=true", "killasgroup=true",
        f"stdout_logfile={layout.path('log', program.name + '.log')}", "stdout_logfile_maxbytes=20MB", "stdout_logfile_backups=1",
        "redirect_stderr=true", "",
    ]


def sections(text: str) -> dict[str, str]:
    """Returns the text of each program's section of a supervisord.conf."""
    parts = [part.partition("]\n") for part in text.split("[program:")[1:]]
    return {name: body for name, _end, body in parts}


def helpers(layout: Layout, daemon: t.Sequence[str]) -> list[File]:
    """Returns two small programs: the instance's supervisorctl, and one that gives OpenBao an empty disk (for vault_init's reset_command)."""
    python, folder = daemon[0], layout.path("openbao")
    control = f'exec {shlex.quote(python)} -m supervisor.supervisorctl -c {shlex.quote(layout.path("supervisord.conf"))}'
    place = shlex.quote(layout.path("bin"))
    reset = f"set -eu\ncd {place}\n./supervisorctl stop openbao\nfind {shlex.quote(folder)} -mindepth 1 -delete\n./supervisorctl start openbao\n"
    return [
        File(layout.path("bin", "supervisorctl"), f'#!/bin/sh\n{control} "$@"\n', mode=0o700),
        File(layout.path("bin", "reset-openbao"), f"#!/bin/sh\n# Everything that OpenBao holds is lost.\n{reset}", mode=0o700),
    ]


def escape(text: str) -> str:
    """Returns a value that supervisord's own expansion of %(name)s leaves alone."""
    return text.replace("%", "%%")


class _Connection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=120)
        self._path = path

    def connect(self) -> None:
        """Connects to the socket's path instead of a host."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: t.Any) -> http.client.HTTPConnection:
        """Returns a new connection; one a call, so that a restarted supervisord is no surprise."""
        return _Connection(self._path)


class Supervisor:
    """A running supervisord, asked through its socket. ``daemon``: the command that starts it."""

    def __init__(self, layout: Layout, daemon: t.Sequence[str]) -> None:
        self._layout, self.command = layout, daemon
        proxy = xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=_Transport(layout.socket))
        self._rpc: t.Any = proxy.supervisor

    def alive(self) -> bool:
        """Tells whether supervisord answers."""
        try:
            self._rpc.getState()
            return True
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return False

    def start_daemon(self) -> None:
        """Starts supervisord, which goes to the background by itself, and waits until it answers. Raises LabError."""
        command = [*self.command, "-c", self._layout.path("supervisord.conf")]
        done = call(command, stdin=subprocess.DEVNULL, env=CLEAN_ENVIRONMENT)
        deadline = time.monotonic() + 20
        while done.returncode == 0 and time.monotonic() < deadline:
            if self.alive():
                return
            time.sleep(0.05)
        said = (done.stdout + done.stderr).strip() or "it said nothing"
        raise LabError(f"supervisord did not start: {said}. Its log is {self._layout.path('log', 'supervisord.log')}.")

    def programs(self) -> dict[str, dict[str, t.Any]]:
        """Returns what supervisord knows of each program: statename, pid, start (seconds since the epoch), spawnerr."""
        return {info["name"]: info for info in self._rpc.getAllProcessInfo()}

    def reread(self) -> tuple[list[str], list[str], list[str]]:
        """Makes supervisord read its configuration; returns the names of added, changed and removed programs. Nothing is restarted yet."""
        try:
            ((added, changed, removed),) = self._rpc.reloadConfig()
        except xmlrpc.client.Fault as fault:
            raise LabError(f"supervisord refused {self._layout.path('supervisord.conf')}: {fault.faultString}") from fault
        return added, changed, removed

    def forget(self, name: str) -> None:
        """Stops a program and takes it out of supervisord."""
        self.stop(name)
        self._ignoring(self._rpc.removeProcessGroup, (UNKNOWN_NAME,), name)

    def add(self, name: str) -> None:
        """Takes a program of the configuration in."""
        self._rpc.addProcessGroup(name)

    def stop(self, name: str) -> None:
        """Stops a program and waits for its end; one that doesn't run is fine."""
        self._ignoring(self._rpc.stopProcess, (UNKNOWN_NAME, NOT_RUNNING), name)

    def start(self, name: str) -> None:
        """Starts a program without waiting for it; one that runs is fine."""
        self._ignoring(lambda n: self._rpc.startProcess(n, False), (ALREADY_STARTED,), name)

    def shutdown(self) -> None:
        """Stops every program and supervisord itself; the caller waits for the processes' end."""
        with suppress(OSError, http.client.HTTPException):  # it may close the socket before it has answered
            self._rpc.shutdown()

    @staticmethod
    def _ignoring(call: t.Callable[[str], t.Any], codes: tuple[int, ...], name: str) -> None:
        try:
            call(name)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode not in codes:
                raise LabError(f"supervisord could not do it for {name}: {fault.faultString}") from fault


def tail(layout: Layout, program: str, lines: int = 8) -> str:
    """Returns the last lines of a program's log."""
    path = layout.path("log", f"{program}.log")
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.path.getsize(path) - 8192))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"
