# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a node that doesn't come up tells of itself."""

from __future__ import annotations

import hashlib
import ssl
import time

import pytest
from cryptography import x509

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_evidence


def test_all_that_is_gathered(host, scripted, tls_files):
    server = scripted((200, b"the CA"), tls=tls_files[1])
    host.journal("level=info msg=canary-token and more")
    found = node_evidence.collect(host.layout, "server", "s2", server.url, time.time(), ["canary-token", "", "abc"], [{"name": "m"}])
    assert found["log"] == ["level=info msg=(secret) and more"] and (found["role"], found["name"], found["server"]) == ("server", "s2", server.url)
    assert found["supervisor"] is None and found["authority"] == hashlib.sha256(b"the CA").hexdigest() and found["members"] == [{"name": "m"}]
    assert abs(found["server_time"] - time.time()) < 5 and found["certificate"]["not_before"] < time.time() < found["certificate"]["not_after"]
    assert found["default_route"] is False and found["disk"]["/var/lib/rancher"]["free"] > 0
    assert [one[1] for one in server.seen] == ["/cacerts"]


def test_a_first_server_has_nobody_to_ask(host):
    assert "supervisor" not in node_evidence.collect(host.layout, "server", "s1", None, 0)


@pytest.mark.parametrize(("server", "kind"), [("https://127.0.0.1:9", "refused"), ("https://name.invalid:9345", "name")])
def test_places_that_do_not_answer(server, kind):
    assert node_evidence.ask(server, 1) == {"supervisor": kind}


def test_a_place_that_hangs(scripted, tls_files):
    assert node_evidence.ask(scripted("hang", tls=tls_files[1]).url, 0.2) == {"supervisor": "timeout"}


def test_an_answer_that_is_no_ca_names_none(scripted, tls_files):
    assert node_evidence.ask(scripted((503, b"x"), tls=tls_files[1]).url)["authority"] is None


def test_a_port_is_9345_unless_the_address_says_otherwise(monkeypatch):
    seen = []

    class Connection:
        def __init__(self, host, port, **_options):
            seen.append((host, port))
            raise OSError("no")

    monkeypatch.setattr(node_evidence.http.client, "HTTPSConnection", Connection)
    with pytest.raises(OSError):
        node_evidence.ask("https://api.example.com")
    assert seen == [("api.example.com", 9345)]


def test_times_of_a_certificate(tls_files, tmp_path):
    raw = ssl.PEM_cert_to_DER_cert((tmp_path / "tls/tls.crt").read_text("utf-8"))
    real = x509.load_der_x509_certificate(raw)
    read = node_evidence.validity(raw)
    times = [real.not_valid_before_utc, real.not_valid_after_utc] if hasattr(real, "not_valid_before_utc") else []
    assert not times or [read["not_before"], read["not_after"]] == [one.timestamp() for one in times]
    assert node_evidence.validity(None) is None and node_evidence.validity(b"none") is None


@pytest.mark.parametrize(("raw", "first"), [(b"\x17\x0d700101000000Z", 0.0), (b"\x18\x0f20500101000000Z", 2524608000.0), (b"\x17\x0d490101000000Z",
                                                                                                                          2493072000.0)])
def test_both_forms_of_a_time(raw, first):
    assert node_evidence.validity(raw + b"\x18\x0f20990101000000Z") == {"not_before": first, "not_after": 4070908800.0}


@pytest.mark.parametrize(("log", "names"), [
    ([], []),
    (['msg="Importing images from /var/lib/rancher/rke2/agent/images/a.tar.zst"'], ["a.tar.zst"]),
    (['msg="Importing images from /x/a.tar.zst"', 'msg="Imported images from /x/a.tar.zst in 3s"', 'msg="Importing images from /x/b.tar"'], ["b.tar"]),
    (['msg="Importing images from /x/a.tar"', 'msg="Error encountered while importing /x/a.tar: bad"'], []),
    (['msg="Importing images from /x/a.tar"', 'msg="Running kubelet --address=0.0.0.0"'], []),
])
def test_archives_that_are_still_being_imported(log, names):
    assert node_evidence.importing(log) == names


def test_long_secrets_are_hidden_before_those_that_they_contain():
    assert node_evidence.hidden("x abcdef abcd y", ["abcd", "abcdef"]) == "x (secret) (secret) y"
