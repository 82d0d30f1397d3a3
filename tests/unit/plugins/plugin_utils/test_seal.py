# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Seal stanzas by profile, and every way to get them wrong. A real server reads two of them in tests/lab/test_vault_seal.py."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._seal import BY_PROFILE, RUN, SEALS, render

NEEDED = {
    "shamir": {}, "static": {"current_key_id": "1", "current_key": "file:///key"},
    "awskms": {"kms_key_id": "alias/vault", "region": "eu-central-1"},
    "transit": {"address": "https://outer:8200", "key_name": "unseal", "mount_path": "transit/"},
    "gcpckms": {"project": "p", "region": "global", "key_ring": "r", "crypto_key": "k"},
    "azurekeyvault": {"tenant_id": "t", "vault_name": "v", "key_name": "k"},
}


def test_every_seal_has_an_example_here():
    assert set(NEEDED) == set(SEALS) and set(BY_PROFILE.values()) <= set(SEALS)


@pytest.mark.parametrize("seal", sorted(SEALS))
def test_every_seal(seal):
    made = render("onprem", seal, NEEDED[seal])
    assert made["type"] == seal and made["proven"] == ("run" if seal in RUN else "rendered")
    assert made["config"].startswith(f'seal "{seal}" {{\n') if seal != "shamir" else made["config"] == ""
    for name, value in NEEDED[seal].items():
        assert f'  {name} = "{value}"\n' in made["config"]


@pytest.mark.parametrize(("profile", "seal"), sorted(BY_PROFILE.items()))
def test_the_profile_names_the_seal(profile, seal):
    assert render(profile, None, NEEDED[seal])["type"] == seal
    assert render(profile, "shamir")["type"] == "shamir", "the site's word counts more"


def test_the_whole_text():
    made = render("aws", None, NEEDED["awskms"], {"command": "openbao-plugin-kms-awskms", "sha256sum": "ab12"})
    assert made == {"type": "awskms", "proven": "rendered", "config": (
        'plugin "kms" "awskms" {\n  command = "openbao-plugin-kms-awskms"\n  sha256sum = "ab12"\n}\n\n'
        'seal "awskms" {\n  kms_key_id = "alias/vault"\n  region = "eu-central-1"\n}\n')}


@pytest.mark.parametrize(("value", "shown"), [
    (True, '"true"'), (False, '"false"'), (5, '"5"'), ('a"b', '"a\\"b"'), ("a\nb", '"a\\nb"'), ("${x}", '"$${x}"'), ("키", '"키"')])
def test_values_are_quoted(value, shown):
    assert f"tls_server_name = {shown}" in render("onprem", "transit", {**NEEDED["transit"], "tls_server_name": value})["config"]


def refusal(*args):
    with pytest.raises(ValueError) as caught:
        render(*args)
    return str(caught.value)


def test_unknown_names():
    assert refusal("onprem", "awskm") == "there is no seal 'awskm'; did you mean 'awskms'?; there are: awskms, azurekeyvault, gcpckms, shamir, static, transit"
    assert refusal("onprm").startswith("there is no profile 'onprm'; did you mean 'onprem'?")


@pytest.mark.parametrize("seal", sorted(set(SEALS) - {"shamir"}))
def test_missing_options_are_all_named(seal):
    assert refusal("onprem", seal) == "; ".join(f"{seal}: {name} is missing" for name in SEALS[seal][0])


def test_unknown_options():
    assert refusal("aws", None, {**NEEDED["awskms"], "regoin": "x"}) == "awskms: there is no option 'regoin'; did you mean 'region'?"
    assert "plugin: there is no option 'cmd'" in refusal("aws", None, NEEDED["awskms"], {"cmd": "x"})
    assert "shamir: there is no option 'region'" in refusal("aws", "shamir", {"region": "x"})


@pytest.mark.parametrize(("seal", "name"), [("transit", "token"), ("awskms", "access_key"), ("awskms", "secret_key"), ("azurekeyvault", "client_secret")])
def test_secrets_stay_out_of_the_file(seal, name):
    said = refusal("onprem", seal, {**NEEDED[seal], name: "very-secret"})
    assert f"{seal}: {name} is a secret" in said and "very-secret" not in said


def test_what_is_built_in_takes_no_plugin():
    assert refusal("onprem", "static", NEEDED["static"], {"command": "x"}) == "static: it is built in and takes no plugin"


def test_all_faults_at_once():
    assert refusal("aws", None, {"regoin": "x", "secret_key": "y"}, {"cmd": "x"}).count(";") >= 5
