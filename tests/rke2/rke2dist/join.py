"""Joining: the way to a server's supervisor, with Go's words for what goes wrong, since operators (and our explanations) read those."""
from __future__ import annotations

import errno
import os
import socket
import ssl
import tempfile
import typing as t
import urllib.parse

from . import bootstrap, etcd, log, supervisor, tokens, web
from .place import Place
from .settings import CRITICAL

GO = {
    errno.ECONNREFUSED: "connect: connection refused", errno.EHOSTUNREACH: "connect: no route to host",
    errno.ENETUNREACH: "connect: network is unreachable",
}


def words(fault: OSError, url: str) -> str:
    """Returns a connection's fault as RKE2's log has it."""
    parts = urllib.parse.urlsplit(url)
    where = f"dial tcp {parts.hostname}:{parts.port}"
    if isinstance(fault, ssl.SSLCertVerificationError):
        if fault.verify_code in (9, 10):
            return f'Get "{url}": tls: failed to verify certificate: x509: certificate has expired or is not yet valid'
        if fault.verify_code in (62, 64):
            return f'Get "{url}": tls: failed to verify certificate: x509: certificate is not valid for {parts.hostname}'
        return f'Get "{url}": tls: failed to verify certificate: x509: certificate signed by unknown authority'
    if isinstance(fault, socket.gaierror):
        return f'Get "{url}": dial tcp: lookup {parts.hostname}: no such host'
    if isinstance(fault, TimeoutError):
        return f'Get "{url}": {where}: i/o timeout'
    return f'Get "{url}": {where}: {GO.get(fault.errno or 0, str(fault))}'


def trusted(url: str, token: tokens.Token, user: str, folder: str) -> web.Site:
    """Returns a site whose CA was fetched and held against the token's hash. folder: where the CA is kept. Raises Fatal."""
    url = url.rstrip("/")
    try:
        pem = web.Site(url).raw("GET", "/cacerts")
    except OSError as fault:
        raise log.Fatal(f"failed to get CA certs: {words(fault, url + '/cacerts')}") from None
    except web.Refused as fault:
        raise log.Fatal(f"failed to get CA certs: {fault}") from None
    tokens.check(token, pem)
    os.makedirs(folder, exist_ok=True)
    with tempfile.NamedTemporaryFile("wb", dir=folder, delete=False) as file:
        file.write(pem)
    os.chmod(file.name, 0o644)
    path = os.path.join(folder, "server-ca.crt")
    os.replace(file.name, path)
    return web.Site(url, path, basic=(user, token.password))


def ask(site: web.Site, path: str, body: t.Any = None, headers: dict[str, str] | None = None) -> t.Any:
    """Asks a supervisor for JSON. Raises Fatal, with «not authorized» for a wrong token."""
    try:
        return site.json("GET" if body is None else "POST", path, body, headers)
    except web.Refused as fault:
        if fault.status == 401:
            raise log.Fatal(f"{site.url}{path}: 401 Unauthorized: not authorized") from None
        raise log.Fatal(str(fault)) from None
    except OSError as fault:
        raise log.Fatal(words(fault, site.url + path)) from None


def critical(mine: dict[str, t.Any], theirs: dict[str, t.Any]) -> None:
    """Raises Fatal where a value that all servers must share differs (https://docs.rke2.io/install/configuration)."""
    faults = [f"{key}: {mine[key]} != {theirs[key]}" for key in CRITICAL if key != "agent-token" and str(mine[key]) != str(theirs[key])]
    if supervisor.critical_hash(mine) != theirs["agent-token-hash"]:
        faults.append("agent-token: values differ")
    for fault in faults:
        log.error(f"critical configuration mismatched: {fault}")
    if faults:
        raise log.Fatal(f"failed to validate server configuration: critical configuration value mismatch between servers ({'; '.join(faults)})")


def server(place: Place, settings: dict[str, t.Any]) -> tuple[tokens.Token, web.Site]:
    """Fetches what a new server needs; returns the token and the server that gave it. Raises Fatal."""
    if not settings.get("token"):
        raise log.Fatal("--token is required to join a cluster")
    token = tokens.parse(str(settings["token"]))
    site = trusted(str(settings["server"]), token, "server", place("server", "tmp"))
    bundle = ask(site, "/v1-rke2/server-bootstrap")
    critical(settings, ask(site, "/v1-rke2/config"))
    bootstrap.scatter(place, bundle)
    return token, site


def member(place: Place, settings: dict[str, t.Any], site: web.Site) -> tuple[str, str]:
    """Has this host added to etcd as a learner; returns its member's name and the initial cluster. Raises Fatal."""
    name, address = etcd.member_name(place, settings["node-name"]), settings["node-ip"][0]
    try:
        members = ask(site, "/v1-rke2/test-member", {"node": settings["node-name"], "name": name, "address": address})
    except log.Fatal as fault:
        if "duplicate node name" in str(fault):
            os.unlink(os.path.join(etcd.data(place), "name"))
        raise
    known = {item["peerURLs"][0]: item.get("name", "") for item in members}
    own = f"https://{address}:{etcd.PEER}"
    return name, ",".join(f"{name if url == own else other}={url}" for url, other in known.items() if other or url == own)
