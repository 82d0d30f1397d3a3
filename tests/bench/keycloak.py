"""Keycloak's parts of the benchmark: its subjects, the comparison, the cost against the size."""
from __future__ import annotations

import statistics

from tests.bench import keycloak_objects, measure, peer, plays, report
from tests.bench.keycloak_server import Server, servers

RULES = report.Rules("keycloak_config", "community.general", "requests", task="task", faster={"first": 30, "second": 40}, factor=1.5, more=1.0)
RUNS = {"first": "write", "second": "check"}


def ours(realm: str) -> list:
    """One task with the whole desired state."""
    return [{"name": "Configure Keycloak", "unifiedmeta.platform.keycloak_config": {"config": "{{ config }}", "scope": realm}}]


def loop(realm: str, env: dict) -> list:
    """A task an object, as the collection's documentation shows it; mappers come with their client. Each logs in: a token lives 60 seconds, less than the
    whole loop takes."""
    defaults = {"auth_keycloak_url": env["KEYCLOAK_URL"], "auth_client_id": "admin-cli", "auth_realm": "master", "realm": realm,
                "auth_username": env["KEYCLOAK_USERNAME"], "auth_password": env["KEYCLOAK_PASSWORD"]}
    general = "community.general.keycloak_"
    tasks = [
        {"name": "Write the roles", f"{general}role": {"name": "{{ item.key }}", "description": "{{ item.value.description }}"}, **plays.loop("made.roles")},
        {"name": "Write the groups", f"{general}group": {"name": "{{ item.key }}", "attributes": "{{ item.value.attributes }}"}, **plays.loop("made.groups")},
        {"name": "Write the clients", f"{general}client": {
            "client_id": "{{ item.key }}", "name": "{{ item.value.name }}", "protocol": "{{ item.value.protocol }}", "root_url": "{{ item.value.rootUrl }}",
            "redirect_uris": "{{ item.value.redirectUris }}", "web_origins": "{{ item.value.webOrigins }}", "public_client": "{{ item.value.publicClient }}",
            "direct_access_grants_enabled": "{{ item.value.directAccessGrantsEnabled }}", "secret": "{{ item.value.secret }}",
            "protocol_mappers": "{{ item.value.protocolMappers }}"}, **plays.loop("made.clients")},
    ]
    return [{"name": "Peer", "module_defaults": {"group/community.general.keycloak": defaults}, "block": tasks}]


def listed(made: dict) -> dict:
    """The objects with each client's mappers as a list, as the peer takes them."""
    clients = {name: {**fields, "protocolMappers": [{"name": mapper, **more} for mapper, more in fields["mappers"].items()]}
               for name, fields in made["clients"].items()}
    return {**made, "clients": clients}


class Subjects:
    """The floor, ours and the peer against one server."""

    def __init__(self, bench: measure.Bench, server: Server):
        self.bench, self.server = bench, server

    def floor(self, realm: str, size: int, run: str) -> float:
        label = f"floor, {size} clients, {RUNS[run]}, with its start"
        return self.bench.script(label, "keycloak_floor.py", keycloak_objects.objects(size), [RUNS[run], realm], self.server.env)

    def ours(self, realm: str, size: int, run: str) -> float:
        variables = {"config": keycloak_objects.config(realm, size)}
        return self.bench.play(f"keycloak_config, {size} clients, {run}", "ours", ours(realm), variables, self.server.env)

    def peer(self, realm: str, size: int, run: str) -> float:
        if run == "first":
            self.server.keycloak.call("POST", "", {"realm": realm, "enabled": True})
        tasks, env = loop(realm, self.server.env), {"SSL_CERT_FILE": self.server.env["KEYCLOAK_CA_FILE"]}
        return self.bench.play(f"community.general, {size} clients, {run}", "peer", tasks, {"made": listed(keycloak_objects.objects(size))}, env)

    def both(self, who: str, size: int, times: dict[str, list[float]]) -> None:
        """Both runs of one subject, in a realm of their own."""
        with self.server.realm() as realm:
            for run in RUNS:
                times.setdefault(f"{who} {run}", []).append(getattr(self, who)(realm, size, run))

    def warm(self, size: int) -> None:
        """A server that has just been started compiles as it goes: nobody's time is taken in its first round."""
        for who in ("floor", "ours"):
            self.both(who, size, {})


def against(bench: measure.Bench, options) -> str:
    """A realm of 100 clients: the loop, the floor, ours; every round with realms of its own, the subjects in turn."""
    peer.collections()
    size, sample, times = options.clients, options.clients_sample, {"empty": []}
    with servers(bench.folder / "keycloak", size) as server:
        subjects = Subjects(bench, server)
        subjects.warm(size)
        for _round in range(options.runs):
            times["empty"] += [bench.empty(), bench.empty()]
            for who in ("floor", "ours"):
                subjects.both(who, size, times)
            subjects.both("peer", sample, times)
    whole, part = keycloak_objects.counts(size), keycloak_objects.tasks(sample)
    text = ", ".join(f"{number} {kind}" for kind, number in whole.items())
    return (f"### Keycloak: a realm with {text}\n\n"
            + report.peers(times, report.Sizes(keycloak_objects.tasks(size), "the whole realm", part, f"a sample of {part} tasks"), RULES))


def sizes(bench: measure.Bench, options) -> str:
    """Ours less the floor against the number of clients, since Keycloak's own time is no straight line."""
    empty = statistics.median(bench.empty() for _unused in range(3))
    taken: dict[int, dict[str, list[float]]] = {size: {} for size in options.clients_sizes}
    with servers(bench.folder / "keycloak-sizes", max(taken)) as server:
        subjects = Subjects(bench, server)
        subjects.warm(min(100, max(taken)))
        for size, times in taken.items():
            for _round in range(options.runs):
                for who in ("floor", "ours"):
                    subjects.both(who, size, times)
    middle = {size: {name: statistics.median(values) for name, values in times.items()} for size, times in taken.items()}
    points = {run: [(size, found[f"ours {run}"] - empty - found[f"floor {run}"]) for size, found in middle.items()] for run in RUNS}
    fits = {run: measure.fit(found) for run, found in points.items()}
    rows = [[f"{size:,}", *(f"{found[f'{who} {run}']:.2f}" for run in RUNS for who in ("floor", "ours"))] for size, found in middle.items()]
    return ("### Keycloak: cost against size\n\nTo each client three mappers, half a group, three tenths of a role. "
            f"Seconds, medians of {options.runs}; ours is the whole command:\n\n"
            + report.table(["clients", *(f"{who}, {run} run" for run in RUNS for who in ("floor", "ours"))], rows)
            + f"\n`keycloak_config` less the empty play ({empty:.2f} s) and less the floor, and the straight line through it:\n\n"
            + report.sizes(points, fits, "client"))
