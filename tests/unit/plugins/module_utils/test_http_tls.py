# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TLS trust and proxies are decided once, by the option before the environment."""

from __future__ import annotations

import os
import pathlib
import ssl

import pytest
import requests

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http_tls as tls
from tests.lab.tls import make_ca

VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy", "ALL_PROXY", "all_proxy")


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_a_key_in_memory_lies_on_no_disk():
    handle = tls.memory_file(b"key")
    try:
        assert pathlib.Path(f"/proc/self/fd/{handle}").read_bytes() == b"key" and "memfd" in os.readlink(f"/proc/self/fd/{handle}")
        assert not os.get_inheritable(handle), "no program that we start sees it"
    finally:
        os.close(handle)


def test_requests_is_there():
    assert tls.REQUESTS_IMPORT_ERROR is None


@pytest.mark.parametrize(
    ("option", "bundle", "curl", "verify", "source"),
    [
        ("/option", "/bundle", "/curl", True, "/option"),
        (None, "/bundle", "/curl", True, "/bundle"),
        (None, None, "/curl", True, "/curl"),
        (None, None, None, True, ""),
        ("/option", "/bundle", None, False, ""),
    ],
)
def test_the_option_counts_before_the_environment(environment, option, bundle, curl, verify, source):
    for name, value in (("REQUESTS_CA_BUNDLE", bundle), ("CURL_CA_BUNDLE", curl)):
        if value:
            environment.setenv(name, value)
    assert tls.trust_source(option, verify) == source


def test_a_context_trusts_the_file_alone(tmp_path):
    ca, certificate, key = make_ca(tmp_path)
    made = tls.context(str(ca))
    assert len(made.get_ca_certs()) == 1
    assert made.verify_mode == ssl.CERT_REQUIRED and made.check_hostname
    assert made.minimum_version == ssl.TLSVersion.TLSv1_2
    assert tls.context(str(ca), client_cert=(str(certificate), str(key)))
    joined = tmp_path / "both.pem"
    joined.write_bytes(certificate.read_bytes() + key.read_bytes())
    assert tls.context("", client_cert=str(joined))


def test_a_folder_of_certificates_is_a_path(tmp_path):
    assert tls.context(str(tmp_path)).verify_mode == ssl.CERT_REQUIRED


def test_without_verification_nothing_is_checked():
    made = tls.context("", verify=False)
    assert made.verify_mode == ssl.CERT_NONE and not made.check_hostname


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_unusable_file_is_an_os_error(tmp_path, content):
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
    with pytest.raises(OSError):
        tls.context(str(path))


def test_proxies_of_the_environment_but_not_on_the_loopback(environment):
    environment.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert tls.proxies("https://vault.example:8200") == {"https": "http://proxy.example:3128"}
    for address in ("https://127.0.0.1:8200", "https://localhost:8200", "https://[::1]:8200"):
        assert tls.proxies(address) == {}
    environment.setenv("NO_PROXY", "vault.example")
    assert tls.proxies("https://vault.example:8200") == {}


def test_a_session_looks_at_nothing_outside(environment):
    context = tls.context("")
    session = tls.session(tls.Adapter(context), {"https": "http://p:1"}, True)
    assert session.trust_env is False and session.proxies == {"https": "http://p:1"}
    assert isinstance(session.get_adapter("https://x"), tls.Adapter)
    assert session.get_adapter("http://x") is session.get_adapter("https://x")


def test_the_transport_hands_over_its_own_context():
    context = tls.context("")
    adapter = tls.Adapter(context)
    assert adapter.poolmanager.connection_pool_kw["ssl_context"] is context
    assert adapter.proxy_manager_for("http://p:1").connection_pool_kw["ssl_context"] is context
    assert adapter.max_retries.total == 0, "retries are ours"
    adapter.cert_verify(None, "https://x", "/elsewhere", None)
    if hasattr(requests.adapters.HTTPAdapter, "build_connection_pool_key_attributes"):
        request = requests.Request("GET", "https://x:1/y").prepare()
        host, pool = adapter.build_connection_pool_key_attributes(request, "/elsewhere")
        assert host == {"scheme": "https", "host": "x", "port": 1} and pool == {"ssl_context": context}
        assert adapter.build_connection_pool_key_attributes(requests.Request("GET", "http://x:1/y").prepare(), True)[1] == {}


def test_no_cookie_is_taken_or_given():
    policy = tls._NoCookies()
    assert not any(getattr(policy, name)(None, None) for name in ("set_ok", "return_ok", "domain_return_ok", "path_return_ok"))


class Inside(tls.Adapter):
    """A transport that connects by itself, as a port-forward does."""

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = dict(self.poolmanager.pool_classes_by_scheme)


def test_a_transport_that_connects_by_itself_meets_no_proxy():
    """With one, tokens for the inside would be the proxy's to read where the service has no TLS."""
    outside, inside = tls.Adapter(tls.context("")), Inside(tls.context(""))
    assert not outside.dials and inside.dials
    assert tls.session(outside, {"http": "http://p:1"}, True).proxies == {"http": "http://p:1"}
    assert tls.session(inside, {"http": "http://p:1"}, True).proxies == {}
    with pytest.raises(ValueError, match="http://p:1 must not see its requests"):
        inside.proxy_manager_for("http://p:1")


def test_no_proxy_sees_what_goes_inside(scripted, environment):
    """The same with real servers: the environment names a proxy, and it is never asked."""
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import Http

    proxy, service = scripted((200, {"proxy": True})), scripted((200, {"proxy": False}))
    environment.setenv("HTTP_PROXY", proxy.url)
    host, port = "service.inside.svc", service.server_port

    class Forwarded(Inside):
        def send(self, request, **kwargs):
            request.url = request.url.replace(host, "127.0.0.1")
            return super().send(request, **kwargs)

    answer = Http("System", f"http://{host}:{port}", headers={"X-Token": "t"}, adapter=Forwarded).get("a")
    assert answer == {"proxy": False} and proxy.seen == []
