"""Phase «identity» on a lab instance of its own: put back to before it, run, struck, and looked at from outside.

Before each strike Keycloak's database is a copy of the one that its first start made, Vault is what the phase «secrets» left (a snapshot of its storage,
with the same secrets), and the cluster has none of the rights.
"""
from __future__ import annotations

import json
import time

import psycopg
import requests

from tests.chaos.lab_site import LabSite, Server
from tests.lab.keycloak import Keycloak
from tests.support.process import Result
from tests.support.realm import snapshot as realms
from tests.support.site import recap
from tests.support.state import LEDGER, changes, portable, snapshot

REALM, PRISTINE = "lab", "keycloak_pristine"
RIGHTS = ("clusterrole/platform-operator", *(f"clusterrolebinding/oidc:platform-{name}" for name in (
    "admins:cluster-admin", "operators:view", "operators:platform-operator", "developers:view")))


class IdentitySite(LabSite):
    """``ways``: the token requests of those who administer Keycloak, before the phase and after it; ``secrets``: Vault's values and their versions before
    the phase, as hashes: not one may be another afterwards."""

    phase = "identity"

    # --- the instance ----------------------------------------------------------------------------------------------------------------
    def up(self) -> None:
        """Brings the instance up as the phase «secrets» leaves it, and keeps that. Keycloak notes all writes in its realm master, too."""
        super().up()
        if self.store_file.exists():  # kept from another time
            super().renew()
        self.phase = "secrets"
        self.play().check()
        self.phase = "identity"
        first = json.loads((self.lab.state_dir / "credentials/keycloak.json").read_text("utf-8"))
        by_password = {"grant_type": "password", "client_id": "admin-cli"}
        with Server(self) as server:
            admin, automation = (server.call("GET", f"platform/data/keycloak/{name}")["data"]["data"] for name in ("admin", "automation"))
            self.storage = server.request("GET", "sys/storage/raft/snapshot").content
            self.secrets = kept(server)
        self.ways = {"first": {**by_password, "username": first["username"], "password": first["password"]},
                     "break-glass": {**by_password, **admin}, "automation": {"grant_type": "client_credentials", **automation}}
        if not self.databases(PRISTINE):
            self.lab.wait_for_keycloak()
            self.keycloak("first").call("PUT", "master", {"adminEventsEnabled": True})
            self.supervise("stop")
            self.copy("keycloak", PRISTINE)

    def renew(self) -> None:
        """Back to before the phase."""
        self.supervise("stop")
        self.copy(PRISTINE, "keycloak")
        self.supervise("start")
        server = Server(self)
        server.__enter__()  # its token is gone with what is replaced
        answer = requests.post(f"{server.addr}/v1/sys/storage/raft/snapshot", data=self.storage, headers={"X-Vault-Token": server.root_token},
                               verify=server.ca_file, timeout=60)
        assert answer.ok, answer.text
        self.lab.kubectl("delete", "--ignore-not-found", *RIGHTS)
        deadline = time.monotonic() + 60
        while requests.get(f"{server.addr}/v1/sys/health", verify=server.ca_file, timeout=5).status_code != 200:
            assert time.monotonic() < deadline, "OpenBao did not come back"
            time.sleep(0.1)
        self.lab.wait_for_keycloak()

    def supervise(self, verb: str) -> None:
        self.lab.run(*self.lab.supervisorctl(), verb, "keycloak")

    def postgres(self) -> psycopg.Connection:
        """A session of the database's own administrator."""
        admin = self.lab.credentials("postgres")
        return psycopg.connect(host=admin["host"], port=admin["port"], user=admin["username"], password=admin["password"], dbname=admin["database"],
                               sslmode="verify-full", sslrootcert=self.lab.ca_file, autocommit=True)

    def databases(self, name: str) -> list:
        with self.postgres() as connection:
            return connection.execute("SELECT datname FROM pg_database WHERE datname = %s", (name,)).fetchall()

    def copy(self, source: str, target: str) -> None:
        """The database ``target`` becomes a copy of ``source``, to which nobody may be connected."""
        with self.postgres() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {target} TEMPLATE {source} OWNER keycloak")
            connection.execute(f"REVOKE ALL ON DATABASE {target} FROM PUBLIC")

    # --- looking at it ---------------------------------------------------------------------------------------------------------------
    def keycloak(self, way: str = "break-glass") -> Keycloak:
        """Keycloak, asked by who has that way in."""
        known = self.ways[way]
        return Keycloak(f"https://localhost:{self.lab.port_base + 343}", known["username"], known["password"], self.lab.ca_file)

    def administrators(self) -> set[str]:
        """Who gets in and may look into the realm master now."""
        found = set()
        for name, body in self.ways.items():
            keycloak = self.keycloak("first")
            answer = keycloak.token(**body)
            if answer.status_code == 200:
                looked = keycloak.session.get(f"{keycloak.url}/admin/realms/master/users", timeout=60,
                                              headers={"Authorization": f"Bearer {answer.json()['access_token']}"})
                found |= {name} if looked.status_code == 200 else set()
            else:
                assert answer.json()["error"] in ("invalid_grant", "invalid_client", "unauthorized_client"), answer.text
        return found

    def look(self) -> dict[str, object]:
        """Everything that the phase makes or may not touch: Keycloak's realms, Vault, the rights in the cluster."""
        with Server(self) as server:
            found = {**portable(snapshot(server)), "secrets": kept(server)}
        rights = json.loads(self.lab.kubectl("get", "clusterrole,clusterrolebinding", "-o", "json"))["items"]
        for item in rights:
            if f"{item['kind'].lower()}/{item['metadata']['name']}" in RIGHTS:
                found[f"{item['kind']} {item['metadata']['name']}"] = {key: item.get(key) for key in ("rules", "roleRef", "subjects")}
        found.update(realms(self.keycloak(), ["master", REALM]))
        return found

    def events(self) -> dict[str, int]:
        """How many writes each realm of Keycloak has noted."""
        keycloak = self.keycloak()
        return {realm["realm"]: keycloak.events(realm["realm"]) for realm in keycloak.get("")}

    def done(self, state: dict[str, object]) -> None:
        """The state is that of an undisturbed run, no secret was made anew, each client has the one in Vault; those get in who shall and nobody else;
        a further run changes nothing, and no server notes a write."""
        found = self.look()
        differences = changes(state, found)
        assert not differences, "\n".join(differences)
        assert found["secrets"] == self.secrets, "a secret was made anew"
        assert self.administrators() == {"break-glass", "automation"}
        self.clients()
        begin, events = self.marks(), self.events()
        result = self.play("--diff").check()
        assert recap(result)["changed"] == 0, result.stdout
        assert self.writes(begin) == [] and self.events() == events

    def clients(self) -> None:
        """Every client of a component has the secret that is in Vault."""
        keycloak = self.keycloak()
        with Server(self) as server:
            paths = [name.split("/")[1] for name in self.secrets if name.startswith("kv platform/") and name.endswith("/oidc")]
            assert len(paths) >= 5
            for name in paths:
                wanted = server.call("GET", f"platform/data/{name}/oidc")["data"]["data"]
                assert keycloak.client(REALM, wanted["client_id"])["secret"] == wanted["client_secret"], name

    def finish(self) -> Result:
        """Runs again until done, after trouble that is over."""
        return self.play().check()


def kept(server) -> dict[str, object]:
    """The values of Vault's secrets, as hashes, with their versions; the ledger holds none."""
    return {name: body for name, body in snapshot(server).items() if name.startswith("kv ") and not name.startswith("kv " + LEDGER)}
