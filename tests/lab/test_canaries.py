"""The secrets of a real site appear nowhere but in the server and the encrypted bootstrap store.

A site is initialised and configured at -vvv with --diff, with a log file, a fact cache and AWX's event stream (ansible-runner), predicted in check mode,
run again, made to fail, and killed. Then every secret that exists is collected from the server and looked for in all that was left behind or seen meanwhile.
"""
from __future__ import annotations

import json
import pathlib
import sys

import pytest

from tests.support.canary import Watch, files, needles, sweep, vault_secrets
from tests.support.process import Run
from tests.support.site import Site, config, fault, recap

LOUD = ["-vvv", "--diff"]


def desired() -> dict:
    """The state of the chaos, with what passes a secret on: a login whose password is a reference."""
    made = config()
    made["secrets"]["platform/operator/login"] = {"generate": {"password": 32}}
    made["auth"]["userpass"]["users"] = {"operator": {"password": "vault:platform/operator/login#password", "token_policies": ["ci"]}}
    return made


def noisy(folder: pathlib.Path) -> dict:
    """An environment in which Ansible writes down whatever it can."""
    return {"ANSIBLE_LOG_PATH": str(folder / "ansible.log"), "ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(folder / "facts"),
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}


@pytest.fixture(name="site")
def _site(bao_server, tmp_path):
    site = Site(bao_server(initialised=False), tmp_path / "site")
    (site.folder / "noise").mkdir()
    return site


def watched(site, tasks, arguments=(), **options):
    """Runs the tasks loudly under the watch. Returns the result and everything that was seen."""
    run = site.start(tasks, desired(), env=noisy(site.folder / "noise"), arguments=[*LOUD, *arguments])
    with Watch(run, [run.output.parent / "tmp", run.output.parent / "home"]) as watch:
        options.get("then", lambda run: None)(run)
        result = run.wait()
    assert watch.samples > 20
    return result, watch.evidence()


def leaks(site, seen) -> list[str]:
    """Where a secret of this site stands: in what was seen, or in any file that is left."""
    server = site.operator()
    secrets = vault_secrets(server, public=[f"app-{number:02}" for number in range(99)])
    assert len(secrets) > 50 and any("operator/login#password" in label for label in secrets)
    secrets["passphrase of the store"] = site.passphrase.read_text("utf-8")
    left = files([site.folder, server.audit_log, server.log])
    left.pop(str(site.passphrase))
    assert any("job_events" in name or name.endswith("/stdout") for name in left)
    return sweep({**left, **seen}, needles(secrets))


def test_runs_leave_no_secret(site):
    everything: dict[str, bytes] = {}
    tasks = [site.init(), site.configure(plan_file=str(site.folder / "plan.json")),
             {"name": "Show what came back", "ansible.builtin.debug": {"var": "result"}},
             {"name": "Keep it as a fact", "ansible.builtin.set_fact": {"kept": "{{ result }}", "cacheable": True}}]
    for arguments, changed in ((["--check"], None), ([], 2), ([], 0)):
        result, seen = watched(site, tasks if changed is not None else [site.init()], arguments)
        assert changed is None or recap(result.check())["changed"] == changed
        everything.update({f"{name} in run {site.count}": content for name, content in seen.items()})
    assert (site.folder / "plan.json").exists() and list((site.folder / "noise/facts").iterdir())

    rotate = site.configure(rotate=["platform/app-00/admin#password", "platform/operator/login#password"])
    for task, arguments in ((rotate, ["--check"]), (rotate, [])):
        result, seen = watched(site, [task], arguments)
        assert recap(result.check())["changed"] == 1
        everything.update({f"{name} in run {site.count}": content for name, content in seen.items()})
    assert leaks(site, everything) == []


def test_failures_leave_no_secret(site):
    """Errors tell what was sent and answered: the server refuses some, one run is killed, one has a wrong passphrase."""
    everything: dict[str, bytes] = {}
    site.play(site.init()).check()
    server = site.operator()
    server.call("PUT", "sys/policies/acl/weak", {"policy": 'path "*" { capabilities = ["create", "read", "update", "list", "sudo", "patch", "scan"] }\n'
                                                           'path "auth/*" { capabilities = ["read", "list"] }\n'
                                                           'path "platform/data/app-07/*" { capabilities = ["read"] }'})
    weak = server.call("POST", "auth/token/create", {"policies": ["weak"]})["auth"]["client_token"]
    result, seen = watched(site, [site.configure(login=[{"method": "token"}], token=weak)])
    assert "403" in fault(result)
    everything.update(seen)
    result, seen = watched(site, [site.configure()], then=lambda run: run.kill_after(1.5))
    everything.update({f"{name}, killed": content for name, content in seen.items()})
    wrong = site.folder / "wrong"
    wrong.write_text("another passphrase altogether")
    wrong.chmod(0o600)
    result, seen = watched(site, [site.init(store={**site.store, "passphrase_file": str(wrong)})])
    assert "passphrase" in fault(result)
    everything.update(seen)
    result, seen = watched(site, [site.configure()])
    result.check()
    everything.update(seen)
    assert leaks(site, everything) == []


def test_the_events_of_awx_hold_no_secret(site):
    """The same playbook under ansible-runner, which is what AWX runs: its events, artefacts and fact cache."""
    run = site.start([site.init()], desired(), env=noisy(site.folder / "noise"))
    run.wait().check()
    folder = site.folder / "runner"
    for name in ("project", "inventory", "env"):
        (folder / name).mkdir(parents=True)
    play = json.loads((run.output.parent / "play.json").read_text("utf-8"))
    play[0]["tasks"] = [site.configure(), {"name": "Show what came back", "ansible.builtin.debug": {"var": "result"}}]
    play[0]["vars_files"] = [str(run.output.parent / "vars.json")]
    (folder / "project/play.json").write_text(json.dumps(play), "utf-8")
    (folder / "inventory/hosts").write_text("localhost\n", "utf-8")
    (folder / "env/settings").write_text(json.dumps({"fact_cache_type": "jsonfile"}), "utf-8")
    runner = Run([sys.executable, "-m", "ansible_runner", "run", folder, "-p", "play.json", "-vvv"], site.folder / "awx",
                 env={**noisy(site.folder / "noise"), **site.environment(), "PATH": f"{pathlib.Path(sys.executable).parent}:/usr/bin:/bin"})
    with Watch(runner, [site.folder / "awx/tmp", folder]) as watch:
        runner.wait().check()
    events = [json.loads(path.read_text("utf-8")) for path in folder.glob("artifacts/*/job_events/*.json")]
    assert {"runner_on_ok", "playbook_on_stats"} <= {event["event"] for event in events}
    assert leaks(site, watch.evidence()) == []


def test_the_search_finds_what_is_shown(site):
    """The same search, of a run that shows a secret on purpose."""
    show = {"name": "Show a secret", "vars": {"shown": str(site.folder / "shown")}, "ansible.builtin.command": {
        "argv": ["sh", "-c", "sleep 0.5; echo $0", "{{ lookup('ansible.builtin.file', shown) }}"]}}
    site.play(site.init(), site.configure()).check()
    server = site.operator()
    value = server.call("GET", "platform/data/app-03/admin")["data"]["data"]["password"]
    (site.folder / "shown").write_text(value)
    result, seen = watched(site, [show])
    result.check()
    (site.folder / "shown").unlink()
    found = [line for line in sweep({**files([site.folder]), **seen}, needles(vault_secrets(server))) if "app-03/admin#password" in line]
    places = " ".join(found)
    assert "ansible.log" in places and "stdout" in places and "argv of process" in places, found
