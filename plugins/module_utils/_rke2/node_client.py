# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests to a server on this node or another, with client certificates that RKE2 has put on the disk; standard library alone."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import typing as t


class Unanswered(Exception):
    """No usable answer. ``kind``: refused, timeout, unreachable, name, certificate, time, credentials, status. The text says what was asked of whom."""

    def __init__(self, kind: str, text: str, status: int | None = None):
        self.kind, self.status = kind, status
        super().__init__(text)


class Client:
    """One HTTPS connection, kept open. ``ca``, ``certificate``, ``key``: paths; without ``ca`` nothing is verified, which is for probes that send no secret."""

    def __init__(self, host: str, port: int, *, ca: str | None = None, certificate: str | None = None, key: str | None = None, timeout: float = 5.0):
        self.place = f"https://{host}:{port}"
        try:
            context = ssl.create_default_context(cafile=ca) if ca else _blind()
            # Python 3.13 asks certificates of a cluster for fields that theirs may lack (RFC 5280, authority key identifier); kubectl doesn't.
            context.verify_flags &= ~ssl.VERIFY_X509_STRICT
            if certificate:
                context.load_cert_chain(certificate, key)
        except (OSError, ssl.SSLError) as error:
            raise Unanswered("credentials", f"{self.place}: {getattr(error, 'filename', None) or certificate or ca} can't be used: {error}") from error
        self._connection = http.client.HTTPSConnection(host, port, context=context, timeout=timeout)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_failure: object) -> None:
        self._connection.close()

    def ask(self, path: str, body: t.Any = None, method: str | None = None, kind: str = "application/json") -> t.Any:
        """The answer as JSON, as text where it is none. ``body``: makes it a POST unless ``method`` says otherwise. Raises Unanswered."""
        try:
            self._connection.request(method or ("GET" if body is None else "POST"), path, None if body is None else json.dumps(body), {"Content-Type": kind})
            answer = self._connection.getresponse()
            text, status = answer.read().decode(errors="replace"), answer.status
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Unanswered(kind_of(error), f"{self.place}{path}: {error}") from error
        if not 200 <= status < 300:
            raise Unanswered("status", f"{self.place}{path} answered {status}: {text.strip()[:200]}", status)
        try:
            return json.loads(text)
        except ValueError:
            return text

    def pages(self, path: str, limit: int = 500) -> list[t.Any]:
        """All items of a list of the Kubernetes API."""
        items, more = [], ""
        while True:
            page = self.ask(f"{path}?limit={limit}" + (f"&continue={more}" if more else ""))
            items.extend(page.get("items") or [])
            more = (page.get("metadata") or {}).get("continue") or ""
            if not more:
                return items


def kind_of(error: BaseException) -> str:
    """What sort of fault a connection met, see Unanswered."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "time" if error.verify_code in (9, 10) else "certificate"
    if isinstance(error, ssl.SSLError):
        return "certificate"
    if isinstance(error, (socket.timeout, TimeoutError)):
        return "timeout"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, socket.gaierror):
        return "name"
    return "unreachable"


def probe(host: str, port: int, timeout: float = 3.0) -> str | None:
    """Can a TCP connection be made? None if so, else what sort of fault there is."""
    try:
        with socket.create_connection((host, port), timeout):
            return None
    except OSError as error:
        return kind_of(error)


def _blind() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
