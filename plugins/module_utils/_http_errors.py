# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Errors of an HTTP API as one sentence that a person can act on."""

from __future__ import annotations

import errno
import socket
import ssl
import typing as t

# OpenSSL's X509_V_ERR_* numbers (x509_vfy.h): what they mean for the person who runs us.
_VERIFY = {
    9: ("its certificate isn't valid yet", "check the clocks of this machine and of the server"),
    10: ("its certificate has expired", "renew the server's certificate"),
    62: ("its certificate is for another name", "use a name that the certificate holds, or renew it with this one"),
    64: ("its certificate is for another address", "use a name or address that the certificate holds, or renew it with this one"),
}
# What to do about an answer, where the system itself says nothing better.
HINTS = {
    400: "correct the request's content",
    401: "give a valid token or password",
    403: "give an identity that may do this",
    404: "check the address and that the object's parent exists",
    405: "check the address: this API doesn't know the method there",
    429: "run again later, or lower concurrency",
    500: "look at the server's log",
    502: "look at the proxy's and the server's log",
    503: "wait until the server is ready, then run again",
    504: "look at the proxy's and the server's log",
}


class ApiError(Exception):
    """A request that failed for good.

    Attributes: ``system`` (such as «OpenBao at https://…»), ``method``, ``path``, ``status`` (0 where no answer came),
    ``detail`` (what the server or the network said), ``hint`` (what to do next), ``what`` (the object it was about), ``fault``
    (a word for programs: ``tls``, ``dns``, ``refused``, ``unreachable``, ``timeout``, ``reset``, ``proxy``, ``status``, ``answer``, ``input``;
    ``silent``: not sent, since the server has stopped answering others).
    """

    def __init__(self, system: str, method: str = "", path: str = "", status: int = 0, detail: str = "", hint: str = "",
                 what: str = "", fault: str = "status"):
        self.system, self.method, self.path, self.status = system, method, path, status
        self.detail, self.hint, self.what, self.fault = detail, hint, what, fault
        super().__init__(str(self))

    def __str__(self) -> str:
        tried = f"{self.method} {self.path}".strip()
        about = f"{self.what} ({tried})" if self.what and tried else self.what or tried
        sentence = f"{self.system}: {about}: " if about else f"{self.system}: "
        sentence += self.detail.strip().rstrip(".") or "no answer"
        if self.status:
            sentence += f" (HTTP {self.status})"
        return f"{sentence}; {self.hint.strip()}" if self.hint else sentence


def causes(error: BaseException) -> t.Iterator[BaseException]:
    """Every exception inside ``error``: requests wraps urllib3, which wraps http.client, which wraps the socket's."""
    todo, seen = [error], set()
    while todo:
        item = todo.pop(0)
        if not isinstance(item, BaseException) or id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        todo += [getattr(item, "reason", None), item.__cause__, item.__context__, *item.args]


class Fault(t.NamedTuple):
    """``name`` for programs, ``detail`` and ``hint`` for people, ``sent``: may the server have seen the request?, ``again``: is trying again of use?"""

    name: str
    detail: str
    hint: str
    sent: bool
    again: bool


def _tls(cause: ssl.SSLError, trust: str) -> Fault:
    if isinstance(cause, ssl.SSLCertVerificationError):
        detail, hint = _VERIFY.get(cause.verify_code, (
            f"its certificate isn't signed by a CA in {trust} ({cause.verify_message})", "give the CA that signed it as ca_file"))
        return Fault("tls", detail, hint, False, False)
    if "WRONG_VERSION_NUMBER" in str(cause) or "HTTP_REQUEST" in str(cause):
        return Fault("tls", "it speaks plain HTTP on this port, not TLS", "give the port that has TLS", False, False)
    if "CERTIFICATE_REQUIRED" in str(cause) or "BAD_CERTIFICATE" in str(cause):
        return Fault("tls", "it asks for a client certificate that we don't have", "give a client certificate that its CA signed", False, False)
    if "EOF" in str(cause):
        return Fault("reset", "the connection was cut during TLS", "look at the server's log", True, True)
    return Fault("tls", f"TLS failed ({getattr(cause, 'reason', '') or cause})", "compare the TLS versions and ciphers of both sides", False, False)


def explain(error: BaseException, host: str, seconds: float, trust: str) -> Fault:
    """What a failed connection means.

    ``host`` is ``name:port``, ``seconds`` the time limit, ``trust`` tells where the trusted CAs came from.
    """
    chain = list(causes(error))
    names = {type(cause).__name__ for cause in chain}
    for cause in chain:
        if "ProxyError" in names and not isinstance(cause, ssl.SSLError):
            return Fault("proxy", f"the proxy on the way to {host} failed ({chain[-1]})",
                         "correct HTTPS_PROXY, or name the host in NO_PROXY", False, True)
        if isinstance(cause, ssl.SSLError):
            return _tls(cause, trust)
        if isinstance(cause, socket.gaierror) or "NameResolutionError" in names:
            return Fault("dns", f"the name {host.rsplit(':', 1)[0]} can't be resolved", "correct the address, or add the name to DNS", False, True)
        if isinstance(cause, ConnectionRefusedError):
            return Fault("refused", f"nothing listens on {host}", "start the server, or correct the address", False, True)
        if isinstance(cause, OSError) and cause.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN):
            return Fault("unreachable", f"there is no way to {host} ({cause.strerror})", "check routes, firewall and address", False, True)
    if "ConnectTimeout" in names or "ConnectTimeoutError" in names:
        return Fault("unreachable", f"{host} didn't take the connection within {seconds:g} s", "check routes, firewall and address", False, True)
    if "ReadTimeout" in names or "ReadTimeoutError" in names or "timeout" in names or "TimeoutError" in names:
        return Fault("timeout", f"no answer within {seconds:g} s", "look at the server's load and log, or raise timeout", True, True)
    return Fault("reset", f"the connection was cut ({chain[-1] or type(chain[-1]).__name__})", "look at the server's log", True, True)
