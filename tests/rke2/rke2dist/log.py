"""Log lines of the form that RKE2 writes (logrus' text form), so that what reads the journal is tried on it."""
from __future__ import annotations

import json
import sys
import time


class Fatal(Exception):
    """The process ends with this message at level fatal."""


def line(level: str, message: str) -> None:
    """Writes one line to standard error."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    print(f'time="{stamp}" level={level} msg={json.dumps(message, ensure_ascii=False)}', file=sys.stderr, flush=True)


def info(message: str) -> None:
    """Writes at level info."""
    line("info", message)


def warning(message: str) -> None:
    """Writes at level warning."""
    line("warning", message)


def error(message: str) -> None:
    """Writes at level error."""
    line("error", message)
