# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""systemd on a node: what a unit is doing, and telling it what to do."""

from __future__ import annotations

import os
import subprocess
import time
import typing as t

PROPERTIES = ("Id", "LoadState", "UnitFileState", "ActiveState", "SubState", "Result", "InvocationID", "MainPID", "NRestarts",
              "ExecMainStartTimestampMonotonic", "ActiveEnterTimestampMonotonic")
BOOTED = "/run/systemd/system"
RUNNING = ("active", "activating", "reloading", "deactivating")


class CommandError(Exception):
    """A program of the node failed; the text says which, with what it said."""


def run(argv: t.Sequence[str], timeout: float = 60.0, check: bool = True) -> str:
    """What a program prints. ``timeout``: seconds. Raises CommandError; without ``check`` only where it can't be run at all or hangs."""
    environment = {**os.environ, "LC_ALL": "C", "LANG": "C"}
    try:
        # Modules and probes call it, with and without an AnsibleModule.
        done = subprocess.run(  # pylint: disable=ansible-bad-function
            list(argv), capture_output=True, timeout=timeout, check=False, env=environment, stdin=subprocess.DEVNULL,
        )
    except OSError as error:
        raise CommandError(f"{argv[0]} can't be run: {error.strerror}; is it installed?") from error
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"«{' '.join(argv)}» didn't end within {timeout:.0f} s") from error
    if check and done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
        raise CommandError(f"«{' '.join(argv)}» failed with {done.returncode}: {' / '.join(said[-3:]) or 'it said nothing'}")
    return done.stdout.decode(errors="replace")


def units(names: t.Sequence[str]) -> dict[str, dict[str, t.Any]]:
    """State of several units in one call, by name without the suffix; units that systemd doesn't know are ``inactive`` and not ``loaded``.

    Keys: loaded, enabled, active, sub, result, invocation, pid, restarts, since and started (epoch seconds or None: when it became active, when its
    main process began). Raises CommandError where systemd is there and can't be asked; without it all are inactive.
    """
    try:
        text = run(["systemctl", "show", "--property", ",".join(PROPERTIES), *(f"{name}.service" for name in names)])
    except CommandError:
        if booted():
            raise
        text = ""
    blocks = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in text.strip().split("\n\n")]
    # One block a unit, in the order of the question: an Id may be an alias.
    return {name: _unit(block) for name, block in zip(names, [*blocks, *({} for _name in names)])}


def booted() -> bool:
    """Does systemd run this host (sd_booted(3))?"""
    return os.path.isdir(BOOTED)


def told(unit: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The part of a unit's state that is told as a fact."""
    return {name: unit[name] for name in ("enabled", "active", "since", "invocation", "result")}


def reload() -> None:
    """Let systemd read its units again."""
    run(["systemctl", "daemon-reload"])


def enable(name: str, wanted: bool = True) -> None:
    """Start a unit at boot, or not."""
    run(["systemctl", "enable" if wanted else "disable", f"{name}.service"])


def start(name: str, restart: bool = False) -> None:
    """Start or restart, without waiting for it: ``Type=notify`` says it has started only once the node has joined, and we want to tell why it doesn't."""
    run(["systemctl", "reset-failed", f"{name}.service"], check=False)
    run(["systemctl", "restart" if restart else "start", "--no-block", f"{name}.service"])


def stop(name: str, timeout: float = 180.0) -> None:
    """Stop a unit and wait until it has."""
    run(["systemctl", "stop", f"{name}.service"], timeout=timeout)


def log(name: str, since: float, lines: int = 2000) -> list[str]:
    """The unit's log since a time (epoch seconds), oldest first; nothing where it can't be read."""
    try:
        text = run(["journalctl", "--unit", f"{name}.service", "--since", f"@{int(since)}", "--lines", str(lines), "--output", "cat", "--no-pager", "--quiet"],
                   check=False)
    except CommandError:
        return []
    return text.splitlines()


def _unit(block: t.Mapping[str, str]) -> dict[str, t.Any]:
    active = block.get("ActiveState") or "inactive"
    return {
        "loaded": block.get("LoadState") == "loaded", "enabled": (block.get("UnitFileState") or "").startswith("enabled"),
        "active": active, "sub": block.get("SubState") or "", "result": block.get("Result") or "success",
        "invocation": block.get("InvocationID") or None, "pid": int(block.get("MainPID") or 0), "restarts": int(block.get("NRestarts") or 0),
        "since": _epoch(block.get("ActiveEnterTimestampMonotonic")) if active == "active" else None,
        "started": _epoch(block.get("ExecMainStartTimestampMonotonic")) if active in RUNNING else None,
    }


def _epoch(monotonic: str | None) -> float | None:
    """Epoch seconds of a time that systemd tells in microseconds since boot: its other form is a text for people, in the zone of the node."""
    if not monotonic or not monotonic.isdigit() or int(monotonic) == 0:
        return None
    return round(time.time() - time.clock_gettime(time.CLOCK_MONOTONIC) + int(monotonic) / 1e6, 1)
