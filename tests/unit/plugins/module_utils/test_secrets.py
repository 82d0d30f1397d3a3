# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""References, generators, fingerprints."""

from __future__ import annotations

import base64
import json
import threading
import urllib.parse
import uuid

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._secrets import Fingerprints, Reference, Resolver, SecretError


# --- references ------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "path", "key", "scheme"),
    [
        ("vault:platform/grafana/admin#password", "platform/grafana/admin", "password", "vault"),
        ("vault:team/kv/a/b/c#tls.crt", "team/kv/a/b/c", "tls.crt", "vault"),
        ("kubernetes:lab/postgres#password", "lab/postgres", "password", "kubernetes"),
        ("kubernetes:lab/a.b-c#ca.crt", "lab/a.b-c", "ca.crt", "kubernetes"),
    ],
)
def test_a_reference_is_parsed_and_written_back(text, path, key, scheme):
    found = _secrets.parse(text)
    assert found == Reference(path, key, scheme)
    assert str(found) == text
    assert _secrets.is_reference(text)


@pytest.mark.parametrize(
    "text",
    [
        "vault:",
        "vault:platform",
        "vault:platform#key",
        "vault:platform/x",
        "vault:platform/x#",
        "vault:/platform/x#k",
        "vault:platform//x#k",
        "vault:platform/x/#k",
        "vault:a b/c#d",
        "vault:a/b#c d",
        "platform/x#k",
        "secret:a/b#c",
        "vault:a/../b#c",
        "vault:a/./b#c",
        "vault:../a#c",
        "kubernetes:a#c",
        "kubernetes:a/..#c",
        "kubernetes:ns/secrets/x#k",
        "kubernetes:ns/%2e%2e/configmaps/x#k",
    ],
)
def test_anything_else_is_refused_with_an_example(text):
    with pytest.raises(SecretError, match="write vault:<mount>/<path>#<key>"):
        _secrets.parse(text)


@pytest.mark.parametrize("value", ["vaults", "", None, 3, ["vault:a/b#c"], "Vault:a/b#c"])
def test_what_is_no_reference(value):
    assert not _secrets.is_reference(value)


def test_references_are_found_at_every_depth():
    value = {"a": "vault:m/a#x", "b": [1, {"c": "vault:m/c#y"}, ("kubernetes:n/s#z",)], "d": "plain"}
    assert [str(reference) for reference in _secrets.references(value)] == ["vault:m/a#x", "vault:m/c#y", "kubernetes:n/s#z"]
    with pytest.raises(SecretError):
        list(_secrets.references({"a": ["vault:oops"]}))


@pytest.mark.parametrize(("value", "expected"), [
    ("vault:m/a#x", True),
    ({"a": ["plain", {"b": "vault:m/a#x"}]}, True),
    (["kubernetes:n/s#k"], True),
    ({"vault:m/a#x": "a key is none"}, False),
    ("plain", False),
    ([], False),
    (None, False),
])  # fmt: skip
def test_a_reference_is_seen_at_every_depth(value, expected):
    assert _secrets.holds_reference(value) is expected


def test_substitution_goes_deep_and_leaves_the_rest():
    value = {"a": "vault:m/a#x", "b": ["vault:m/a#y", 3], "c": None}
    assert _secrets.substitute(value, lambda reference: reference.key.upper()) == {"a": "X", "b": ["Y", 3], "c": None}


class Reads:
    """A store that counts."""

    def __init__(self, content: dict):
        self.content, self.paths = content, []

    def __call__(self, path: str) -> dict | None:
        self.paths.append(path)
        return self.content.get(path)


def test_each_secret_is_read_once_and_every_value_is_registered():
    reads, seen = Reads({"m/a": {"x": "1", "y": 2}}), []
    resolver = Resolver({"vault": reads}, seen.append)
    assert resolver.resolve({"p": "vault:m/a#x", "q": ["vault:m/a#y", "plain"], "n": 3}) == {"p": "1", "q": ["2", "plain"], "n": 3}
    assert reads.paths == ["m/a"] and seen == ["1", "2"]


@pytest.mark.parametrize("empty", ["", " ", "\n\t"])
def test_an_empty_value_is_handed_out_and_not_registered(empty):
    """Taken out of an output, it would leave garbage."""
    seen: list = []
    resolver = Resolver({"vault": Reads({"m/a": {"x": empty, "y": "full"}})}, seen.append)
    assert resolver.resolve(["vault:m/a#x", "vault:m/a#y"]) == [empty, "full"] and seen == ["full"]


def test_a_forgotten_secret_is_read_again():
    reads = Reads({"m/a": {"x": "1"}})
    resolver = Resolver({"vault": reads})
    assert resolver.get(Reference("m/a", "x")) == "1"
    reads.content["m/a"] = {"x": "2"}
    assert resolver.get(Reference("m/a", "x")) == "1"
    resolver.forget("m/a")
    resolver.forget("m/never")
    assert resolver.get(Reference("m/a", "x")) == "2"


def test_what_is_missing_is_named():
    resolver = Resolver({"vault": Reads({"m/a": {}}), "kubernetes": Reads({})})
    with pytest.raises(SecretError, match="the secret m/b doesn't exist; declare it, or write it first"):
        resolver.get(Reference("m/b", "x"))
    with pytest.raises(SecretError, match="the secret m/a has no key x"):
        resolver.get(Reference("m/a", "x"))
    with pytest.raises(SecretError, match="the Kubernetes secret n/s doesn't exist"):
        resolver.get(Reference("n/s", "x", "kubernetes"))
    with pytest.raises(SecretError, match="can't be resolved here"):
        Resolver({}).get(Reference("n/s", "x", "kubernetes"))


def test_many_threads_read_a_secret_once():
    reads = Reads({"m/a": {"x": "1"}})
    resolver, results = Resolver({"vault": reads}), []
    threads = [threading.Thread(target=lambda: results.append(resolver.get(Reference("m/a", "x")))) for _index in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["1"] * 20 and len(reads.paths) == 1


# --- generators ------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("spec", "full"),
    [
        (24, {"kind": "password", "length": 24}),
        ({}, {"kind": "password", "length": 32}),
        ({"length": 40, "alphabet": "abc"}, {"kind": "password", "length": 40, "alphabet": "abc"}),
        ({"kind": "hex"}, {"kind": "hex", "length": 32}),
        ({"kind": "base64", "bytes": 16}, {"kind": "base64", "bytes": 16}),
        ({"kind": "uuid"}, {"kind": "uuid"}),
        ({"kind": "rsa", "public": "pub"}, {"kind": "rsa", "bits": 3072, "public": "pub"}),
        ({"kind": "ed25519"}, {"kind": "ed25519"}),
    ],
)
def test_a_generator_gets_its_defaults(spec, full):
    assert _secrets.generator(spec) == full
    assert _secrets.generator(full) == full


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("32", "a generator is a length or a map"),
        (True, "a generator is a length or a map"),
        (None, "a generator is a length or a map"),
        ({"kind": "pasword"}, "there is no generator pasword; there are base64, digits"),
        ({"kind": "uuid", "length": 3}, "the generator uuid has no option length; it has none"),
        ({"lenght": 3}, "has no option lenght; it has alphabet, length"),
        (3, "length of the generator password is a number from 16 to 1024, not 3"),
        ({"length": "32"}, "is a number"),
        ({"length": True}, "is a number"),
        ({"kind": "rsa", "bits": 512}, "bits of the generator rsa is a number from 2048 to 8192"),
        ({"kind": "rsa", "public": ""}, "public of the generator rsa is a text"),
        ({"alphabet": "aaa"}, "at least two characters"),
        ({"alphabet": 3}, "alphabet of the generator password is a text"),
    ],
)
def test_a_wrong_generator_is_refused_with_the_reason(spec, message):
    with pytest.raises(SecretError, match=message):
        _secrets.generator(spec)


@given(st.integers(8, 200))
def test_passwords_have_their_length_and_every_class(length):
    value = _secrets.generate("k", {"kind": "password", "length": length})["k"]
    assert len(value) == length and value.isalnum() and value.isascii()
    assert any(c.islower() for c in value) and any(c.isupper() for c in value) and any(c.isdigit() for c in value)


@pytest.mark.parametrize("length", [8, 9, 64])
def test_texts_of_other_alphabets(length):
    assert set(_secrets.generate("k", {"kind": "password", "length": length, "alphabet": "xy"})["k"]) <= {"x", "y"}
    assert _secrets.generate("k", {"kind": "digits", "length": length})["k"].isdigit()
    assert _secrets.generate("k", {"kind": "lower", "length": length})["k"].islower() or length < 9
    hexadecimal = _secrets.generate("k", {"kind": "hex", "length": length})["k"]
    assert len(hexadecimal) == length and int(hexadecimal, 16) >= 0


def test_bytes_and_uuids():
    assert len(base64.b64decode(_secrets.generate("k", {"kind": "base64", "bytes": 33})["k"])) == 33
    assert uuid.UUID(_secrets.generate("k", {"kind": "uuid"})["k"]).version == 4


def test_values_do_not_repeat():
    for spec in (20, {"kind": "hex"}, {"kind": "base64"}, {"kind": "uuid"}, {"kind": "ed25519"}):
        full = _secrets.generator(spec)
        assert len({_secrets.generate("k", full)["k"] for _round in range(20)}) == 20


@pytest.mark.parametrize("spec", [{"kind": "rsa", "bits": 2048, "public": "pub"}, {"kind": "ed25519", "public": "pub"}])
def test_key_pairs_belong_together(spec):
    full = _secrets.generator(spec)
    assert _secrets.produces("key", full) == ["key", "pub"]
    made = _secrets.generate("key", full)
    private = serialization.load_pem_private_key(made["key"].encode(), None)
    public = private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    assert made["pub"] == public == _secrets.public_half(made["key"])


@pytest.mark.parametrize("private", ["", "junk-of-a-file", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_private_key_that_is_none_is_told_without_showing_it(private):
    with pytest.raises(SecretError, match="is no key in PEM without a passphrase; write one") as error:
        _secrets.public_half(private)
    assert not private or private not in str(error.value)


def test_a_private_key_with_a_passphrase_is_none():
    key = serialization.load_pem_private_key(_secrets.generate("key", {"kind": "ed25519"})["key"].encode(), None)
    locked = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"passphrase"))
    with pytest.raises(SecretError, match="without a passphrase"):
        _secrets.public_half(locked.decode())


def test_a_key_without_its_public_half():
    full = _secrets.generator({"kind": "ed25519"})
    assert _secrets.produces("key", full) == ["key"] and list(_secrets.generate("key", full)) == ["key"]


# --- fingerprints ----------------------------------------------------------------------------------------------------------------
def test_fingerprints_tell_equal_values_under_one_key_and_name():
    prints, other = (Fingerprints(base64.b64decode(Fingerprints.new_key())) for _index in range(2))
    assert prints.of("a", "secret") == prints.of("a", "secret") and len(prints.of("a", "secret")) == 32
    assert len({prints.of("a", "secret"), prints.of("b", "secret"), prints.of("a", "other"), other.of("a", "secret")}) == 4
    assert "secret" not in prints.of("a", "secret")


def test_a_short_key_is_refused():
    with pytest.raises(SecretError, match="shorter than 32 bytes"):
        Fingerprints(b"short")


def test_the_redactor_follows_a_live_set():
    known: set[str] = set()
    redact = _secrets.redactor(known)
    assert redact("password=hunter22") == "password=hunter22"
    known.update(("hunter22", "hunter22-long", "abc"))
    assert redact("hunter22-long and hunter22, abc") == "(secret) and (secret), abc", "longer ones first; three letters can't be told from others"


def test_a_secret_is_taken_out_in_every_form_that_a_server_may_quote_it_in():
    secret = 'p"a/s w\\ö+1'
    redact = _secrets.redactor([secret, "abc"])
    forms = [secret, json.dumps(secret), json.dumps({"k": secret}, ensure_ascii=False), urllib.parse.urlencode({"k": secret}),
             urllib.parse.quote(secret), urllib.parse.quote(secret, safe="")]
    for form in forms:
        shown = redact(f"before {form} after abc")
        assert "(secret)" in shown and shown.endswith("after abc") and "p%22a" not in shown and "s w" not in shown, form


def test_secrets_that_come_later_are_taken_out_too():
    known = set()
    redact = _secrets.redactor(known)
    assert redact("a hunter22") == "a hunter22"
    known.add("hunter22")
    assert redact("a hunter22") == "a (secret)"
