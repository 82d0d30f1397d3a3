# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A release's files on the controller, from real servers on the loopback and from folders."""

from __future__ import annotations

import hashlib
import os
import re
import threading

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import artifacts_fetch
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.artifacts_fetch import FetchError, Store

VERSION, NAME = "v1.35.4+rke2r1", "rke2.linux-amd64.tar.gz"
CONTENT = os.urandom(300000)
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def ranged(handler):
    """A server that knows ranges."""
    match = re.match(r"bytes=([0-9]+)-", handler.headers.get("Range") or "")
    start = int(match[1]) if match else 0
    if start >= len(CONTENT):
        return 416, b""
    return (206 if match else 200), CONTENT[start:]


def store(tmp_path, source, **options):
    return Store(source, str(tmp_path / "cache"), pause=0.01, timeout=2, **options)


def fetch(one, digest=DIGEST, say=lambda _text: None):
    return one.fetch(VERSION, "amd64", NAME, digest, say)


def cut(tmp_path, content):
    """What an earlier run has left."""
    place = tmp_path / "cache/.partial" / DIGEST
    place.parent.mkdir(parents=True)
    place.write_bytes(content)


def test_a_file_is_fetched_once(scripted, tmp_path):
    server = scripted(ranged)
    for _run in range(2):
        one = store(tmp_path, f"{server.url}/releases/")
        path = fetch(one)
    assert path == str(tmp_path / "cache" / VERSION / "amd64" / NAME) and one.folder == str(tmp_path / "cache")
    with open(path, "rb") as handle:
        assert handle.read() == CONTENT
    assert [(one[0], one[1]) for one in server.seen] == [("GET", f"/releases/v1.35.4%2Brke2r1/{NAME}")]
    assert os.listdir(tmp_path / "cache/.partial") == [f"{DIGEST}.lock"]


def test_a_file_that_was_changed_in_the_cache_is_fetched_again(scripted, tmp_path):
    server = scripted(ranged)
    path = fetch(store(tmp_path, server.url))
    with open(path, "ab") as handle:
        handle.write(b"x")
    assert store(tmp_path, server.url).there(path, DIGEST) is False
    fetch(store(tmp_path, server.url))
    assert len(server.seen) == 2 and os.path.getsize(path) == len(CONTENT)


def test_a_file_that_is_known_is_not_read_again(scripted, tmp_path, monkeypatch):
    server = scripted(ranged)
    path = fetch(store(tmp_path, server.url))
    monkeypatch.setattr(artifacts_fetch.node_files, "sha256", lambda _path: pytest.fail("read again"))
    assert store(tmp_path, server.url).there(path, DIGEST) is True


def test_a_broken_transfer_goes_on_where_it_ended(scripted, tmp_path):
    server = scripted(ranged)
    cut(tmp_path, CONTENT[:100000])
    fetch(store(tmp_path, server.url))
    assert server.seen[0][2]["Range"] == "bytes=100000-"


def test_a_transfer_that_only_was_not_renamed(scripted, tmp_path):
    server = scripted(ranged)
    cut(tmp_path, CONTENT)
    fetch(store(tmp_path, server.url))
    assert server.seen[0][2]["Range"] == f"bytes={len(CONTENT)}-"


def test_a_server_without_ranges_sends_all(scripted, tmp_path):
    server = scripted((200, CONTENT))
    cut(tmp_path, CONTENT[:100000])
    assert os.path.getsize(fetch(store(tmp_path, server.url))) == len(CONTENT)


def test_a_connection_that_breaks_in_the_middle_is_taken_up(scripted, tmp_path):
    def short(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(CONTENT)))
        handler.end_headers()
        handler.wfile.write(CONTENT[:150000])
        handler.wfile.flush()
        return "reset"

    server = scripted(short, 503, "reset", ranged)
    assert os.path.getsize(fetch(store(tmp_path, server.url))) == len(CONTENT)
    # How much of the first one came before it broke is the network's to say.
    assert len(server.seen) == 4


def test_a_server_that_stays_away_is_told_after_some_tries(scripted, tmp_path):
    server = scripted(503)
    with pytest.raises(FetchError, match="503.*5 times; look at the way there .* it goes on from there"):
        fetch(store(tmp_path, server.url))
    assert len(server.seen) == 5
    with pytest.raises(FetchError, match="refused"):
        fetch(store(tmp_path, "http://127.0.0.1:9"))


def test_a_file_that_is_not_published_is_told_at_once(scripted, tmp_path):
    server = scripted(404)
    with pytest.raises(FetchError, match="answered 404.*is that version published there"):
        fetch(store(tmp_path, server.url))
    assert len(server.seen) == 1


def test_a_file_that_is_another_one_is_thrown_away(scripted, tmp_path):
    server = scripted(ranged)
    with pytest.raises(FetchError, match=f"has sha256 {DIGEST}, the lock says {'0' * 64}; the file was thrown away"):
        fetch(store(tmp_path, server.url), "0" * 64)
    assert not (tmp_path / "cache" / VERSION).exists() and os.listdir(tmp_path / "cache/.partial") == [f"{'0' * 64}.lock"]


def test_a_half_file_of_other_bytes_is_found_out(scripted, tmp_path):
    server = scripted(ranged)
    cut(tmp_path, b"x" * 100)
    with pytest.raises(FetchError, match="thrown away"):
        fetch(store(tmp_path, server.url))
    assert fetch(store(tmp_path, server.url))


def test_tls_is_verified(scripted, tls_files, tmp_path):
    server = scripted(ranged, tls=tls_files[1])
    with pytest.raises(FetchError, match="give ca_file"):
        fetch(store(tmp_path, server.url))
    assert server.seen == [] and fetch(store(tmp_path, server.url, ca_file=tls_files[0]))


def test_two_runs_fetch_a_file_once(scripted, tmp_path):
    server, paths = scripted(ranged), []
    runs = [threading.Thread(target=lambda: paths.append(fetch(store(tmp_path, server.url)))) for _run in range(3)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len(paths) == 3 and len(server.seen) <= 1 + 2 and store(tmp_path, server.url).there(paths[0], DIGEST)


@pytest.mark.parametrize("parts", [(VERSION, "amd64"), (VERSION,), ()])
def test_a_folder_is_used_as_it_lies(tmp_path, parts):
    folder = tmp_path / "artefacts"
    place = folder.joinpath(*parts, NAME)
    place.parent.mkdir(parents=True)
    place.write_bytes(CONTENT)
    one = store(tmp_path, str(folder))
    assert (one.remote, one.folder, fetch(one)) == (False, str(folder), str(place))
    assert sorted(os.listdir(tmp_path / "cache")) == ["verified.json"]


def test_a_folder_without_the_file_and_with_another_one(tmp_path):
    folder = tmp_path / "artefacts"
    folder.mkdir()
    with pytest.raises(FetchError, match=f"{NAME} is not there; put the file of the release"):
        fetch(store(tmp_path, str(folder)))
    (folder / NAME).write_bytes(b"other")
    with pytest.raises(FetchError, match=f"the lock says {DIGEST}"):
        fetch(store(tmp_path, str(folder)))


def test_a_disk_that_gets_full_is_told_and_not_tried_again(scripted, tmp_path, monkeypatch):
    def full(*_given):
        raise OSError(28, "No space left on device")

    one = store(tmp_path, scripted(ranged).url)
    monkeypatch.setattr(one, "_transfer", full)
    with pytest.raises(FetchError, match="the disk is full; make room and run again"):
        fetch(one)


def test_how_far_it_is_is_told(scripted, tmp_path, monkeypatch):
    monkeypatch.setattr(artifacts_fetch.node_files, "BLOCK", 100000)
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr(artifacts_fetch.time, "monotonic", lambda: next(clock))
    said = []
    fetch(store(tmp_path, scripted(ranged).url), say=said.append)
    assert said and all(line.startswith(f"{NAME}: ") for line in said)
