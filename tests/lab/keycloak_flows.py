# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flows that tests of a real Keycloak declare, and what they look at."""

from __future__ import annotations

import urllib.parse

import pytest

from tests.lab.keycloak_login import CLIENT
from tests.lab.keycloak_runs import Runs

SETTINGS = {"sslRequired": "none", "adminEventsEnabled": True}
OTP = {"authenticator": "auth-otp-form", "requirement": "REQUIRED"}
LOGIN = {"authenticator": "auth-username-password-form", "requirement": "REQUIRED"}
FACTOR = {"flow": "second factor", "requirement": "REQUIRED", "description": "A key or a code", "executions": [
    {"authenticator": "webauthn-authenticator", "requirement": "ALTERNATIVE"},
    {"authenticator": "auth-otp-form", "requirement": "ALTERNATIVE"},
    {"flow": "set up a code", "requirement": "ALTERNATIVE", "executions": [OTP]}]}
BROWSER = [
    {"authenticator": "auth-cookie", "requirement": "ALTERNATIVE"},
    {"authenticator": "identity-provider-redirector", "requirement": "ALTERNATIVE", "config": {"defaultProvider": "none"}},
    {"flow": "forms", "requirement": "ALTERNATIVE", "executions": [LOGIN, FACTOR]},
]
SIMPLE = [BROWSER[0], {"flow": "forms", "requirement": "ALTERNATIVE", "executions": [LOGIN, OTP]}]


@pytest.fixture(name="runs")
def flow_runs(keycloak, shared_server):
    return Runs(keycloak, shared_server, {"scope": f"flows{id(keycloak)}"})


@pytest.fixture(name="realm")
def flow_realm(runs):
    return runs.keycloak.realm("k2")


def config(realm: str, executions: list | None = None, alias: str = "platform browser", **more) -> dict:
    section = {"flows": {alias: {"description": "Two factors", "executions": BROWSER if executions is None else executions}}, "bindings": {"browser": alias},
               "required_actions": {"CONFIGURE_TOTP": {"enabled": True}, "webauthn-register": {"enabled": True}}, **more}
    return {"realms": {realm: {"settings": SETTINGS, "clients": {"probe": CLIENT}, "authentication": section}}}


def steps(keycloak, realm: str, alias: str) -> list[str]:
    """The flow as Keycloak lists it, a line a step."""
    rows = keycloak.get(f"{realm}/authentication/flows/{urllib.parse.quote(alias, safe='')}/executions")
    return [f"{'  ' * row['level']}{row['displayName'] if row.get('authenticationFlow') else row['providerId']} {row['requirement']}" for row in rows]


def ours(keycloak, realm: str) -> list[str]:
    """Names of all flows and subflows that aren't Keycloak's own; nothing may be left behind."""
    return sorted(flow["alias"] for flow in keycloak.call("POST", f"{realm}/partial-export")["authenticationFlows"] if not flow["builtIn"])


def settings(keycloak, realm: str) -> list[dict]:
    known = keycloak.call("POST", f"{realm}/partial-export")["authenticatorConfig"]
    return [entry["config"] for entry in known if "platform" in entry["alias"]]


WHOLE = ["platform browser", "platform browser forms", "platform browser second factor", "platform browser set up a code"]


def kim(keycloak, realm: str) -> None:
    """Somebody who has nothing but a password."""
    keycloak.call("POST", f"{realm}/users", {"username": "kim", "enabled": True, "email": "kim@example.com", "firstName": "K", "lastName": "L",
                                             "credentials": [{"type": "password", "value": "pass-of-kim"}]})
