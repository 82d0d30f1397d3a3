# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a node lacks, and the doing of it."""

from __future__ import annotations

import json

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_facts, node_files, node_service, node_stage, node_start
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import CONFIG, REGISTRIES, SECRETS
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_start import Node

VERSION = "v1.35.4+rke2r1"
ENDPOINT = "https://api.example.com:9345"


def node(**fields):
    return Node(**{"role": "server", "name": "s1", "version": VERSION, "config": {"cni": "cilium", "server": ENDPOINT}, "secrets": {"token": "canary"},
                   **fields})


@pytest.fixture
def ready(host):
    """A host with a staged release."""
    source = host.tarball()
    node_stage.put(host.layout, VERSION, source.name, node_files.sha256(str(source)), str(source))
    return host


def bring(host, one):
    todo = node_start.plan(host.layout, one)
    node_start.apply(host.layout, one, todo)
    return todo


def test_a_bare_host_gets_all_and_the_service_is_started(ready):
    todo = bring(ready, node(files={REGISTRIES: {"content": "mirrors: {}\n", "mode": "0600"}}))
    assert [ready.path(path).exists() for path in (CONFIG, SECRETS, REGISTRIES, "/usr/local/bin/rke2")] == [True] * 4
    assert ready.said("daemon-reload", "enable", "start") == ["daemon-reload", "enable rke2-server.service", "start --no-block rke2-server.service"]
    told = todo.sentences(node())
    assert told[0] == f"write {CONFIG}" and told[-2:] == ["enable rke2-server.service", "start rke2-server.service"]
    assert f"put {VERSION} in place" in told


def test_the_second_time_there_is_nothing_to_do(ready):
    bring(ready, node())
    again = node_start.plan(ready.layout, node())
    assert (again.sentences(node()), again.service, again.programs, again.changed) == ([], None, [], [])


def test_a_service_that_runs_is_not_restarted_for_a_file(ready):
    bring(ready, node())
    todo = bring(ready, node(config={"cni": "cilium", "server": ENDPOINT, "node-label": ["a=b"]}))
    assert todo.sentences(node()) == [f"write {CONFIG}"] and ready.said("restart") == []


def test_a_service_is_restarted_where_it_is_said_and_why(ready):
    bring(ready, node())
    one = node(restart=True, reasons=["config.yaml: tls-san: added x"])
    todo = bring(ready, one)
    assert todo.sentences(one) == ["restart rke2-server.service: config.yaml: tls-san: added x"]
    assert ready.said("restart") == ["restart --no-block rke2-server.service"]


def test_a_new_version_is_activated_with_the_restart_and_not_before(ready):
    ready.install("v1.34.1+rke2r1")
    ready.running("server")
    assert node_start.plan(ready.layout, node()).programs == []
    todo = bring(ready, node(restart=True, reasons=["version"]))
    assert "bin/rke2" in todo.programs and ready.said("daemon-reload", "restart") == ["daemon-reload", "restart --no-block rke2-server.service"]


def test_a_stopped_service_is_started_without_being_restarted(ready):
    bring(ready, node())
    ready.set_unit("rke2-server", ActiveState="failed", SubState="failed")
    assert node_start.plan(ready.layout, node(restart=True, reasons=["x"])).service == "start"


def test_a_service_that_is_coming_up_is_waited_for_and_not_started_again(ready):
    bring(ready, node())
    ready.set_unit("rke2-server", ActiveState="activating", SubState="start")
    assert node_start.plan(ready.layout, node()).service is None


def test_the_first_server_starts_without_a_server_and_keeps_one(ready):
    first = node(start_server="")
    bring(ready, first)
    assert node_facts.configuration(ready.layout)[0].get("server") is None
    assert [file.path for file in node_start.settle(ready.layout, first)] == [CONFIG]
    assert node_facts.configuration(ready.layout)[0]["server"] == ENDPOINT
    assert node_start.settle(ready.layout, first) == [] and node_start.plan(ready.layout, first).sentences(first) == []


def test_a_join_by_a_servers_own_address(ready):
    one = node(start_server="https://10.0.0.1:9345")
    bring(ready, one)
    assert node_facts.configuration(ready.layout)[0]["server"] == "https://10.0.0.1:9345"
    node_start.settle(ready.layout, one)
    assert node_facts.configuration(ready.layout)[0]["server"] == ENDPOINT


def test_without_another_server_nothing_is_written_after_the_gate(ready):
    bring(ready, node())
    assert node_start.settle(ready.layout, node()) == []


def test_the_other_role_is_disabled_and_refused_where_it_runs(ready):
    ready.set_unit("rke2-agent", UnitFileState="enabled")
    todo = bring(ready, node())
    assert "disable rke2-agent.service" in todo.sentences(node()) and ready.said("disable") == ["disable rke2-agent.service"]
    ready.running("agent")
    with pytest.raises(Refused, match="rke2-agent.service runs on this host, which shall be a server now; remove the node first"):
        node_start.plan(ready.layout, node())


def test_a_start_is_noted_once_the_new_process_runs(ready):
    bring(ready, node())
    one = node(restart=True, reasons=["x"])
    todo = node_start.plan(ready.layout, one)
    before = node_service.units(["rke2-server"])["rke2-server"]
    assert node_start.note(ready.layout, one, todo, before) is False
    node_start.apply(ready.layout, one, todo)
    after = node_service.units(["rke2-server"])["rke2-server"]
    assert node_start.note(ready.layout, one, todo, {**after, "active": "inactive"}) is False
    assert node_start.note(ready.layout, one, todo, after) is True
    noted = json.loads(ready.path("/var/lib/rancher/rke2-platform/started.json").read_text("utf-8"))
    assert (noted["version"], noted["invocation"], noted["role"]) == (VERSION, after["invocation"], "server") and "canary" not in json.dumps(noted)


@pytest.mark.parametrize(("fields", "told"), [
    ({"role": "master"}, "node.role: 'master' must be one of server, agent"), ({"config": {"token": "x"}},
                                                                               "node.config: token is a secret; give it as secrets.token"),
    ({"config": {"a": {"b": 1}}}, "node.config: a is neither a plain value nor a list"), ({"config": {"a": [["b"]]}}, "node.config: a is neither"),
    ({"files": {REGISTRIES: {}}}, f"node.files: {REGISTRIES} has no content"), ({"files": {"/etc/passwd": {"content": "x"}}},
                                                                                "node.files: /etc/passwd is not written"),
    ({"restart": True}, "node.reasons: a restart needs a reason"),
])
def test_what_is_refused(host, fields, told):
    with pytest.raises(Refused) as caught:
        node_start.plan(host.layout, node(**fields))
    assert told in str(caught.value)


def test_all_faults_are_told_at_once(host):
    with pytest.raises(Refused) as caught:
        node_start.plan(host.layout, node(role="x", restart=True, config={"token": "y"}))
    assert str(caught.value).count("\n- ") == 3


def test_check_mode_needs_no_staged_release(host):
    one = node()
    assert node_start.plan(host.layout, one, foreseen=True).sentences(one)[-3:] == \
        [f"put {VERSION} in place", "enable rke2-server.service", "start rke2-server.service"]


def test_a_release_that_is_not_staged_is_refused_before_a_file_is_written(host):
    with pytest.raises(Refused, match="state=staged first"):
        node_start.plan(host.layout, node())
    assert not host.path(CONFIG).exists()
