"""`site.yml` on the lab, killed at ten random points and run again; two at once; and not one secret outside the servers."""
from __future__ import annotations

import re
import time

import pytest

from tests.chaos.lab_site import ADMIN, OWN, LabSite, Server
from tests.chaos.strike import KILLS, strike
from tests.support.audit import entries, mark
from tests.support.canary import Watch, files, needles, sweep, vault_secrets
from tests.support.site import fault, killed_at, recap
from tests.support.state import changes, portable, secrets_changed, snapshot
from tests.support.wire import At, Fault, Wire


@pytest.fixture(scope="module", name="site")
def _site(tmp_path_factory):
    with LabSite.standing("chaos", tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="module", name="reference")
def _reference(site):
    """What an undisturbed run gives, and how long it takes."""
    site.renew()
    seconds, changed = site.undisturbed()
    assert changed > 0
    return {"seconds": seconds, "state": portable(look(site))}


def look(site) -> dict:
    with Server(site) as server:
        return snapshot(server)


def finish(site):
    """Runs again until done; a lost answer of sys/init is said, and begun again as it says."""
    result = site.play()
    if result.rc and "reinitialise_empty" in fault(result):
        print("the answer of sys/init was lost, as the run says")
        result = site.play(vault_reinitialise_empty=True)
    return result


def steady(site, reference):
    """The state is the reference's; a further run changes nothing, and writes nothing to OpenBao or Kubernetes."""
    assert changes(reference["state"], portable(look(site))) == []
    begin = site.marks()
    result = site.play("--diff").check()
    assert recap(result)["changed"] == 0, result.stdout
    assert site.writes(begin) == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(KILLS))
def test_killed_anywhere(number, site, reference):
    def begin():
        site.renew()
        return site.start()

    strike(begin, number, reference["seconds"])
    before = look(site) if site.answered() else {}
    finish(site).check()
    assert secrets_changed(before, look(site)) == []
    steady(site, reference)


def through(site, wire) -> dict:
    """The variables with which the site reaches its Vault through the wire."""
    return {"platform_endpoints": {"openbao": {"url": wire.url, "ca_file": wire.ca_file}}}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("path, stage", [("/database/config/postgres$", "done"), ("/database/rotate-root/", "arrived"), ("/database/rotate-root/", "done"),
                                         ("/auth/kubernetes/config$", "done"), ("/auth/token/revoke", "arrived"), ("/auth/token/revoke", "done")])
def test_killed_at_a_request_that_counts(path, stage, site, reference, tmp_path):
    """Around the rotation of the database's password and the revocation of the root token."""
    site.renew()
    with Wire(site.lab.vault_addr, site.lab.ca_file, tmp_path / "wire") as wire:
        run = site.start(**through(site, wire))
        with killed_at(run, wire, lambda event: event.method in ("PUT", "POST") and re.search(path, event.path), stage) as fired:
            assert run.wait().rc == -9 and fired
    time.sleep(0.5)  # what the server was asked may still be on its way
    before = look(site)
    finish(site).check()
    assert secrets_changed(before, look(site)) == []
    steady(site, reference)


@pytest.mark.timeout(600)
def test_two_runs_at_once(site, reference):
    site.renew()
    results = [run.wait() for run in [site.start() for _unused in range(2)]]
    assert any(result.rc == 0 for result in results), "\n".join(result.stdout for result in results)
    for result in results:
        assert "Traceback" not in result.stdout
        print(fault(result) if result.rc else "went through")
    versions = {name: body["version"] for name, body in look(site).items() if name.startswith("kv platform/")}
    assert versions and set(versions.values()) == {1}, "a secret was written twice"
    finish(site).check()
    steady(site, reference)


@pytest.mark.timeout(600)
def test_a_login_that_ends_in_mid_run_is_renewed(site, reference, tmp_path):
    """Automation's token lives for four seconds, the wire is slow, and there is much to repair."""
    finish(site).check()
    with Server(site) as server:
        server.call("POST", "auth/kubernetes/role/platform-automation", {
            **server.call("GET", "auth/kubernetes/role/platform-automation")["data"], "token_ttl": 4, "token_max_ttl": 4})
        names = [name for name in server.call("LIST", "sys/policies/acl")["data"]["keys"] if name not in ("root", "default") and "automation" not in name]
        for name in names:
            server.call("DELETE", f"sys/policies/acl/{name}")
    begin = mark(site.vault_log)
    with Wire(site.lab.vault_addr, site.lab.ca_file, tmp_path / "wire", script=At(Fault("slow", seconds=0.7), times=10**6)) as wire:
        site.play(**through(site, wire)).check()
    logins = [entry for entry in entries(site.vault_log, begin) if entry["type"] == "request" and entry["request"]["path"] == "auth/kubernetes/login"]
    assert len(logins) > 1 and len(names) > 3
    steady(site, reference)


@pytest.mark.timeout(600)
def test_no_secret_anywhere(site, reference):
    """A first run, a second run and a rotation at -vvv: then all logs of all servers, outputs, temporary files and argv are searched."""
    site.renew()
    noise = {"ANSIBLE_LOG_PATH": str(site.folder / "ansible.log"), "ANSIBLE_CACHE_PLUGIN": "jsonfile",
             "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(site.folder / "facts")}
    seen: dict[str, bytes] = {}
    secrets: dict[str, str] = {}
    for variables in ({}, {}, {"vault_rotate": ["platform/grafana/admin#password"]}):
        run = site.start("-vvv", "--diff", env=noise, **variables)
        with Watch(run, [run.output.parent / "tmp", run.output.parent / "home"]) as watch:
            run.wait().check()
        seen.update({f"{name} in run {site.count}": content for name, content in watch.evidence().items()})
    with Server(site) as server:
        secrets = vault_secrets(server, site.public())
        del secrets["root token"]
    secrets.update({f"first password of {name}": site.lab.credentials(name)["password"] for name in ("postgres", "postgres-openbao", "registry")})
    secrets["secret key of s3"] = site.lab.credentials("s3")["secret_key"]
    secrets["passphrase"] = (site.lab.state_dir / "credentials/bootstrap-passphrase").read_text("utf-8").strip()
    secrets["reviewer's token"] = site.lab.kubectl("-n", "platform-system", "get", "secret", "vault-token-reviewer", "-o",
                                                   "go-template={{.data.token | base64decode}}")
    assert len(secrets) > 20
    left = files([path for path in site.lab.state_dir.iterdir() if path.name not in OWN] + [site.folder])
    assert any(name.endswith("log/openbao.log") for name in left) and any(name.endswith("audit/kubernetes.log") for name in left)
    assert sweep({**left, **seen}, needles(secrets)) == []


def test_the_kubernetes_log_tells_our_writes(site):
    """The reader of the API server's log sees a planted write of the user that the playbook is."""
    begin = site.marks()
    site.lab.kubectl("create", "namespace", "planted")
    site.lab.kubectl("delete", "namespace", "planted", "--wait=false")
    time.sleep(0.5)
    assert [verb for verb, uri in site.writes(begin) if uri.endswith(("/namespaces", "/namespaces/planted"))] == ["create", "delete"], ADMIN
