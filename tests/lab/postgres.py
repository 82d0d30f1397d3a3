# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A PostgreSQL cluster of a test's own, on a random loopback port."""

from __future__ import annotations

import contextlib
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import time

import psycopg
import pytest

from tests.lab.bao import free_port


class Postgres:
    """``host``, ``port``, ``password`` of the superuser ``postgres``; ``query`` as anybody."""

    host = "127.0.0.1"

    def __init__(self):
        programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
        if not programs:
            pytest.skip("no PostgreSQL here: install the package postgresql")
        self.bin, self.port, self.password = programs[-1], free_port(), "first-password-of-the-test"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pg"))
        owner = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        self._as = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"] if owner else []
        (self.folder / "password").write_text(self.password, "utf-8")
        if owner:
            for path in (self.folder, self.folder / "password"):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        self._run(
            "initdb",
            "--pgdata=data",
            "--auth=scram-sha-256",
            "--username=postgres",
            f"--pwfile={self.folder / 'password'}",
            "--no-sync",
        )
        options = f"-p {self.port} -c listen_addresses={self.host} -c unix_socket_directories={self.folder} -c fsync=off"
        self._run("pg_ctl", "--pgdata=data", "--log=log", "-o", options, "-w", "start")

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run([*self._as, str(self.bin / program), *arguments], cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def stop(self) -> None:
        self._run("pg_ctl", "--pgdata=data", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def connect(self, user: str, password: str):
        with psycopg.connect(host=self.host, port=self.port, user=user, password=password, dbname="postgres", autocommit=True) as connection:
            yield connection

    def query(self, user: str, password: str, text: str) -> list:
        """Rows. Raises psycopg.OperationalError where the login is refused."""
        with self.connect(user, password) as connection:
            cursor = connection.execute(text)
            return cursor.fetchall() if cursor.description else []

    def refuses(self, user: str, password: str, seconds: float = 0.0) -> bool:
        """Is the login refused, at the latest after ``seconds``?"""
        end = time.monotonic() + seconds
        while True:
            try:
                self.query(user, password, "SELECT 1")
            except psycopg.OperationalError:
                return True
            if time.monotonic() >= end:
                return False
            time.sleep(0.2)


@pytest.fixture(scope="module")
def postgres():
    """A running cluster."""
    made = Postgres()
    yield made
    made.stop()
