"""Runs a program as people do, and kills it as power cuts do.

    run = Run([...], folder, env={...})          # starts it; output goes to folder/stdout
    result = run.wait(timeout=120)               # Result: rc, stdout, seconds, killed
    run.kill()                                   # SIGKILL to the whole tree, from any thread

Ansible's workers leave their parent's process group (``setsid``), so a kill of the group would leave them working on.
Every process of a run is therefore found by a mark in its environment, which children inherit: all are stopped first, until
no new one turns up, then killed. ``parent_only`` kills nothing but the first process, as the kernel's memory killer does.
"""
from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import random
import secrets
import signal
import subprocess
import threading
import time

MARK = "UNIFIEDMETA_TEST_RUN"
LEFTOVERS = 5.0


@dataclasses.dataclass(frozen=True)
class Result:
    """How a run ended. ``rc`` is negative after a signal; ``killed`` are the seconds at which kill() struck, or None."""

    rc: int
    stdout: str
    seconds: float
    killed: float | None = None

    def check(self) -> Result:
        """Fails the test with the output when the run did not end well."""
        assert self.rc == 0, f"ended with {self.rc} after {self.seconds:.1f} s:\n{self.stdout[-6000:]}"
        return self


def environment(folder: pathlib.Path, extra: dict | None = None) -> dict:
    """An environment for a run: the machine's PATH and locale, a home and temporary folder of its own, no proxies, none of
    the VAULT_/KUBE variables of the person who runs the tests."""
    kept = {key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL", "VIRTUAL_ENV", "LAB_CACHE", "BAO_BIN", "VAULT_BIN",
                                             "ANSIBLE_CONFIG", "ANSIBLE_COLLECTIONS_PATH") if key in os.environ}
    for name in ("home", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    return {**kept, "LANG": "C.UTF-8", "HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp"), "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOCAL_TEMP": str(folder / "tmp/local"), "ANSIBLE_REMOTE_TEMP": str(folder / "tmp/remote"),
            "ANSIBLE_RETRY_FILES_ENABLED": "false", "PYTHONUNBUFFERED": "1", **(extra or {})}


class Run:
    """One started program with all its descendants."""

    def __init__(self, command: list, folder: pathlib.Path, env: dict | None = None, cwd=None, stdin: str | None = None):
        folder.mkdir(parents=True, exist_ok=True)
        self.mark, self.output = secrets.token_hex(12), folder / "stdout"
        self.begin, self.killed = time.monotonic(), None
        self._timers: list[threading.Timer] = []
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(  # pylint: disable=consider-using-with
                [str(part) for part in command], stdout=output, stderr=subprocess.STDOUT, cwd=cwd, start_new_session=True,
                env={**environment(folder, env), MARK: self.mark},
                stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL)
        if stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.write(stdin.encode())
                self.process.stdin.close()

    def members(self) -> list[int]:
        """Process ids of the run that are alive now."""
        return [pid for pid, environ in processes("environ") if f"{MARK}={self.mark}".encode() in environ]

    def kill(self, parent_only: bool = False):
        """SIGKILL to everything that the run started; returns when nothing of it is left."""
        self.killed = time.monotonic() - self.begin
        if parent_only:
            self.process.kill()
            return
        stopped: set[int] = set()
        while fresh := set(self.members()) - stopped:
            stopped |= fresh
            for pid in fresh:
                send(pid, signal.SIGSTOP)
        for pid in stopped:
            send(pid, signal.SIGKILL)
        deadline = time.monotonic() + LEFTOVERS
        while set(self.members()) & stopped and time.monotonic() < deadline:
            time.sleep(0.01)

    def kill_after(self, seconds: float, parent_only: bool = False):
        """Arms a SIGKILL ``seconds`` after now."""
        timer = threading.Timer(seconds, self.kill, [parent_only])
        timer.daemon = True
        self._timers.append(timer)
        timer.start()

    def wait(self, timeout: float = 300.0) -> Result:
        """Waits for the end. A run that is still there after ``timeout`` seconds is killed and fails the test."""
        try:
            rc = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running after {timeout:.0f} s:\n{self.stdout()[-4000:]}") from None
        finally:
            for timer in self._timers:
                timer.cancel()
        return Result(rc, self.stdout(), time.monotonic() - self.begin, self.killed)

    def stdout(self) -> str:
        return self.output.read_text("utf-8", "replace")


def processes(item: str):
    """Yields (pid, content of /proc/<pid>/<item>) of all processes that may be read and that are no zombies."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                content = pathlib.Path("/proc", name, item).read_bytes()
            except OSError:
                continue
            if content:
                yield int(name), content


def send(pid: int, number: int):
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def points(seed: int, count: int, seconds: float, first: float = 0.0) -> list[float]:
    """``count`` moments between ``first`` and ``seconds``: one in each of ``count`` equal slices, at a seeded place in it."""
    dice, slice_ = random.Random(seed), (seconds - first) / count
    return [round(first + slice_ * (number + dice.random()), 3) for number in range(count)]
