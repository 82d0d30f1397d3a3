# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TLS trust, proxies and the transport of a session: decided once, then the same for every thread."""

from __future__ import annotations

import os
import ssl
import traceback
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http_path import loopback

REQUESTS_IMPORT_ERROR: str | None = None
try:
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.poolmanager import pool_classes_by_scheme as POOLS
except ImportError:
    REQUESTS_IMPORT_ERROR = traceback.format_exc()
    HTTPAdapter = object


def trust_source(ca_file: str | None, verify: bool) -> str:
    """Where the trusted CAs come from: the option first, then what requests' users set in the environment, else the system's store ('')."""
    if not verify:
        return ""
    return ca_file or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or ""


def context(source: str, verify: bool = True, client_cert: t.Any = None) -> ssl.SSLContext:
    """A client's TLS context. ``source``: a PEM file, a folder of hashed certificates, or '' for the system's store.

    ``client_cert``: a PEM file with certificate and key, or a pair of files. Raises OSError (ssl.SSLError is one) on unreadable files.
    """
    made = ssl.create_default_context(cafile=source if source and not os.path.isdir(source) else None,
                                      capath=source if os.path.isdir(source) else None)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    # Python 3.13 made strict RFC 5280 checks the default; a company's own CA that curl, Go and older Pythons accept is accepted here by all.
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    if client_cert:
        made.load_cert_chain(*([client_cert] if isinstance(client_cert, str) else client_cert))
    return made


def memory_file(content: bytes) -> int:
    """The handle of a file that lies on no disk, as ``/proc/self/fd/<handle>``: OpenSSL, and what is built on it, read keys from files only."""
    handle = os.memfd_create("pem", os.MFD_CLOEXEC)
    os.write(handle, content)
    return handle


def proxies(url: str) -> dict[str, str]:
    """The environment's proxies for ``url``; none on the loopback, where no proxy can be meant."""
    return {} if loopback(url) else requests.utils.get_environ_proxies(url)


class Adapter(HTTPAdapter):
    """requests' transport with one prepared TLS context: no CA file is read for each connection, and no environment variable changes it."""

    def __init__(self, ssl_context: ssl.SSLContext, **kwargs: t.Any):
        self.ssl_context = ssl_context
        super().__init__(pool_connections=2, pool_maxsize=2, max_retries=0, **kwargs)

    def init_poolmanager(self, *args: t.Any, **kwargs: t.Any) -> None:
        super().init_poolmanager(*args, ssl_context=self.ssl_context, **kwargs)

    @property
    def dials(self) -> bool:
        """Has a subclass pools of its own? Then it connects by itself, as through a port-forward, and a proxy would see what is meant for the inside."""
        return self.poolmanager.pool_classes_by_scheme is not POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: t.Any) -> t.Any:
        if self.dials:
            raise ValueError(f"this transport connects by itself; {proxy} must not see its requests")
        return super().proxy_manager_for(proxy, ssl_context=self.ssl_context, **kwargs)

    def build_connection_pool_key_attributes(self, request: t.Any, verify: t.Any, cert: t.Any = None) -> tuple[dict, dict]:
        """requests 2.32.2 and newer: keep the scheme, host and port, leave TLS to the context."""
        host, _tls = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {"ssl_context": self.ssl_context} if host["scheme"] == "https" else {}

    def cert_verify(self, conn: t.Any, url: str, verify: t.Any, cert: t.Any) -> None:
        """requests sets CA files on the connection here; the context holds them already."""


def session(adapter: t.Any, proxy: dict[str, str], verify: bool) -> t.Any:
    """A ``requests.Session`` that looks at no environment variable, no .netrc and keeps no cookie."""
    made = requests.Session()
    if not verify:
        # Told once by the option; not again with every request.
        requests.packages.urllib3.disable_warnings()
    made.trust_env = False
    made.proxies = {} if getattr(adapter, "dials", False) else dict(proxy)
    made.verify = verify
    made.cookies.set_policy(_NoCookies())
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    return made


class _NoCookies:
    """A cookie policy that takes and gives none: a session cookie switches CSRF checks on in some APIs (Harbor)."""

    netscape, rfc2965, hide_cookie2 = True, False, False

    def set_ok(self, *_args: t.Any) -> bool:
        return False

    return_ok = domain_return_ok = path_return_ok = set_ok
