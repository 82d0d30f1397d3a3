# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs a program to its end, handing its output on line by line."""
from __future__ import annotations

import os
import signal
import subprocess
import threading
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError


def call(argv: t.Sequence[str], *, text: bool = True, **options: t.Any) -> subprocess.CompletedProcess[t.Any]:
    """Runs a short command to its end and returns its status and outputs, whatever they are. Raises OSError and subprocess.TimeoutExpired.

    Ansible's own run_command belongs to a module object; these utilities are used, and tested, without one.
    """
    return subprocess.run(list(argv), capture_output=True, text=text, check=False, **options)  # pylint: disable=ansible-bad-function


def run(
    argv: t.Sequence[str],
    advice: str,
    *,
    env: dict[str, str] | None = None,
    cwd: str | None = None,
    on_line: t.Callable[[str], None] | None = None,
) -> str:
    """Runs a command and returns its standard output.

    on_line: gets each line of standard error as it comes. advice: what a person should do when it fails.
    Raises LabError with the command's last words and the advice.
    """
    try:
        # Its output is shown while it runs, which run_command can't.
        process = subprocess.Popen(  # pylint: disable=ansible-bad-function
            list(argv), env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, errors="replace", start_new_session=True,
        )
    except OSError as error:
        raise LabError(f"{argv[0]} can't be run: {error.strerror}. {advice}") from error
    last: list[str] = []
    try:
        out = _drain(process, last, on_line)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    if process.returncode:
        words = " / ".join(line for line in last[-4:] if line.strip()) or out.strip()[-300:] or "no message"
        raise LabError(f"«{' '.join(argv[:3])} …» failed with exit status {process.returncode}: {words}. {advice}")
    return out


def _drain(process: subprocess.Popen[str], last: list[str], on_line: t.Callable[[str], None] | None) -> str:
    """Reads both outputs to their end, at once (a full pipe would block the program); keeps the last lines of standard error."""
    chunks: list[str] = []
    reader = threading.Thread(target=lambda: chunks.append(process.stdout.read() if process.stdout else ""), daemon=True)
    reader.start()
    for line in process.stderr or ():
        last[:] = [*last[-9:], line.rstrip("\n")]
        if on_line:
            on_line(last[-1])
    reader.join()
    process.wait()
    return chunks[0]
