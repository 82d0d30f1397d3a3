# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab's authority and its leaves; what OpenSSL thinks of them."""
from __future__ import annotations

import datetime
import pathlib
import subprocess

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import files, pki
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.pki import Leaf

LEAF = Leaf("web", "web", names=("localhost", "127.0.0.1"))


@pytest.fixture
def ready(layout: Layout) -> Layout:
    """An instance with an authority."""
    for file in pki.authority(layout):
        files.write(file)
    return layout


def put(layout: Layout, leaf: Leaf) -> str:
    """Issues a leaf; returns its PEM."""
    for file in pki.issue(layout, leaf):
        files.write(file)
    return pathlib.Path(layout.cert(leaf.name)).read_text()


def openssl(*args: str) -> str:
    """Returns what openssl says."""
    return subprocess.run(["openssl", *args], capture_output=True, text=True, check=True).stdout


def test_the_authority_is_made_once(ready: Layout) -> None:
    assert pki.authority(ready) == []


def test_the_authoritys_keys_are_owner_only_and_secret(layout: Layout) -> None:
    made = {file.path: file for file in pki.authority(layout)}
    assert made[layout.path("pki", "ca.key")].mode == 0o600
    assert made[layout.path("pki", "ca.key")].secret
    assert made[layout.path("pki", "sa.key")].secret
    assert made[layout.ca].mode == 0o644


def test_a_lost_service_account_key_is_made_anew_alone(ready: Layout) -> None:
    pathlib.Path(ready.path("pki", "sa.key")).unlink()
    assert [pathlib.Path(file.path).name for file in pki.authority(ready)] == ["sa.key", "sa.pub"]


def test_openssl_verifies_a_leaf(ready: Layout) -> None:
    put(ready, LEAF)
    assert openssl("verify", "-CAfile", ready.ca, "-verify_hostname", "localhost", "-purpose", "sslserver", ready.cert("web")).strip().endswith("OK")
    assert openssl("verify", "-CAfile", ready.ca, "-verify_ip", "127.0.0.1", ready.cert("web")).strip().endswith("OK")


def test_the_authority_may_sign_and_a_leaf_may_not(ready: Layout) -> None:
    put(ready, LEAF)
    assert "CA:TRUE" in openssl("x509", "-in", ready.ca, "-noout", "-text")
    assert "CA:FALSE" in openssl("x509", "-in", ready.cert("web"), "-noout", "-text")


@pytest.mark.parametrize(("usage", "server", "client"), [("server", True, False), ("client", False, True), ("both", True, True)])
def test_a_leaf_is_good_for_its_usage_only(ready: Layout, usage: str, server: bool, client: bool) -> None:
    put(ready, Leaf("web", "web", usage=usage))
    for purpose, good in (("sslserver", server), ("sslclient", client)):
        done = subprocess.run(["openssl", "verify", "-CAfile", ready.ca, "-purpose", purpose, ready.cert("web")], capture_output=True, text=True, check=False)
        assert (done.returncode == 0) is good, (purpose, done.stdout, done.stderr)


def test_another_usage_makes_a_new_one(ready: Layout) -> None:
    pem, ca = put(ready, Leaf("web", "web", usage="both")), files.read(ready.ca)
    assert pki.fault(pem, ca, LEAF) == "usage differs"


def test_etcd_has_an_authority_of_its_own(ready: Layout) -> None:
    pem = put(ready, Leaf("etcd", "etcd", authority="etcd-ca"))
    assert pki.fault(pem, files.read(ready.ca), Leaf("etcd", "etcd")) == "not issued by the lab's CA"
    assert pki.fault(pem, files.read(pki.authority_file(ready, "etcd-ca")), Leaf("etcd", "etcd")) is None


def test_the_subject_carries_the_kubernetes_group(ready: Layout) -> None:
    put(ready, Leaf("admin", "lab:admin", "system:masters", ()))
    assert openssl("x509", "-in", ready.cert("admin"), "-noout", "-subject", "-nameopt", "RFC2253").strip() == "subject=CN=lab:admin,O=system:masters"


def test_a_good_leaf_is_kept(ready: Layout) -> None:
    pem = put(ready, LEAF)
    assert pki.fault(pem, files.read(ready.ca), LEAF) is None
    assert pki.key_matches(files.read(ready.key("web")), pem)


def test_a_missing_leaf_or_authority(ready: Layout) -> None:
    assert pki.fault(None, files.read(ready.ca), LEAF) == "missing"
    assert pki.fault(put(ready, LEAF), None, LEAF) == "missing"


def test_a_leaf_of_another_authority(ready: Layout, tmp_path: pathlib.Path) -> None:
    other = Layout("other", str(tmp_path / "other"), 20000)
    for name in ("", "pki"):
        files.make(files.Directory(str(tmp_path / "other" / name)))
    for file in pki.authority(other):
        files.write(file)
    assert pki.fault(put(other, LEAF), files.read(ready.ca), LEAF) == "not issued by the lab's CA"


def test_other_names_or_subject_make_a_new_one(ready: Layout) -> None:
    pem, ca = put(ready, LEAF), files.read(ready.ca)
    assert pki.fault(pem, ca, Leaf("web", "web", names=("localhost",))) == "names differ"
    assert pki.fault(pem, ca, Leaf("web", "other")) == "subject differs"
    assert pki.fault(pem, ca, Leaf("web", "web", "group")) == "subject differs"
    assert pki.fault(pem, ca, Leaf("web", "web", names=("127.0.0.1", "localhost"))) is None


def test_a_leaf_without_names(ready: Layout) -> None:
    leaf = Leaf("client", "client", names=())
    assert pki.fault(put(ready, leaf), files.read(ready.ca), leaf) is None


def test_a_leaf_near_its_end_is_renewed(ready: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    pem, ca = put(ready, LEAF), files.read(ready.ca)
    later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=pki.LEAF_DAYS - pki.RENEW_DAYS + 1)
    monkeypatch.setattr(pki, "_now", lambda: later)
    assert pki.fault(pem, ca, LEAF) == "ends within 30 days"


def test_rubbish_is_no_certificate(ready: Layout) -> None:
    assert pki.fault("rubbish", files.read(ready.ca), LEAF) == "not a certificate"
    assert not pki.key_matches("rubbish", put(ready, LEAF))


def test_a_key_of_another_certificate_does_not_match(ready: Layout) -> None:
    first = put(ready, LEAF)
    put(ready, LEAF)
    assert not pki.key_matches(files.read(ready.key("web")), first)
    assert not pki.key_matches(None, first)


def test_the_key_is_written_before_the_certificate(ready: Layout) -> None:
    """A kill in between leaves a pair that the next run sees as not fitting."""
    assert [pathlib.Path(file.path).suffix for file in pki.issue(ready, LEAF)] == [".key", ".crt"]


def test_the_owner_gets_both_files(ready: Layout) -> None:
    made = pki.issue(ready, Leaf("db", "db", owner="postgres"))
    assert {file.owner for file in made} == {"postgres"}
    assert [file.mode for file in made] == [0o600, 0o644]
