"""Keycloak for the benchmark: an instance of the lab of its own, PostgreSQL and Keycloak alone, with production's compilers."""
from __future__ import annotations

import contextlib
import itertools
import os
import pathlib
import typing as t

from tests.bench import keycloak_objects
from tests.lab.bao import running
from tests.lab.instance import Lab, fresh
from tests.lab.keycloak import Keycloak
from tests.support.process import Run

# The lab saves a start's processor time by this: keys for a realm take several times as long with it, and by chance more or less.
QUICK = "-XX:TieredStopAtLevel=1"


@contextlib.contextmanager
def servers(folder: pathlib.Path, clients: int) -> t.Iterator[Server]:
    """Fresh servers: Keycloak, and an OpenBao that holds the ledger and the secrets of ``clients`` clients."""
    with fresh("bench", lab_servers=["postgres", "keycloak"], lab_nodes=0) as lab, running(folder / "bao") as bao:
        pid = lab.processes()["keycloak"][0]
        command = pathlib.Path(f"/proc/{pid}/cmdline").read_text("utf-8").split("\0")[:-1]
        lab.run(*lab.supervisorctl(), "stop", *(name for name in lab.processes() if name != "postgres"))
        run = Run([part for part in command if part != QUICK], folder / "keycloak")
        try:
            lab.wait_for_keycloak()
            yield Server(lab, bao, clients)
        finally:
            run.kill()


class Server:
    """``env``: the environment by which everybody finds both. ``keycloak``: plain calls. Names of realms are new in each instance."""

    def __init__(self, lab: Lab, bao: t.Any, clients: int):
        found = lab.credentials("keycloak")
        self.keycloak = Keycloak(found["url"], found["username"], found["password"], str(lab.ca_file))
        self.env = {"KEYCLOAK_URL": found["url"], "KEYCLOAK_USERNAME": found["username"], "KEYCLOAK_PASSWORD": found["password"],
                    "KEYCLOAK_CA_FILE": str(lab.ca_file), "VAULT_ADDR": bao.addr, "VAULT_TOKEN": bao.root_token, "VAULT_CACERT": bao.ca_file}
        self._numbers = itertools.count(1)
        keycloak_objects.put_secrets(bao, clients)

    @contextlib.contextmanager
    def realm(self) -> t.Iterator[str]:
        """The name of a realm that isn't there yet, and that is gone afterwards."""
        name = f"bench-{os.getpid()}-{next(self._numbers)}"
        try:
            yield name
        finally:
            self.keycloak.forget()
            self.keycloak.request("DELETE", name)
