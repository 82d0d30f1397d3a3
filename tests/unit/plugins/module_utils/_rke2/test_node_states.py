# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module does for each of its states."""

from __future__ import annotations

import hashlib
import json
import shutil

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_files, node_gate, node_remove, node_states
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import CONFIG, fingerprint

VERSION, TARBALL, IMAGE = "v1.35.4+rke2r1", "rke2.linux-amd64.tar.gz", "rke2-images-core.linux-amd64.tar.zst"
ENDPOINT = "https://api.example.com:9345"


def act(host, state, check=False, size=7, incoming=None, timeout=1, secrets=None, **node):
    params = {"node": {"role": "server", "name": "s1", "version": VERSION, **node}, "secrets": secrets or {}, "incoming": incoming or {}, "timeout": timeout,
              "prefix": None, "sizes": {IMAGE: size}}
    return node_states.STATES[state](host.layout, params, check)


@pytest.fixture
def release(host):
    """Files of a release as the node gets them: artifacts, and a function that brings some."""
    image = host.folder / "image"
    image.write_bytes(b"archive")
    sources = {TARBALL: host.tarball(), IMAGE: image}
    digests = {name: node_files.sha256(str(path)) for name, path in sources.items()}

    def bring(*names):
        copies = {name: shutil.copy(sources[name], host.folder / f"upload-{name}") for name in names}
        return {name: str(path) for name, path in copies.items()}

    return digests, bring


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(node_gate, "PAUSE", 0.02)


def test_staging_asks_for_what_is_lacking_and_goes_on_file_by_file(host, release):
    artifacts, bring = release
    assert act(host, "staged", check=True, artifacts=artifacts) == {"changed": True, "needed": [IMAGE, TARBALL], "actions": [f"stage {IMAGE}",
                                                                                                                             f"stage {TARBALL}"]}
    assert act(host, "staged", artifacts=artifacts) == {"changed": False, "needed": [IMAGE, TARBALL], "actions": []}
    assert act(host, "staged", artifacts=artifacts, incoming=bring(TARBALL)) == {"changed": True, "needed": [IMAGE], "actions": [f"stage {TARBALL}"]}
    assert act(host, "staged", artifacts=artifacts, incoming=bring(IMAGE)) == {"changed": True, "needed": [], "actions": [f"stage {IMAGE}"]}
    assert act(host, "staged", artifacts=artifacts) == {"changed": False, "needed": [], "actions": []}


def test_a_file_that_nobody_asked_for_is_not_touched(host, release):
    artifacts, bring = release
    act(host, "staged", artifacts={IMAGE: artifacts[IMAGE]}, incoming=bring(TARBALL))
    assert (host.folder / f"upload-{TARBALL}").exists()


def test_versions_that_nobody_needs_any_more_go_once_all_is_there(host, release):
    artifacts, bring = release
    host.write("/var/lib/rancher/rke2-platform/staged/v1.30.0+rke2r1/manifest.json", "{}")
    assert act(host, "staged", artifacts=artifacts)["actions"] == []
    told = act(host, "staged", artifacts=artifacts, incoming=bring(TARBALL, IMAGE))
    assert told["actions"] == [f"stage {IMAGE}", f"stage {TARBALL}", "remove staged v1.30.0+rke2r1"]


def test_what_does_not_fit_is_refused_before_it_is_sent(host, release):
    with pytest.raises(Refused, match="MiB are free; make room there"):
        act(host, "staged", check=True, size=1 << 60, artifacts=release[0])


def test_staging_needs_to_know_what(host):
    with pytest.raises(Refused, match="node.version and node.artifacts"):
        act(host, "staged")


@pytest.fixture
def server(host, release, cluster):
    """A staged first server whose cluster will be well."""
    artifacts, bring = release
    act(host, "staged", artifacts=artifacts, incoming=bring(TARBALL, IMAGE))
    cluster.nodes, cluster.members = [cluster.node("s1", voter=True)], [cluster.member("s1-0a1b")]
    return cluster


WANTED = {"config": {"cni": "cilium", "server": ENDPOINT}, "members": ["s1"], "start_server": ""}


def test_check_mode_foresees_the_run_and_changes_nothing(host, server):
    def tree():
        return sorted((str(path), path.stat().st_mtime) for path in host.path("/").rglob("*"))

    before = tree()
    told = act(host, "started", check=True, secrets={"token": "canary"}, **WANTED)
    assert tree() == before and host.said("start", "enable", "daemon-reload") == [] and "canary" not in json.dumps(told)
    done = act(host, "started", secrets={"token": "canary"}, **WANTED)
    assert done["actions"][:len(told["actions"])] == told["actions"] and done["diff"] == told["diff"] and told["changed"] and done["changed"]


def test_the_first_server_comes_up_and_the_second_run_does_nothing(host, server):
    done = act(host, "started", secrets={"token": "canary"}, **WANTED)
    assert done["actions"][-1] == f"write {CONFIG} as it stays" and done["waited"] < 10
    assert done["ca"] == hashlib.sha256(server.ca.encode()).hexdigest()
    noted = json.loads(host.path("/var/lib/rancher/rke2-platform/started.json").read_text("utf-8"))
    assert noted["config"] == {"cni": "cilium", "token": fingerprint("canary")} and noted["invocation"] == "1"
    again = act(host, "started", secrets={"token": "canary"}, **WANTED)
    assert (again["changed"], again["actions"], again["diff"]) == (False, [], []) and host.said("restart") == []


def test_a_start_that_is_not_waited_for(host, server):
    server.nodes = []
    done = act(host, "started", wait=False, **WANTED)
    assert "waited" not in done and host.said("start")


def test_a_wait_in_vain_tells_what_is_missing_why_and_what_to_do(host, server):
    server.nodes = [server.node("s1", ready=False, voter=True)]
    host.journal('level=info msg="Waiting to retrieve agent configuration; server is not ready: Node password rejected, duplicate hostname: canary-token"')
    with pytest.raises(Refused) as caught:
        act(host, "started", secrets={"token": "canary-token"}, config={"server": "https://127.0.0.1:9"}, members=["s1"], timeout=0)
    text, result = str(caught.value), caught.value.result
    assert text.startswith("s1 is not as it shall be after ") and "node s1 is not Ready" in text and "kubectl delete node s1" in text
    assert "127.0.0.1:9, where nodes register, can't be reached" in text and "canary-token" not in json.dumps([text, result])
    assert result["changed"] is True
    assert result["missing"] == ["node s1 is not Ready"] and len(result["causes"]) == 3 and result["log"][0].startswith("level=info")


def test_without_a_known_reason_the_log_is_named(host, server, monkeypatch):
    server.ready = False
    monkeypatch.setattr(node_states.node_explain, "explain", lambda _evidence: [])
    with pytest.raises(Refused, match="No known reason was found; read «journalctl -u rke2-server»"):
        act(host, "started", config={"cni": "cilium"}, timeout=0)


def test_a_wait_that_can_not_help_is_ended_when_its_reason_stays(host, server, monkeypatch):
    server.ready = False
    monkeypatch.setattr(node_states, "PATIENCE", 0.3)
    host.journal('level=fatal msg="token CA hash does not match the Cluster CA certificate hash: a != b"')
    with pytest.raises(Refused, match="is not the one that the token belongs to") as caught:
        act(host, "started", config={"server": "https://127.0.0.1:9"}, timeout=60)
    assert 0.3 <= float(str(caught.value).split("after ")[1].split(" s")[0]) + 0.6 < 30


def test_a_wait_that_may_help_goes_on(host, server, monkeypatch):
    server.ready = False
    monkeypatch.setattr(node_states, "PATIENCE", 0.1)
    host.write("/proc/net/route", "Iface\tDestination\neth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n")
    with pytest.raises(Refused, match="after [2-9] s"):
        act(host, "started", config={"server": "https://127.0.0.1:9"}, timeout=2)


def test_stopped_once(host, server):
    act(host, "started", **WANTED)
    assert act(host, "stopped", check=True)["actions"] == ["stop rke2-server.service"] and host.said("stop") == []
    assert act(host, "stopped")["changed"] is True and act(host, "stopped") == {"changed": False, "actions": []}


def test_absent_once(host, server):
    act(host, "started", **WANTED)
    assert act(host, "absent", check=True)["changed"] and host.layout.binary()
    assert "remove /usr/local/bin/rke2" in act(host, "absent")["actions"]
    for folder in (host.path("/var/lib/rancher"), host.path("/etc/rancher")):
        assert not folder.exists()
    assert act(host, "absent") == {"changed": False, "actions": []}


def test_what_can_not_be_removed_is_told(host, server, monkeypatch):
    monkeypatch.setattr(node_remove, "remove", lambda _layout: None)
    with pytest.raises(Refused, match="could not be taken off this host: .* is left. See what holds it"):
        act(host, "absent")


def test_labels_and_taints_from_a_server(host, server):
    server.nodes.append(server.node("a1"))
    api = {"labels": {"pool": "gpu"}, "taints": {"add": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}],
                                                 "remove": [{"key": "a", "effect": "NoSchedule"}]}}
    told = act(host, "labelled", check=True, name="a1", api=api)
    assert told["changed"] and told["actions"][0] == "label pool of a1: gpu" and "gpu" in told["actions"][1]
    assert act(host, "labelled", name="a1", api={}) == {"changed": False, "actions": []}
