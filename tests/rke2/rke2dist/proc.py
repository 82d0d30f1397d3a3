"""The programs that run below the supervisor: started, logged, started again when they end, ended with it."""
from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import threading
import time
import typing as t

from . import log

LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"}


class Child:
    """A program that is kept running. ``fatal``: its end is the supervisor's."""

    def __init__(self, name: str, argv: t.Sequence[str], folder: str, env: dict[str, str] | None = None, fatal: bool = False) -> None:
        self.name, self.argv, self.env, self.fatal = name, list(argv), env or {}, fatal
        self.log = os.path.join(folder, f"{name}.log")
        self.process: subprocess.Popen[bytes] | None = None
        self.started, self.begun = 0.0, 0
        self.wanted = True
        self.on_exit: t.Callable[[], None] | None = None

    def start(self) -> None:
        """Starts it; must be called by the main thread, whose end ends it."""
        os.makedirs(os.path.dirname(self.log), exist_ok=True)
        if os.path.exists(self.log) and os.path.getsize(self.log) > 50 << 20:
            os.replace(self.log, f"{self.log}.1")
        log.info(f"Running {self.name} {' '.join(self.argv[1:])}")
        with open(self.log, "ab") as file:
            self.begun = file.tell()
            self.process = subprocess.Popen(
                self.argv, stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env={**ENVIRONMENT, **self.env}, preexec_fn=_die_with_parent,
            )
        self.started = time.monotonic()

    def running(self) -> bool:
        """Tells whether it runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self, seconds: float = 10) -> None:
        """Ends it."""
        self.wanted = False
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)

    def tail(self, count: int = 3, size: int = 4000) -> str:
        """Returns the last lines of its log, of this run of it."""
        with open(self.log, "rb") as file:
            file.seek(max(self.begun, os.path.getsize(self.log) - size))
            return " | ".join(file.read().decode(errors="replace").splitlines()[-count:])


def _die_with_parent() -> None:
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Children:
    """All programs of a node. They are started and looked after by the main thread, which other threads ask by ``ended``."""

    def __init__(self) -> None:
        self.all: list[Child] = []
        self.ended = threading.Event()
        self.reason = ""

    def add(self, child: Child) -> Child:
        """Starts a program and keeps it running."""
        child.start()
        self.all.append(child)
        return child

    def fail(self, reason: str) -> None:
        """Has the supervisor end with a message; any thread may call it."""
        self.reason = self.reason or reason
        self.ended.set()

    def tend(self) -> None:
        """Starts again what has ended. Raises Fatal for what must not end, or for what another thread found."""
        if self.reason:
            raise log.Fatal(self.reason)
        for child in self.all:
            if child.wanted and not child.running():
                code = child.process.returncode if child.process else None
                if child.on_exit:
                    child.on_exit()
                if child.fatal:
                    raise log.Fatal(f"{child.name} exited: exit status {code}: {child.tail()}")
                if time.monotonic() - child.started > 2:
                    log.warning(f"{child.name} exited with {code}, starting it again: {child.tail(1)}")
                    child.start()

    def wait(self, what: str, ready: t.Callable[[], bool], seconds: float = 0, pause: float = 0.3) -> None:
        """Waits until ``ready``, tending meanwhile. seconds: 0 for ever. Raises Fatal."""
        begun = said = time.monotonic()
        while not self.ended.is_set():
            if ready():
                return
            self.tend()
            now = time.monotonic()
            if seconds and now - begun > seconds:
                raise log.Fatal(f"{what}: not ready after {seconds:.0f} s")
            if now - said > 10:
                said = now
                log.info(f"Waiting for {what}")
            self.ended.wait(pause)
        self.tend()
        raise SystemExit(0)

    def stop(self) -> None:
        """Ends all, the last started first."""
        for child in reversed(self.all):
            child.wanted = False
        for child in reversed(self.all):
            child.stop()


def notify(text: str) -> None:
    """Tells systemd (sd_notify(3))."""
    import socket

    path = os.environ.get("NOTIFY_SOCKET")
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.sendto(text.encode(), "\0" + path[1:] if path.startswith("@") else path)
