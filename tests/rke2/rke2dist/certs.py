"""Certificates by the host's openssl: the authorities of a cluster, and the leaves that a node makes of them."""
from __future__ import annotations

import ipaddress
import os
import shutil
import subprocess
import tempfile
import time
import typing as t

from . import log

RENEW_SECONDS = 120 * 86400  # https://docs.rke2.io/security/certificates: renewed at a start with fewer than 120 days left


def openssl(*words: str, data: str | None = None) -> str:
    """Runs openssl; returns its output. Raises Fatal."""
    said = subprocess.run(["openssl", *words], input=data, capture_output=True, text=True, check=False)
    if said.returncode:
        raise log.Fatal(f"openssl {words[0]}: {said.stderr.strip()}")
    return said.stdout


def authority(folder: str, name: str) -> None:
    """Makes folder/name.crt and .key of ten years, self-signed, unless they are there."""
    cert, key = os.path.join(folder, f"{name}.crt"), os.path.join(folder, f"{name}.key")
    if os.path.exists(cert) and os.path.exists(key):
        return
    os.makedirs(folder, mode=0o700, exist_ok=True)
    private(key)
    subject = f"/CN=rke2-{name}@{int(time.time())}"
    openssl("req", "-x509", "-new", "-key", key, "-sha256", "-days", "3650", "-subj", subject, "-out", cert,
            "-addext", "keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign")


def private(path: str, kind: str = "ec") -> None:
    """Makes a private key of mode 0600 (elliptic, or ``rsa``) unless it is there."""
    if os.path.exists(path):
        return
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    old = os.umask(0o077)
    try:
        words = ["genrsa", "-out", path, "2048"] if kind == "rsa" else ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path]
        openssl(*words)
    finally:
        os.umask(old)


def request(key: str, subject: str) -> str:
    """Returns a signing request (PEM) for a key."""
    return openssl("req", "-new", "-key", key, "-subj", subject)


def sign(csr: str, ca: str, usage: str, names: t.Sequence[str] = (), subject: str = "") -> str:
    """Returns a certificate of 365 days for a request. ca: path without ending; usage: client, server or both; subject: replaces the request's."""
    uses = {"client": "clientAuth", "server": "serverAuth", "both": "serverAuth,clientAuth"}[usage]
    lines = ["keyUsage=critical,digitalSignature,keyEncipherment", f"extendedKeyUsage={uses}"]
    if names:
        lines.append("subjectAltName=" + ",".join(f"{'IP' if is_address(name) else 'DNS'}:{name}" for name in dict.fromkeys(names)))
    with tempfile.NamedTemporaryFile("w", suffix=".cnf") as extensions:
        extensions.write("\n".join(lines) + "\n")
        extensions.flush()
        words = ["x509", "-req", "-CA", f"{ca}.crt", "-CAkey", f"{ca}.key", "-days", "365", "-sha256", "-extfile", extensions.name]
        words += ["-set_serial", str(int.from_bytes(os.urandom(12), "big"))]
        return openssl(*words, *(["-subj", subject] if subject else []), data=csr)


def leaf(path: str, ca: str, subject: str, usage: str, names: t.Sequence[str] = ()) -> None:
    """Makes path.crt and path.key unless they are there, of this authority, long enough valid and for all names."""
    crt, wanted = f"{path}.crt", sorted(set(names))
    if os.path.exists(crt) and os.path.exists(f"{path}.key") and fresh(crt) and covers(crt, wanted) and issued(crt, f"{ca}.crt"):
        return
    private(f"{path}.key")
    text = sign(request(f"{path}.key", subject), ca, usage, wanted)
    with open(crt, "w", encoding="utf-8") as file:
        file.write(text)


def fresh(path: str) -> bool:
    """Tells whether a certificate is valid for 120 days more."""
    said = subprocess.run(["openssl", "x509", "-in", path, "-noout", "-checkend", str(RENEW_SECONDS)], capture_output=True, check=False)
    return said.returncode == 0


def covers(path: str, names: t.Sequence[str]) -> bool:
    """Tells whether a certificate has all the names."""
    if not names:
        return True
    text = openssl("x509", "-in", path, "-noout", "-ext", "subjectAltName").replace("IP Address:", "").replace("DNS:", "")
    return set(names) <= {part.strip() for line in text.splitlines()[1:] for part in line.split(",")}


def issued(path: str, ca: str) -> bool:
    """Tells whether a certificate is of an authority."""
    said = subprocess.run(["openssl", "verify", "-no_check_time", "-partial_chain", "-trusted", ca, path], capture_output=True, check=False)
    return said.returncode == 0


def is_address(name: str) -> bool:
    """Tells whether a name is an IP address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def available() -> None:
    """Raises Fatal where the host lacks openssl."""
    if not shutil.which("openssl"):
        raise log.Fatal("the test distribution makes its certificates with openssl, which this host lacks")
