# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Credentials are random, made once, and checked against what the servers keep."""
from __future__ import annotations

import base64
import json
import pathlib
import re

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import credentials, files
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError, Layout


def save(layout: Layout) -> dict[str, dict[str, object]]:
    """Writes every credentials file; returns the values."""
    found = credentials.desired(layout)
    for _values, file in found.values():
        files.write(file)
    return {system: pair[0] for system, pair in found.items()}


def test_secrets_are_made_once_and_kept(layout: Layout) -> None:
    assert save(layout) == save(layout)


def test_no_two_secrets_are_the_same(layout: Layout) -> None:
    values = save(layout)
    secrets = [values[system]["password"] for system in ("postgres", "postgres-openbao", "postgres-keycloak", "keycloak", "registry")]
    secrets += [values["s3"]["access_key"], values["s3"]["secret_key"]]
    assert len(set(secrets)) == len(secrets)
    assert all(re.fullmatch(r"[A-Za-z0-9]{32}", str(secret)) for secret in secrets)


@pytest.mark.parametrize(("servers", "systems"), [
    (["postgres"], {"postgres", "postgres-openbao"}),
    (["postgres", "keycloak"], {"postgres", "postgres-openbao", "postgres-keycloak", "keycloak"}),
    (["openbao", "s3"], {"s3"}),
], ids=lambda value: "-".join(sorted(value)))
def test_only_what_runs_needs_a_login(layout: Layout, servers: list[str], systems: set[str]) -> None:
    assert {system for system in credentials.template(layout) if credentials.chosen(system, servers)} == systems


def test_keycloaks_logins_say_where_and_by_which_authority(layout: Layout) -> None:
    values = save(layout)
    assert values["keycloak"]["url"] == "https://localhost:20343"
    assert values["keycloak"]["ca_file"] == values["postgres-keycloak"]["ca_file"] == layout.ca
    assert (values["postgres-keycloak"]["database"], values["postgres-keycloak"]["username"]) == ("keycloak", "keycloak")


def test_files_are_owner_only_and_secret(layout: Layout) -> None:
    for _values, file in credentials.desired(layout).values():
        assert (file.mode, file.secret) == (0o600, True)
        assert file.path.startswith(layout.path("credentials") + "/")


def test_what_is_no_secret_follows_the_settings(layout: Layout) -> None:
    password = save(layout)["postgres"]["password"]
    moved = credentials.desired(Layout(layout.name, layout.state, 30000))["postgres"][0]
    assert (moved["port"], moved["password"]) == (30432, password)


def test_a_lost_key_is_made_anew_alone(layout: Layout) -> None:
    before = save(layout)["s3"]
    place = pathlib.Path(credentials.path(layout, "s3"))
    place.write_text(json.dumps({"access_key": before["access_key"]}))
    after = save(layout)["s3"]
    assert after["access_key"] == before["access_key"]
    assert after["secret_key"] not in (None, before["secret_key"])


def test_a_spoilt_file_is_a_sentence_not_a_new_password(layout: Layout) -> None:
    save(layout)
    pathlib.Path(credentials.path(layout, "s3")).write_text('{"access_key": ')
    with pytest.raises(LabError, match=r"s3\.json is not JSON any more .* restore it, or remove the lab"):
        credentials.desired(layout)


def test_the_passphrase_is_made_once(layout: Layout) -> None:
    first = credentials.passphrase(layout)
    files.write(first)
    assert credentials.passphrase(layout) == first
    assert len(first.content.strip()) == 48
    assert first.secret


def test_bcrypt_of_a_known_password() -> None:
    """A vector of the original implementation (crypt_blowfish's test suite)."""
    known = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
    assert credentials.bcrypt("U*U", known) == known
    assert credentials.bcrypt("U*V", known) != known


def test_bcrypt_salts_each_time() -> None:
    first, second = credentials.bcrypt("x"), credentials.bcrypt("x")
    assert first != second
    assert credentials.bcrypt("x", first) == first


def test_bcrypt_refuses_a_setting_that_is_none() -> None:
    with pytest.raises(LabError, match="knows no bcrypt"):
        credentials.bcrypt("x", "nonsense")


def test_the_password_file_is_kept_while_it_fits(layout: Layout) -> None:
    place = pathlib.Path(layout.path("config", "registry.htpasswd"))
    first = credentials.htpasswd(layout, "lab", "secret")
    place.write_text(first)
    assert credentials.htpasswd(layout, "lab", "secret") == first
    assert re.fullmatch(r"lab:\$2b\$05\$.{53}\n", first)


@pytest.mark.parametrize(("user", "secret"), [("other", "secret"), ("lab", "other")])
def test_the_password_file_is_replaced_when_it_does_not(layout: Layout, user: str, secret: str) -> None:
    place = pathlib.Path(layout.path("config", "registry.htpasswd"))
    first = credentials.htpasswd(layout, "lab", "secret")
    place.write_text(first)
    assert credentials.htpasswd(layout, user, secret) != first


@pytest.mark.parametrize("text", ["", "lab", "lab:", "lab:plain", "lab:$2b$"])
def test_a_spoilt_password_file_is_replaced(layout: Layout, text: str) -> None:
    pathlib.Path(layout.path("config", "registry.htpasswd")).write_text(text)
    if text == "lab:$2b$":
        with pytest.raises(LabError):
            credentials.htpasswd(layout, "lab", "secret")
    else:
        assert credentials.htpasswd(layout, "lab", "secret").startswith("lab:$2b$05$")


def test_scram_of_a_known_password() -> None:
    """The exchange of RFC 7677, section 3: user, pencil, 4096 rounds."""
    verifier = credentials.scram("pencil", base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="))
    assert verifier == "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="


def test_scram_fits_its_own_password_only() -> None:
    verifier = credentials.scram("secret")
    assert credentials.scram_fits(verifier, "secret")
    assert not credentials.scram_fits(verifier, "Secret")


@pytest.mark.parametrize("verifier", ["", "-", "md5abc", "SCRAM-SHA-256$x", "SCRAM-SHA-1$4096:YQ==$a:b", "SCRAM-SHA-256$many:YQ==$a:b"])
def test_another_verifier_never_fits(verifier: str) -> None:
    assert not credentials.scram_fits(verifier, "secret")
