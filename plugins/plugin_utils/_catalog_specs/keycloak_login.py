# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How people log in to the platform: settings of its realm, and flows that ask everybody for a second factor. Data only."""

from __future__ import annotations

import typing as t

LANGUAGES = ["en", "ko"]
_MINUTE, _DAY = 60, 86400
_FORM = {"authenticator": "auth-username-password-form", "requirement": "REQUIRED"}
# Whoever has neither a key nor a code yet is led to set up a code at the first login. A key comes before: a stolen password then sets up nothing.
_FACTOR = {"flow": "second factor", "requirement": "REQUIRED", "description": "A security key or a code", "executions": [
    {"authenticator": "webauthn-authenticator", "requirement": "ALTERNATIVE"},
    {"authenticator": "auth-otp-form", "requirement": "ALTERNATIVE"},
    {"flow": "set up a code", "requirement": "ALTERNATIVE", "executions": [{"authenticator": "auth-otp-form", "requirement": "REQUIRED"}]},
]}
BROWSER, DIRECT = "platform browser", "platform direct grant"
AUTHENTICATION: dict[str, t.Any] = {
    "flows": {
        BROWSER: {"description": "Password and a second factor, in a browser", "executions": [
            {"authenticator": "auth-cookie", "requirement": "ALTERNATIVE"},
            {"authenticator": "identity-provider-redirector", "requirement": "ALTERNATIVE"},
            {"flow": "forms", "requirement": "ALTERNATIVE", "executions": [_FORM, _FACTOR]},
        ]},
        # The built-in one lets in by the password alone whoever has a key and no code; every realm is born with a client that may use it (admin-cli).
        DIRECT: {"description": "Password and a code, without a browser", "executions": [
            {"authenticator": "direct-grant-validate-username", "requirement": "REQUIRED"},
            {"authenticator": "direct-grant-validate-password", "requirement": "REQUIRED"},
            # As REQUIRED without the condition it ends in an internal error for whoever has no code (26.7).
            {"flow": "code", "requirement": "CONDITIONAL", "executions": [
                {"authenticator": "conditional-user-configured", "requirement": "REQUIRED"},
                {"authenticator": "direct-grant-validate-otp", "requirement": "REQUIRED"},
            ]},
            {"flow": "no code", "requirement": "CONDITIONAL", "executions": [
                {"authenticator": "conditional-sub-flow-executed", "requirement": "REQUIRED",
                 "config": {"flow_to_check": "code", "check_result": "not-executed"}},
                {"authenticator": "deny-access-authenticator", "requirement": "REQUIRED"},
            ]},
        ]},
    },
    "bindings": {"browser": BROWSER, "direct_grant": DIRECT},
    "required_actions": {
        "CONFIGURE_TOTP": {"enabled": True}, "webauthn-register": {"enabled": True}, "UPDATE_PASSWORD": {"enabled": True},
        # Or a stolen session takes the second factor off, and a stolen password sets a new one up. Administrators reset factors.
        "delete_credential": {"enabled": False},
    },
}
# An address of mail is whose it is by an administrator's word, or a directory's: nobody proves theirs here, and apps know people by it.
PROFILE = {"attributes": {"email": {"permissions": {"view": ["admin", "user"], "edit": ["admin"]}}}}


def settings(realm: str, locale: str) -> dict[str, t.Any]:
    """Settings of the realm, as RealmRepresentation names them; durations in seconds. Raises ValueError on a language that isn't there."""
    if locale not in LANGUAGES:
        raise ValueError(f"the locale {locale} is none of {', '.join(LANGUAGES)}")
    return {
        "enabled": True, "displayName": realm, "sslRequired": "all",
        "registrationAllowed": False, "resetPasswordAllowed": False, "editUsernameAllowed": False, "rememberMe": False,
        "loginWithEmailAllowed": True, "duplicateEmailsAllowed": False,
        "passwordPolicy": "length(14) and maxLength(128) and notUsername(undefined) and notEmail(undefined) and passwordHistory(5)",
        # Five wrong ones, then a minute, two, up to a quarter of an hour: never for good, or anybody could lock anybody out.
        "bruteForceProtected": True, "permanentLockout": False, "failureFactor": 5, "waitIncrementSeconds": _MINUTE,
        "maxFailureWaitSeconds": 15 * _MINUTE, "maxDeltaTimeSeconds": _DAY // 2,
        "accessTokenLifespan": 5 * _MINUTE, "ssoSessionIdleTimeout": 30 * _MINUTE, "ssoSessionMaxLifespan": 600 * _MINUTE,
        # Of apps that stay logged in for a person; without this they do so for good.
        "offlineSessionMaxLifespanEnabled": True, "offlineSessionMaxLifespan": 30 * _DAY, "offlineSessionIdleTimeout": 14 * _DAY,
        # Bodies of admin events hold whole objects: what happened and who did it is enough.
        "eventsEnabled": True, "eventsExpiration": 30 * _DAY, "adminEventsEnabled": True, "adminEventsDetailsEnabled": False,
        "attributes": {"adminEventsExpiration": str(90 * _DAY)},
        "internationalizationEnabled": True, "supportedLocales": LANGUAGES, "defaultLocale": locale,
        # All of it, as most apps know it: of a policy that is declared in part, a new realm gets zeros for the rest, and no code ever fits (26.7).
        "otpPolicyType": "totp", "otpPolicyAlgorithm": "HmacSHA1", "otpPolicyDigits": 6, "otpPolicyPeriod": 30, "otpPolicyInitialCounter": 0,
        "otpPolicyLookAheadWindow": 1, "otpPolicyCodeReusable": False,
        "webAuthnPolicyRpEntityName": realm,
    }
