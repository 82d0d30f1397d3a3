# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""vault_init on real servers: shamir, static and transit seals, several nodes, and every refusal that a server has to provoke."""
from __future__ import annotations

import base64
import concurrent.futures
import os
import pathlib
import stat

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._bootstrap import Store
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import init_main
from tests.lab.initialise import PASSPHRASE, Site, steps
from tests.lab.tls import make_ca


@pytest.fixture
def site(bao_server, tmp_path):
    return Site(bao_server(initialised=False), tmp_path)


def root_policies(site):
    token = site.kept()["answer"]["root_token"]
    return site.server.call("GET", "auth/token/lookup-self", token=token)["data"]["policies"]


def test_first_run_check_mode_and_second_run(site):
    foreseen = site.init(check=True, shares=3, threshold=2)
    assert foreseen["changed"] and not site.path.parent.exists() and not site.server.seal_status()["initialized"], "check mode changes nothing"
    first = site.init(shares=3, threshold=2)
    assert (first["plan"], first["diff"]) == (foreseen["plan"], foreseen["diff"]), "check mode tells what the run does"
    assert steps(first) == ["initialise", "unseal"] and first["initialised"] and not first["sealed"] and first["root_token_stored"]
    entry = site.kept()
    assert len(entry["answer"]["keys"]) == 3 and entry["cluster_id"] == site.server.seal_status()["cluster_id"] and "mark" not in entry
    assert root_policies(site) == ["root"]

    before = len(site.server.audit())
    again = site.init(shares=3, threshold=2)
    assert not again["changed"] and again["plan"] == [] and again["stats"]["requests"] == 1 and again["stats"]["writes"] == 0
    assert len(site.server.audit()) == before


def test_the_store_is_private_and_unreadable_without_its_passphrase(site):
    site.init()
    token = site.kept()["answer"]["root_token"]
    assert stat.S_IMODE(site.path.stat().st_mode) == 0o600 and stat.S_IMODE(site.path.parent.stat().st_mode) == 0o700
    for file in site.path.parent.iterdir():
        assert token not in file.read_text("utf-8")


def test_a_sealed_server_is_unsealed(site):
    site.init(shares=3, threshold=2)
    site.server.restart(unseal=False)
    assert steps(site.init(check=True, shares=3, threshold=2)) == ["unseal"]
    assert site.server.seal_status()["sealed"]
    assert steps(site.init(shares=3, threshold=2)) == ["unseal"] and not site.server.seal_status()["sealed"]


def test_a_half_given_unseal_of_somebody_else_is_no_obstacle(site):
    site.init(shares=3, threshold=2)
    site.server.restart(unseal=False)
    site.server.call("PUT", "sys/unseal", {"key": base64.b64encode(os.urandom(33)).decode()})
    site.init(shares=3, threshold=2)
    assert not site.server.seal_status()["sealed"]


def test_shares_of_people(site):
    site.init(shares=3, threshold=2)
    keys = site.kept()["answer"]["keys"]
    site.keep({})
    site.server.restart(unseal=False)
    assert "initialised by somebody else" in site.refused()
    assert "2 of 3 shares are needed" in site.refused(unseal_keys=keys[:1])
    assert "sealed by other shares" in site.refused(unseal_keys=[base64.b64encode(os.urandom(33)).decode() for _n in range(2)])
    assert "neither hex nor base64" in site.refused(unseal_keys=["not a share!", keys[0]])
    assert steps(site.init(unseal_keys=keys[1:])) == ["unseal"]
    assert set(site.kept()) == {"cluster_id"}, "shares of people are not kept"


def test_a_vault_that_somebody_else_initialised(bao_server, tmp_path):
    """With a seal of its own it is open, and who was first has its root token: nobody may take it for ours."""
    site = Site(bao_server(seal="static"), tmp_path)
    assert "somebody else initialised it" in site.refused(root_token="absent")
    assert not site.init(foreign=True)["changed"] and site.kept() == {"cluster_id": site.server.seal_status()["cluster_id"]}
    assert not site.init()["changed"]


def test_a_living_vault_is_not_wiped_for_a_lost_one(bao_server, tmp_path):
    site, other = Site(bao_server(initialised=False, seal="static"), tmp_path), bao_server(seal="static")
    log = str(site.server.audit_log)
    site.init(audit_log=log)
    mark = {"time": site.kept()["answer"]["time"], "servers": sorted([site.server.addr, other.addr]), "server": site.server.addr,
            "audit": {"path": log, "inode": 0, "size": 0}}
    site.keep({"mark": mark})
    site.server.nodes.append(other)
    said = site.refused(reinitialise_empty=True, reset_command=["/bin/false"], audit_log=log, ca_file=None, validate_certs=False)
    assert "reinitialise_empty is refused" in said and "belongs to another cluster" in said and other.addr in said


def test_the_root_token_ends(site):
    site.init()
    token = site.kept()["answer"]["root_token"]
    assert steps(site.init(check=True, root_token="absent")) == ["revoke_root"] and root_policies(site) == ["root"]
    done = site.init(root_token="absent")
    assert steps(done) == ["revoke_root"] and not done["root_token_stored"]
    assert site.kept()["answer"]["root_token"] is None
    assert site.server.request("GET", "auth/token/lookup-self", token=token).status_code == 403
    assert not site.init(root_token="absent")["changed"]


def test_a_revoked_token_that_is_still_in_the_store_is_forgotten(site):
    """The run was ended between the revocation and the store."""
    site.init()
    site.server.call("POST", "auth/token/revoke-self", token=site.kept()["answer"]["root_token"])
    assert steps(site.init(root_token="absent")) == ["revoke_root"] and site.kept()["answer"]["root_token"] is None


def test_three_nodes(bao_server, tmp_path):
    site = Site(bao_server(initialised=False, nodes=3), tmp_path)
    foreseen = site.init(check=True, shares=3, threshold=2)
    first = site.init(shares=3, threshold=2)
    assert steps(first) == ["initialise", "unseal", "join", "unseal", "join", "unseal"]
    assert (first["plan"], first["diff"]) == (foreseen["plan"], foreseen["diff"])
    assert len({node.seal_status()["cluster_id"] for node in site.server.nodes}) == 1
    again = site.init(shares=3, threshold=2)
    assert not again["changed"] and again["stats"]["requests"] == 3

    site.server.nodes[2].restart(unseal=False)
    assert [(step["action"], step["name"]) for step in site.init(shares=3, threshold=2)["plan"]] == [("unseal", site.server.nodes[2].addr)]
    site.server.nodes[1].stop()
    assert not site.init(shares=3, threshold=2)["changed"] and "nothing listens on" in site.warnings[0], "a silent member beside open ones is a warning"


def test_a_node_of_another_cluster_is_named(bao_server, tmp_path):
    site, other = Site(bao_server(initialised=False), tmp_path), bao_server()
    site.init()
    site.server.nodes.append(other)
    said = site.refused(**{"ca_file": None, "validate_certs": False})
    assert other.addr in said and "belongs to another cluster" in said


def test_a_sealed_node_of_another_cluster_is_named(bao_server, tmp_path):
    site, other = Site(bao_server(initialised=False), tmp_path), bao_server()
    site.init()
    other.restart(unseal=False)
    site.server.nodes.append(other)
    said = site.refused(ca_file=None, validate_certs=False)
    assert other.addr in said and "sealed by other shares" in said


def test_empty_beside_an_initialised_one_without_raft(bao_server, tmp_path):
    site = Site(bao_server(initialised=False, storage="inmem"), tmp_path)
    site.init()
    site.server.nodes.append(bao_server(initialised=False, storage="inmem"))
    assert "which nothing joins" in site.refused(ca_file=None, validate_certs=False)


def test_static_seal(bao_server, tmp_path):
    site = Site(bao_server(initialised=False, seal="static"), tmp_path)
    assert "its seal is «static», wanted is «shamir»" in site.refused(seal="shamir")
    foreseen = site.init(check=True, shares=2, threshold=2)
    first = site.init(shares=2, threshold=2, seal="static")
    assert steps(first) == ["initialise", "await"] and first["plan"] == foreseen["plan"] and first["diff"] == foreseen["diff"]
    assert site.kept()["answer"]["recovery"] and len(site.kept()["answer"]["keys"]) == 2 and root_policies(site) == ["root"]
    site.server.restart()
    assert not site.init(shares=2, threshold=2)["changed"]


def test_static_seal_of_three_nodes(bao_server, tmp_path):
    site = Site(bao_server(initialised=False, seal="static", nodes=3), tmp_path)
    assert steps(site.init()) == ["initialise", "await", "join", "await", "join", "await"]
    assert len({node.seal_status()["cluster_id"] for node in site.server.nodes}) == 1


def test_transit_seal(bao_server, tmp_path):
    outer = bao_server()
    outer.call("POST", "sys/mounts/transit", {"type": "transit"})
    outer.call("POST", "transit/keys/unseal", {})
    stanza = {"address": outer.addr, "token": outer.root_token, "key_name": "unseal", "mount_path": "transit/", "tls_ca_cert": outer.ca_file,
              "disable_renewal": "true"}
    site = Site(bao_server(initialised=False, seal={"transit": stanza}), tmp_path)
    assert steps(site.init(seal="transit")) == ["initialise", "await"]
    site.server.restart()
    site.server.wait_active()
    assert not site.init(seal="transit")["changed"]


def test_servers_that_can_not_be_reached_are_all_named(site, tmp_path, bao_server):
    dead = bao_server(initialised=False)
    dead.stop()
    site.server.nodes.append(dead)
    said = site.refused(ca_file=None, validate_certs=False)
    assert f"nothing listens on 127.0.0.1:{dead.port}" in said and not site.server.seal_status()["initialized"], "all are seen empty before one is initialised"
    wrong, _cert, _key = make_ca(tmp_path / "wrong")
    assert "isn't signed by a CA in" in site.refused(ca_file=str(wrong))


def test_all_faults_of_the_input_at_once(site, tmp_path):
    loose = tmp_path / "loose"
    loose.mkdir(mode=0o755)
    said = site.refused(shares=1, threshold=2, pgp_keys=["nonsense", "x"], ca_file=str(tmp_path / "no.pem"),
                        store={"path": str(loose / "store"), "passphrase": None, "encrypt": True, "content": None, "wait": 1.0})
    for text in ("2 of 1 is no split", "2 keys for 1 shares", "pgp_keys: number 1", "pgp_keys: number 2", "no passphrase", "has mode 0755", "no.pem"):
        assert text in said, (text, said)
    assert said.startswith("7 faults") and not site.server.seal_status()["initialized"]


def test_a_store_that_can_not_be_used_stops_before_anything_is_done(site):
    site.init()
    other = {**site.store, "passphrase": "another passphrase"}
    assert "the passphrase is wrong" in site.refused(store=other)
    site.path.chmod(0o644)
    assert "has mode 0644" in site.refused()
    site.path.chmod(0o600)
    content = site.path.read_text("utf-8")
    site.path.write_text(content[:-40], "utf-8")
    assert "damaged or cut off" in site.refused() or "was changed" in site.refused()


def test_a_read_only_store_forbids_an_initialisation(site):
    content = {"path": None, "passphrase": PASSPHRASE, "encrypt": True, "content": None, "wait": 1.0}
    empty = Store(str(site.path.parent / "other"), PASSPHRASE)
    empty.write(empty.read())
    content["content"] = pathlib.Path(empty.path).read_text("utf-8")
    assert "the bootstrap store is read-only" in site.refused(store=content)
    assert not site.server.seal_status()["initialized"]
    site.init()
    content["content"] = site.path.read_text("utf-8")
    site.server.restart(unseal=False)
    assert steps(site.init(store=content)) == ["unseal"], "handed in by AWX, it unseals"


def test_an_emptied_storage_is_not_initialised_by_itself(site):
    site.init()
    old = site.kept()["answer"]["keys"]
    site.server.wipe()
    site.server.start()
    assert "the wrong disk may be mounted" in site.refused()
    assert not site.server.seal_status()["initialized"]
    assert steps(site.init(reinitialise_empty=True)) == ["archive", "initialise", "unseal"]
    assert site.kept()["previous"][0]["keys"] == old and site.kept()["answer"]["keys"] != old


def test_two_runs_at_once(site):
    """The second waits for the first, and finds everything done."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = [job.result() for job in [pool.submit(site.init), pool.submit(site.init)]]
    assert sorted(result["changed"] for result in results) == [False, True]


def test_a_run_that_waits_too_long_names_the_holder(site):
    store = Store(str(site.path), PASSPHRASE)
    with store.locked():
        said = site.refused(store={**site.store, "wait": 0.3})
    assert "is in use by process" in said and str(os.getpid()) in said


def test_foreseen_steps_count_as_done_in_check_mode(site):
    first = site.init(check=True)
    last = site.init(check=True, root_token="absent", assume=first["plan"])
    assert steps(last) == ["revoke_root"] and not last["root_token_stored"]
    with pytest.raises(init_main.Failed):
        site.init(check=True, threshold=3)
