# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab's own certificate authority, its leaf certificates, and the Kubernetes service-account key.

Everything is EC P-256 but the service-account key (RSA 2048: what every OIDC library that reads the issuer's keys accepts).
"""
from __future__ import annotations

import datetime
import ipaddress
import typing as t
from dataclasses import dataclass

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.files import File, read
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import Layout

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
except ImportError:  # lab_preflight says so before anything here is called
    x509 = None  # type: ignore[assignment]

CA_DAYS, LEAF_DAYS, RENEW_DAYS = 3650, 365, 30


@dataclass(frozen=True)
class Leaf:
    """A certificate to issue: file name, subject, alternative names (addresses are recognised), owner of the key.

    usage: ``server``, ``client`` or ``both``: a server's key must not open what asks its clients for certificates. authority: which CA signs it;
    etcd has one of its own, for whoever it lets in may read and write all of Kubernetes.
    """

    name: str
    common_name: str
    organisation: str = ""
    names: tuple[str, ...] = ("localhost", "127.0.0.1")
    owner: str = "root"
    usage: str = "server"
    authority: str = "ca"


AUTHORITIES = {"ca": "CA", "etcd-ca": "etcd CA"}


def authority_file(layout: Layout, name: str) -> str:
    """Returns the path of an authority's certificate; the lab's main one lies where people look for it."""
    return layout.ca if name == "ca" else layout.cert(name)


def fault(pem: str | None, ca_pem: str | None, leaf: Leaf) -> str | None:
    """Returns why a stored leaf can't be kept (in a few words), or None. Both arguments are PEM texts, None when missing."""
    if pem is None or ca_pem is None:
        return "missing"
    try:
        cert, ca = x509.load_pem_x509_certificate(pem.encode()), x509.load_pem_x509_certificate(ca_pem.encode())
    except ValueError:
        return "not a certificate"
    try:
        cert.verify_directly_issued_by(ca)
    except Exception:  # InvalidSignature, TypeError or ValueError: whatever it is, this CA did not issue it
        return "not issued by the lab's CA"
    if cert.subject != _subject(leaf.common_name, leaf.organisation):
        return "subject differs"
    if _names(cert) != sorted(leaf.names):
        return "names differ"
    if _usages(cert) != _purposes(leaf.usage):
        return "usage differs"
    if _end(cert) - _now() < datetime.timedelta(days=RENEW_DAYS):
        return f"ends within {RENEW_DAYS} days"
    return None


def authority(layout: Layout) -> list[File]:
    """Returns the authorities' certificates and keys, and the service-account key pair; made anew where they are missing."""
    files = []
    for name, title in AUTHORITIES.items():
        key_file, cert_file = layout.key(name), authority_file(layout, name)
        if read(key_file) is None or read(cert_file) is None:
            key = ec.generate_private_key(ec.SECP256R1())
            cert = _build(Leaf(name, f"unifiedmeta lab {layout.name} {title}", names=()), key.public_key(), key, None, CA_DAYS)
            files += [File(key_file, _key_pem(key), secret=True), File(cert_file, _pem(cert), mode=0o644)]
    if read(layout.path("pki", "sa.key")) is None:
        account = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = account.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        files += [File(layout.path("pki", "sa.key"), _key_pem(account), secret=True), File(layout.path("pki", "sa.pub"), public.decode(), mode=0o644)]
    return files


def issue(layout: Layout, leaf: Leaf) -> list[File]:
    """Returns a new key and certificate of the leaf, signed by its authority on disk."""
    ca_key = serialization.load_pem_private_key((read(layout.key(leaf.authority)) or "").encode(), password=None)
    ca = x509.load_pem_x509_certificate((read(authority_file(layout, leaf.authority)) or "").encode())
    key = ec.generate_private_key(ec.SECP256R1())
    cert = _build(leaf, key.public_key(), t.cast(ec.EllipticCurvePrivateKey, ca_key), ca, LEAF_DAYS)
    # The certificate is written last: a kill between the two leaves a pair that `fault` sees as missing or foreign, not a mismatch.
    return [File(layout.key(leaf.name), _key_pem(key), owner=leaf.owner, secret=True), File(layout.cert(leaf.name), _pem(cert), mode=0o644, owner=leaf.owner)]


def key_matches(key_pem: str | None, pem: str | None) -> bool:
    """Tells whether a private key belongs to a certificate (both PEM texts)."""
    if key_pem is None or pem is None:
        return False
    try:
        key = serialization.load_pem_private_key(key_pem.encode(), password=None)
        cert = x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        return False
    return _spki(key.public_key()) == _spki(cert.public_key())


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def _end(cert: t.Any) -> datetime.datetime:
    # not_valid_after_utc came with cryptography 42; ansible-core's lower bound is older.
    end = getattr(cert, "not_valid_after_utc", None)
    return end or cert.not_valid_after.replace(tzinfo=datetime.timezone.utc)


def _names(cert: t.Any) -> list[str]:
    try:
        found = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return sorted([str(a) for a in found.get_values_for_type(x509.IPAddress)] + found.get_values_for_type(x509.DNSName))


def _purposes(usage: str) -> set[t.Any]:
    server, client = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
    return {"server": {server}, "client": {client}, "both": {server, client}}[usage]


def _usages(cert: t.Any) -> set[t.Any]:
    try:
        return set(cert.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return set()


def _alternative(name: str) -> t.Any:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _subject(common_name: str, organisation: str) -> t.Any:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)] if organisation else []
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _build(leaf: Leaf, public: t.Any, signer: t.Any, ca: t.Any, days: int) -> t.Any:
    """Builds a certificate; without ``ca`` a self-signed authority."""
    now, is_ca = _now(), ca is None
    subject = _subject(leaf.common_name, leaf.organisation)
    issuer_key = signer.public_key()
    usage = dict.fromkeys(("content_commitment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False)
    usage.update(digital_signature=True, key_encipherment=not is_ca, key_cert_sign=is_ca, crl_sign=is_ca)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject).issuer_name(subject if is_ca else ca.subject).public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5)).not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )
    if not is_ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage(sorted(_purposes(leaf.usage), key=str)), critical=False)
    if leaf.names and not is_ca:
        builder = builder.add_extension(x509.SubjectAlternativeName([_alternative(n) for n in leaf.names]), critical=False)
    return builder.sign(signer, hashes.SHA256())


def _spki(public: t.Any) -> bytes:
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _pem(cert: t.Any) -> str:
    return cert.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: t.Any) -> str:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
