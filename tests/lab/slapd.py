# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A directory (OpenLDAP) of a test's own, on a random loopback port, with a few people and groups in it."""

from __future__ import annotations

import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

import pytest

from tests.lab.bao import free_port
from tests.lab.packages import programs

BASE, ADMIN = "dc=example,dc=com", "cn=admin,dc=example,dc=com"
_CONFIG = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/pid
database mdb
maxsize 10485760
suffix "{base}"
rootdn "{admin}"
rootpw {password}
directory {folder}/data
"""
_ENTRIES = """\
dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ou=people,dc=example,dc=com
objectClass: organizationalUnit
ou: people

dn: ou=groups,dc=example,dc=com
objectClass: organizationalUnit
ou: groups

dn: uid=kim,ou=people,dc=example,dc=com
objectClass: inetOrgPerson
uid: kim
cn:: 6rmA
sn: Kim
mail: kim@example.com
userPassword: pass-of-kim-in-ldap

dn: cn=operators,ou=groups,dc=example,dc=com
objectClass: groupOfNames
cn: operators
member: uid=kim,ou=people,dc=example,dc=com
"""


class Slapd:
    """``url``; ``password`` of ADMIN; ``start`` with another password turns it."""

    def __init__(self, password: str):
        self.program = programs("slapd")["slapd"]
        self.folder, self.port, self.process = pathlib.Path(tempfile.mkdtemp(prefix="slapd")), free_port(), None
        (self.folder / "data").mkdir()
        self.url = f"ldap://127.0.0.1:{self.port}"
        self._configure(password)
        subprocess.run([self.program, "-T", "add", "-f", str(self.folder / "slapd.conf")], input=_ENTRIES, text=True, check=True, capture_output=True)
        self.start(password)

    def _configure(self, password: str) -> None:
        path = self.folder / "slapd.conf"
        path.touch(mode=0o600)
        path.write_text(_CONFIG.format(folder=self.folder, base=BASE, admin=ADMIN, password=password), "utf-8")

    def start(self, password: str) -> None:
        self.stop()
        self._configure(password)
        self.password = password
        self.process = subprocess.Popen([self.program, "-d", "0", "-f", str(self.folder / "slapd.conf"), "-h", self.url])
        for _attempt in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("slapd doesn't listen")

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def end(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def slapd():
    """See the module."""
    made = Slapd("first-password-of-the-directory")
    yield made
    made.end()
