"""A server: etcd, the control plane, the supervisor on 9345, and the node's part."""
from __future__ import annotations

import grp
import os
import pwd
import shutil
import threading
import time
import typing as t

from . import agent, bootstrap, certs, components, controllers, etcd, images, join, kube, log, pki, proc, supervisor, tokens, web
from .place import Place, read, setting, write

TOMBSTONE, RESET = "tombstone", "reset-flag"
SYSCTLS = {"vm.overcommit_memory": "1", "vm.panic_on_oom": "0", "kernel.panic": "10", "kernel.panic_on_oops": "1"}


def profile(settings: dict[str, t.Any]) -> None:
    """Raises Fatal where the CIS profile's demands aren't met (https://docs.rke2.io/security/hardening_guide)."""
    kind = str(settings.get("profile") or "")
    if not kind:
        return
    if kind not in ("cis", "etcd") and not kind.startswith("cis-"):
        raise log.Fatal(f"invalid value provided for --profile flag: {kind}")
    faults = [f"invalid kernel parameter value {name}={_sysctl(name)} - expected {value}" for name, value in SYSCTLS.items() if _sysctl(name) != value]
    for what, find in (("user", pwd.getpwnam), ("group", grp.getgrnam)):
        try:
            find("etcd")
        except KeyError:
            faults.append(f"missing required {what}: unknown {what} etcd")
    if faults:
        raise log.Fatal("; ".join(faults))


def _sysctl(name: str) -> str:
    return read("/proc/sys/" + name.replace(".", "/")).strip()


def token_of(place: Place, settings: dict[str, t.Any]) -> str:
    """Returns the password of the token of a server that has data or makes a cluster. Raises Fatal."""
    given = tokens.parse(str(settings.get("token") or ""))
    if etcd.initialised(place):
        return given.password or tokens.parse(read(place("server", "token"))).password
    if given.hash:
        raise log.Fatal("the first server's token holds the hash of a CA that is yet to be made: use the short form (https://docs.rke2.io/security/token)")
    return given.password or tokens.parse(read(place("server", "token"))).password or os.urandom(16).hex()


def write_tokens(place: Place, settings: dict[str, t.Any], password: str) -> None:
    """Writes server/token, node-token (a link to it) and agent-token."""
    with open(place.tls("server-ca.crt"), "rb") as file:
        pem = file.read()
    write(place("server", "token"), tokens.full(pem, "server", password) + "\n")
    write(place("server", "agent-token"), tokens.full(pem, "node", str(settings.get("agent-token") or password)) + "\n")
    link = place("server", "node-token")
    if not os.path.islink(link):
        if os.path.exists(link):
            os.unlink(link)
        os.symlink(place("server", "token"), link)


def bury(place: Place) -> None:
    """Puts the data of a member that was removed aside, so that this host joins anew."""
    if os.path.exists(os.path.join(etcd.data(place), TOMBSTONE)):
        log.info("etcd data of a removed member found: it is put aside")
        os.rename(etcd.data(place), f"{etcd.data(place)}-old-{int(time.time())}")


def start_etcd(place: Place, settings: dict[str, t.Any], children: proc.Children, site: web.Site | None) -> etcd.Etcd:
    """Starts etcd: as a member that was there, as the first one, or as a learner; returns its client. Raises Fatal."""
    name, cluster = etcd.member_name(place, settings["node-name"]), ""
    if site is not None:
        log.info("Adding this server to the etcd cluster as a learner")
        while not cluster:
            try:
                name, cluster = join.member(place, settings, site)
            except log.Fatal as fault:
                if "too many learner" not in str(fault):
                    raise
                log.info(f"Waiting for other members to finish joining etcd cluster: {fault}")
                children.wait("other learners", _after(3))
    elif not etcd.initialised(place):
        cluster = f"{name}=https://{settings['node-ip'][0]}:{etcd.PEER}"
    os.makedirs(etcd.data(place), mode=0o700, exist_ok=True)
    child = proc.Child("etcd", etcd.arguments(place, settings, name, cluster, new=site is None), place(*agent.LOGS))
    child.on_exit = lambda: _removed(place, child)
    children.add(child)
    client = etcd.Etcd(place)
    children.wait("etcd", client.healthy)
    if site is not None:
        log.info("etcd is a learner, waiting to be promoted")
        children.wait("promotion of this etcd learner", lambda: _voter(client))
    return client


def _after(seconds: float) -> t.Callable[[], bool]:
    deadline = time.monotonic() + seconds
    return lambda: time.monotonic() > deadline


def _voter(client: etcd.Etcd) -> bool:
    try:
        return not client.status().get("isLearner")
    except (OSError, web.Refused, ValueError):
        return False


def _removed(place: Place, child: proc.Child) -> None:
    """Raises Fatal where etcd ended since its member was removed."""
    # The words of etcd 3.6 (server/etcdserver, rafthttp); they come some way before its end.
    said = child.tail(400, 200_000)
    if "permanently removed" in said or "removed from cluster" in said:
        write(os.path.join(etcd.data(place), TOMBSTONE), "")
        raise log.Fatal("this server has been removed from the etcd cluster; on the next start it joins as a new member")


def reconcile(place: Place, client: etcd.Etcd, password: str) -> None:
    """Holds the bootstrap data of the datastore against the disk: the datastore wins; the first server writes it. Raises Fatal."""
    log.info("Reconciling bootstrap data between datastore and disk")
    found = bootstrap.find(client.prefix(bootstrap.PREFIX), password)
    if found is None:
        client.put(bootstrap.key_of(password), bootstrap.seal(password, bootstrap.gather(place)))
    else:
        bootstrap.scatter(place, found)


def main(settings: dict[str, t.Any], children: proc.Children) -> None:
    """Runs a server until it is told to end. Raises Fatal."""
    place = setting(settings)
    certs.available()
    profile(settings)
    images.runtime(place)
    bury(place)
    if os.path.exists(place("server", "db", RESET)):
        os.unlink(place("server", "db", RESET))
    site: web.Site | None = None
    os.makedirs(place("server", "manifests"), mode=0o700, exist_ok=True)
    if settings.get("server") and not etcd.initialised(place):
        token, site = join.server(place, settings)
        password = token.password
    else:
        if settings.get("server"):
            log.info("Managed etcd cluster bootstrap already complete and initialized; --server is ignored")
        password = token_of(place, settings)
        if not password:
            raise log.Fatal(f"{place('server', 'token')} is gone and no token is configured: the datastore's bootstrap data can't be read without it")
    pki.authorities(place)
    pki.leaves(place, settings)
    components.encryption(place, settings)
    state = supervisor.State(place, settings, password)
    listening = supervisor.serve(state)
    try:
        _run(place, settings, children, state, site)
    finally:
        listening.shutdown()


def _run(place: Place, settings: dict[str, t.Any], children: proc.Children, state: supervisor.State, site: web.Site | None) -> None:
    client = start_etcd(place, settings, children, site)
    reconcile(place, client, state.token)
    pki.leaves(place, settings)
    write_tokens(place, settings, state.token)
    state.add_member = lambda body: controllers.add_member(client, body)
    state.ready = True
    node = agent.Node(settings, children, local=True)
    logs, api = place(*agent.LOGS), kube.Kube(place)
    children.add(proc.Child("kube-apiserver", components.apiserver(place, settings), logs))
    node.container_runtime()
    children.wait("kube-apiserver", api.ready)
    children.add(proc.Child("kube-controller-manager", components.controller_manager(place, settings), logs))
    children.add(proc.Child("kube-scheduler", components.scheduler(place, settings), logs))
    state.kube, state.api = api, True
    pki.admin(place, settings)
    node.run(lambda: web.Site(f"https://127.0.0.1:{supervisor.PORT}", place.tls("server-ca.crt"), basic=("node", state.token)))
    watch = controllers.Controllers(place, settings, client, api, children)
    children.wait(f"node {settings['node-name']}", watch.register)
    threading.Thread(target=watch.run, daemon=True, name="controllers").start()
    shutil.rmtree(place("server", "tmp"), ignore_errors=True)
    log.info("rke2 is up and running")
    proc.notify("READY=1")
    children.wait("the end", lambda: False, pause=1)
