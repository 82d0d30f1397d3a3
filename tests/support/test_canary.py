"""The sweeper must find what is planted: a sweeper that finds nothing proves nothing."""
from __future__ import annotations

import base64
import json
import sys
import time
import urllib.parse

import pytest

from tests.support.canary import Watch, alignments, files, needles, sweep, vault_secrets
from tests.support.process import Run

SECRET = 'kQ9"\\/x+Zp7 tötal'
KEY = "-----BEGIN KEY-----\n" + "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg" + "\nshort\n-----END KEY-----\n"


@pytest.mark.parametrize("planted", [
    SECRET, json.dumps({"a": SECRET}), "https://x/?p=" + urllib.parse.quote(SECRET, safe=""),
    base64.b64encode(SECRET.encode()).decode(), base64.b64encode(("u:" + SECRET + ":v").encode()).decode(),
    base64.b64encode(("ux:" + SECRET + "!").encode()).decode()])
def test_finds_each_form(planted):
    assert sweep({"log": f"… {planted} …".encode()}, needles({"the password": SECRET})) == ["the password stands in log"]


def test_finds_a_line_of_a_key_but_not_its_header():
    wanted = needles({"key": KEY})
    assert sweep({"log": KEY.splitlines()[1].encode()}, wanted) == ["key stands in log"]
    assert sweep({"log": b"-----BEGIN KEY-----\nshort"}, wanted) == []


def test_alignments_are_those_of_base64():
    for before in range(6):
        text = base64.b64encode(b"x" * before + b"secretsecret" + b"y" * 4)
        assert any(part in text for part in alignments(b"secretsecret"))


def test_clean_and_allowed_places():
    wanted = needles({"a": "0123456789abcdef"})
    assert sweep({"log": b"nothing"}, wanted) == [] == sweep({"log": b"x"}, {})
    assert sweep({"/store/file": b"0123456789abcdef"}, wanted, allowed=["^/store/"]) == []
    assert sweep({"/other/file": b"0123456789abcdef"}, wanted, allowed=["^/store/"]) == ["a stands in /other/file"]


def test_collects_all_versions_from_the_server(bao_server):
    server = bao_server(storage="inmem")
    server.call("POST", "sys/mounts/kv", {"type": "kv", "options": {"version": "2"}})
    time.sleep(0.2)
    for value in ("first-secret-value", "second-secret-value"):
        server.call("POST", "kv/data/deep/er/app", {"data": {"password": value, "user": "a-public-user-name", "tiny": "x"}})
    server.call("POST", "kv/data/map", {"data": {"nested": {"inner": "third-secret-value"}}})
    found = vault_secrets(server, public=["a-public-user-name"])
    assert set(found.values()) == {server.root_token, server.unseal_keys[0], "first-secret-value", "second-secret-value",
                                   '{"inner": "third-secret-value"}'}
    assert "kv/deep/er/app#password (version 1)" in found


LEAK = """
import os, subprocess, sys, tempfile, time
secret = "argv-" + "secret-1"
child = subprocess.Popen(["sh", "-c", "sleep 1 # " + secret], env={**os.environ, "PASSWORD": "environ-" + "secret-2"})
for number in range(5):
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("file-" + "secret-3")
        file.flush()
        time.sleep(0.08)
child.wait()
"""


def test_watch_sees_argv_environment_and_deleted_files(tmp_path):
    script = tmp_path / "leak.py"
    script.write_text(LEAK)
    run = Run([sys.executable, script], tmp_path / "run", env={"TOKEN": "given-secret-4"})
    with Watch(run, [tmp_path / "run"], given=["given-secret-4"]) as watch:
        run.wait().check()
    wanted = needles({name: f"{name}-secret-{number}" for number, name in enumerate(("argv", "environ", "file", "given"), 1)})
    evidence = watch.evidence()
    found = sweep(evidence, wanted)
    assert [line for line in found if line.startswith("argv stands in argv of process")]
    assert [line for line in found if line.startswith("environ stands in environment of process")]
    assert [line for line in found if line.startswith("file stands in temporary file")]
    assert not [line for line in found if line.startswith("given")] and watch.samples > 10
    assert not [line for line in found if "secret-" in line.split(" stands in ")[0]]


def test_files(tmp_path):
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/log").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "a/b/log")
    assert files([tmp_path, tmp_path / "none"]) == {str(tmp_path / "a/b/log"): b"x"}
    assert files([tmp_path / "a/b/log"]) == {str(tmp_path / "a/b/log"): b"x"}
