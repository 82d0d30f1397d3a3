"""Hosts for tests: ``hosts(servers=3, agents=2)`` makes a set that goes with the module; ``cluster`` is one with the test distribution on it."""
from __future__ import annotations

import os
import typing as t

import pytest

from . import artifacts, by_hand, hosts, tools

TOKEN = "a-short-token-of-the-tests"


@pytest.fixture(scope="session")
def folder() -> str:
    """The folder of artefacts: real RKE2's where RKE2_ARTIFACTS names one."""
    if os.geteuid():
        pytest.skip("hosts are privileged containers: needs root")
    tools.install()
    return os.environ.get("RKE2_ARTIFACTS") or artifacts.build()


@pytest.fixture(scope="module")
def make_hosts() -> t.Iterator[t.Callable[..., hosts.Hosts]]:
    """Returns a function that makes a set of hosts: ``make_hosts(servers=3, agents=2, name="t")``."""
    made = []

    def make(servers: int = 3, agents: int = 2, name: str = "pytest") -> hosts.Hosts:
        tools.install()
        made.append(hosts.up(name, servers, agents))
        return made[-1]

    yield make
    for one in made:
        one.remove()


@pytest.fixture(scope="module")
def cluster(folder: str, make_hosts: t.Callable[..., hosts.Hosts]) -> hosts.Hosts:
    """Three servers and an agent, Ready, and a fourth host s4 with the artefacts in place and nothing started."""
    kept = os.environ.get("RKE2_TEST_SET")  # a set that is up already, by name: for work on the tests themselves
    if kept:
        return hosts.load(kept)
    found = make_hosts(servers=4, agents=1)
    for host in [*found.servers, *found.agents]:
        by_hand.install(found, host, folder)
    by_hand.configure(found, "s1", {"token": TOKEN})
    by_hand.start(found, "s1")
    token = by_hand.run(found, "s1", "cat /var/lib/rancher/rke2/server/node-token")
    for host, kind in (("s2", "server"), ("s3", "server"), ("a1", "agent")):
        by_hand.configure(found, host, {"token": token, "server": f"https://{found.servers['s1']}:9345"})
        by_hand.start(found, host, kind)
    by_hand.until("four nodes Ready", lambda: by_hand.ready(found) == {"s1", "s2", "s3", "a1"})
    return found


@pytest.fixture
def joiner(cluster: hosts.Hosts) -> dict[str, t.Any]:
    """What a joining node's config.yaml holds."""
    token = by_hand.run(cluster, "s1", "cat /var/lib/rancher/rke2/server/node-token")
    return {"token": token, "server": f"https://{cluster.servers['s1']}:9345"}
