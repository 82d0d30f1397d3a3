# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Certificate authorities are made once, in steps that can be cut anywhere. That the chain verifies is shown in tests/lab."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.pki import KINDS, find
from tests.unit.plugins.module_utils._vault.conftest import data

ROOT, INTERMEDIATE = KINDS["pki_root"], KINDS["pki_intermediate"]
R = Item("pki_root", "pki/root", "here", {}, "pki", (), {"spec": {"common_name": "R", "ttl": 60}, "signed_by": ""})
I = Item("pki_intermediate", "int/sub", "here", {}, "int", (), {"spec": {"common_name": "I", "ttl": 60, "key_type": "ec"}, "signed_by": "pki"})  # noqa: E741
CSR = data(csr="REQUEST")
SIGNED = {"POST pki/root/sign-intermediate": data(certificate="LEAF", ca_chain=["CHAIN"]), "POST int/intermediate/set-signed": data()}
NO_KEY, KEY = data(key_info={}), data(key_info={"k1": {"key_name": "sub"}})
NO_ISSUER, ISSUER = data(key_info={}), data(key_info={"i0": {"key_id": ""}, "i1": {"key_id": "k1", "issuer_name": ""}})


def test_an_issuer_is_found_by_its_name(vault):
    client, _table = vault({"LIST pki/issuers": data(key_info={"a": {"issuer_name": ""}, "b": {"issuer_name": "root"}})})
    assert find(client, "pki", "root") == "b" and find(client, "pki", "other") is None and find(client, "nothing", "root") is None
    assert ROOT.read(client, R) == {} and INTERMEDIATE.read(client, I) is None


def test_a_root_is_made_with_its_name(vault):
    client, table = vault({"POST pki/root/generate/internal": data()})
    ROOT.create(client, R, {})
    assert table.body("POST pki/root/generate/internal") == {"common_name": "R", "ttl": 60, "issuer_name": "root"}


def test_a_root_whose_answer_was_lost_is_there(vault):
    taken = (400, {"errors": ["issuer name already in use"]})
    client, _table = vault({"POST pki/root/generate/internal": taken, "LIST pki/issuers": data(key_info={"b": {"issuer_name": "root"}})})
    ROOT.create(client, R, {})
    client, _table = vault({"POST pki/root/generate/internal": taken})
    with pytest.raises(ApiError):
        ROOT.create(client, R, {})


def test_a_certificate_authority_is_never_changed(vault):
    client, _table = vault()
    with pytest.raises(ApiError, match="can't be changed; declare a new issuer_name"):
        ROOT.update(client, R, {}, {})


def test_an_intermediate_from_nothing(vault):
    client, table = vault({"LIST int/keys": [NO_KEY, KEY], "LIST int/issuers": [NO_ISSUER, ISSUER], "POST int/intermediate/generate/internal": CSR, **SIGNED})
    INTERMEDIATE.create(client, I, {})
    assert table.body("POST int/intermediate/generate/internal") == {"common_name": "I", "ttl": 60, "key_type": "ec", "key_name": "sub"}
    assert table.body("POST pki/root/sign-intermediate") == {"common_name": "I", "ttl": 60, "csr": "REQUEST", "format": "pem_bundle"}
    assert table.body("POST int/intermediate/set-signed") == {"certificate": "LEAF\nCHAIN"}
    assert table.body("PATCH int/issuer/i1") == {"issuer_name": "sub"}


def test_after_the_key_the_same_key_is_used(vault):
    client, table = vault({"LIST int/keys": KEY, "LIST int/issuers": [NO_ISSUER, ISSUER], "POST int/intermediate/generate/existing": CSR, **SIGNED})
    INTERMEDIATE.create(client, I, {})
    assert table.body("POST int/intermediate/generate/existing") == {"common_name": "I", "ttl": 60, "key_ref": "k1"}
    assert table.asked()[-1] == "PATCH int/issuer/i1"


def test_after_the_import_only_the_name_is_missing(vault):
    client, table = vault({"LIST int/keys": KEY, "LIST int/issuers": ISSUER})
    INTERMEDIATE.create(client, I, {})
    assert [asked for asked in table.asked() if not asked.startswith("LIST")] == ["PATCH int/issuer/i1"]


def test_a_key_whose_answer_was_lost_is_found(vault):
    client, table = vault(
        {
            "LIST int/keys": [NO_KEY, KEY],
            "LIST int/issuers": [NO_ISSUER, ISSUER],
            **SIGNED,
            "POST int/intermediate/generate/existing": CSR,
            "POST int/intermediate/generate/internal": (400, {"errors": ["key name already in use"]}),
        }
    )
    INTERMEDIATE.create(client, I, {})
    assert "POST int/intermediate/generate/existing" in table.asked()


def test_what_stays_broken_is_an_error(vault):
    client, _table = vault({"POST int/intermediate/generate/internal": (400, {"errors": ["no"]})})
    with pytest.raises(ApiError, match="intermediate CA int/sub"):
        INTERMEDIATE.create(client, I, {})
    client, _table = vault({"LIST int/keys": KEY, "LIST int/issuers": NO_ISSUER, "POST int/intermediate/generate/existing": CSR, **SIGNED})
    with pytest.raises(ApiError, match="has no key in this mount; look at the mount's issuers"):
        INTERMEDIATE.create(client, I, {})
