# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The guard of flows, against what a real Keycloak does with somebody who has only a password."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_guard
from tests.lab.keycloak_flows import FACTOR, LOGIN, OTP, SETTINGS, flow_realm, flow_runs, kim  # noqa: F401  # pylint: disable=unused-import
from tests.lab.keycloak_login import CLIENT, Person


def sub(requirement: str, *executions: dict, name: str = "sub") -> dict:
    return {"flow": name, "requirement": requirement, "executions": list(executions)}


def step(authenticator: str, requirement: str = "REQUIRED") -> dict:
    return {"authenticator": authenticator, "requirement": requirement}


# A flow, and what somebody who has only a password meets there: the field of a form, or None for Keycloak's page of errors.
MEETS = {
    "code": ([LOGIN, OTP], "totp"),
    "key": ([LOGIN, step("webauthn-authenticator")], "clientDataJSON"),
    "passkey": ([LOGIN, step("webauthn-authenticator-passwordless")], None),
    "recovery codes": ([LOGIN, step("auth-recovery-authn-code-form")], "generatedRecoveryAuthnCodes"),
    "alternatives alone": ([LOGIN, sub("REQUIRED", step("auth-otp-form", "ALTERNATIVE"), step("webauthn-authenticator", "ALTERNATIVE"))], None),
    "alternatives with a way in": ([LOGIN, FACTOR], "totp"),
    "nothing enabled": ([LOGIN, sub("REQUIRED", step("auth-otp-form", "DISABLED"))], None),
    "everybody refused": ([LOGIN, step("deny-access-authenticator")], None),
    "factor before name": ([OTP, LOGIN], None),
    "condition": ([LOGIN, sub("CONDITIONAL", step("conditional-user-configured"), OTP)], "inside"),
}


@pytest.mark.parametrize("name", MEETS)
def test_the_guard_foresees_what_keycloak_does(runs, realm, name):
    keycloak, (tree, meets) = runs.keycloak, MEETS[name]
    runs({"realms": {realm: {"settings": SETTINGS, "clients": {"probe": CLIENT}, "authentication": {"flows": {"f": {"executions": tree}}}}}})
    kim(keycloak, realm)
    keycloak.call("PUT", realm, {"browserFlow": "f"})
    person = Person(keycloak, realm)
    if "password" in person.asked:
        person.log_in("kim", "pass-of-kim")
    found = "inside" if person.inside else next((field for field in person.asked if field in ("totp", "clientDataJSON", "generatedRecoveryAuthnCodes")), None)
    assert found == meets, person.told
    faults = flows_guard.faults("browser", tree, flows_guard.Realm(dict.fromkeys(flows_guard.SETUP.values(), True)))
    assert bool(faults) is (meets is None), faults
