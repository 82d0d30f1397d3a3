"""HTTPS calls with the standard library: other servers' supervisors, etcd's JSON gateway, the Kubernetes API."""
from __future__ import annotations

import base64
import http.client
import json
import ssl
import typing as t
import urllib.parse


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, text: str, url: str) -> None:
        super().__init__(f"{url}: {status} {http.client.responses.get(status, '')}: {text[:400]}")
        self.status, self.text = status, text


class Site:
    """One server. ca: its authority's file (none: not verified); pair: client certificate and key without ending; basic: user and password."""

    def __init__(self, url: str, ca: str = "", pair: str = "", basic: tuple[str, str] | None = None, timeout: float = 10, names: bool = True) -> None:
        self.url, self.timeout, self.basic = url.rstrip("/"), timeout, basic
        self.context = ssl.create_default_context(cafile=ca) if ca else ssl._create_unverified_context()
        self.context.check_hostname = bool(ca) and names
        # RKE2's authorities are made by openssl here and by Go there: strict checks of extensions are neither's concern.
        self.context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
        if pair:
            self.context.load_cert_chain(f"{pair}.crt", f"{pair}.key")

    def raw(self, method: str, path: str, data: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
        """Returns the answer's body. Raises Refused, OSError."""
        parts = urllib.parse.urlsplit(self.url)
        own = {"Content-Type": "application/json", **(headers or {})}
        if self.basic:
            own["Authorization"] = "Basic " + base64.b64encode(":".join(self.basic).encode()).decode()
        host, port = parts.hostname or "", parts.port or 443
        connection = http.client.HTTPConnection(host, port, timeout=self.timeout)
        if parts.scheme == "https":
            connection = http.client.HTTPSConnection(host, port, timeout=self.timeout, context=self.context)
        try:
            connection.request(method, path, body=data, headers=own)
            answer = connection.getresponse()
            body = answer.read()
        except http.client.HTTPException as fault:
            raise OSError(f"{self.url}{path}: {fault!r}") from None
        finally:
            connection.close()
        if answer.status >= 300:
            raise Refused(answer.status, body.decode(errors="replace").strip(), f"{self.url}{path}")
        return body

    def json(self, method: str, path: str, body: t.Any = None, headers: dict[str, str] | None = None) -> t.Any:
        """Sends and returns JSON. Raises Refused, OSError."""
        data = None if body is None else json.dumps(body).encode()
        text = self.raw(method, path, data, headers)
        return json.loads(text) if text.strip() else None
