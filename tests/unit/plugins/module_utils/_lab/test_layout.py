# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Paths, ports, and the settings that are refused."""
from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LONGEST_STATE_DIR, OFFSETS, LabError, Layout

GOOD = Layout("test", "/var/lib/unifiedmeta-lab/test", 28000)


def test_ports_are_the_base_and_a_fixed_offset() -> None:
    assert GOOD.port("openbao") == 28200
    assert GOOD.port("kube-apiserver") == 28443
    assert GOOD.url("s3") == "https://127.0.0.1:28900"


def test_no_two_servers_share_a_port() -> None:
    assert len(set(OFFSETS.values())) == len(OFFSETS)


@pytest.mark.parametrize("other", [18000, 23000, 25000])
def test_instances_side_by_side_share_no_port(other: int) -> None:
    assert not {GOOD.port(name) for name in OFFSETS} & {Layout("o", "/x/y", other).port(name) for name in OFFSETS}


def test_paths_lie_below_the_state_directory() -> None:
    assert GOOD.path("log", "etcd.log") == "/var/lib/unifiedmeta-lab/test/log/etcd.log"
    assert GOOD.cert("openbao").endswith("/pki/openbao.crt")
    assert GOOD.key("openbao").endswith("/pki/openbao.key")
    assert GOOD.ca == "/var/lib/unifiedmeta-lab/test/ca.crt"
    assert GOOD.socket.endswith("/supervisor.sock")


def test_another_address_shows_in_the_urls() -> None:
    assert Layout("node", "/x/y", 23000, "10.99.0.1").url("etcd") == "https://10.99.0.1:23379"


def test_a_url_by_name_is_for_loopback_only() -> None:
    assert GOOD.named_url("keycloak") == "https://localhost:28343"
    assert Layout("node", "/x/y", 23000, "10.99.0.1").named_url("keycloak") == "https://10.99.0.1:23343"


def test_good_settings_have_no_fault() -> None:
    assert GOOD.validate() == []


@pytest.mark.parametrize("name", ["", "a b", "../x", "a/b"])
def test_a_name_that_is_no_name_is_refused(name: str) -> None:
    (fault,) = Layout(name, GOOD.state, 28000).validate()
    assert f"«{name}»" in fault and "letters, digits and hyphens" in fault


@pytest.mark.parametrize("state", ["relative/path", "/", "/var/lib", "/root/", "/tmp"])
def test_a_directory_that_others_live_in_is_refused(state: str) -> None:
    (fault,) = Layout("test", state, 28000).validate()
    assert "absolute path of a directory that the lab may own" in fault


@pytest.mark.parametrize("state", ["/srv/a b", "/srv/a;reboot", "/srv/$(x)", "/srv/%(x)s", '/srv/"x'])
def test_a_directory_that_would_need_quoting_is_refused(state: str) -> None:
    (fault,) = Layout("test", state, 28000).validate()
    assert "letters, digits and . _ - / only" in fault


def test_a_directory_too_long_for_a_socket_is_refused() -> None:
    state = "/" + "x" * LONGEST_STATE_DIR
    (fault,) = Layout("test", state, 28000).validate()
    assert "unix socket" in fault and str(LONGEST_STATE_DIR) in fault
    # the longest thing that we append fits where the directory is as long as it may be
    assert len(state[:LONGEST_STATE_DIR] + "/postgres/.s.PGSQL.65535.lock") < 108


@pytest.mark.parametrize("base", [80, 65000, 0])
def test_a_port_base_out_of_range_is_refused(base: int) -> None:
    (fault,) = Layout("test", GOOD.state, base).validate()
    assert f"lab_port_base is {base}" in fault


def test_all_faults_come_at_once() -> None:
    assert len(Layout("", "x", 1).validate()) == 3


def test_an_error_holds_a_sentence_for_each_fault() -> None:
    error = LabError("one.", "two.")
    assert error.faults == ["one.", "two."]
    assert str(error) == "one.\ntwo."
