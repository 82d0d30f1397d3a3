# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who could pass a flow: refuses one that locks people out, or lets them in without a credential. Pure.

It walks the tree as Keycloak's DefaultAuthenticationFlow does: REQUIRED steps one after the other, ALTERNATIVE ones only where there is no
REQUIRED beside them, a subflow in which nothing is enabled fails. Three persons are sent through:

- ``newcomer``: knows the password, has no second factor yet. A REQUIRED factor is set up on the way where its required action is enabled; an
  ALTERNATIVE one isn't (Keycloak answers CREDENTIAL_SETUP_REQUIRED), so alternatives alone keep every newcomer out.
- ``equipped``: has every credential.
- ``stranger``: knows a name and nothing else. Must not get through.

Authenticators of others are taken for sound: newcomers pass them, strangers don't. A CONDITIONAL subflow may not apply to whoever comes, so nobody is
held up by one, but where its condition is that no passkey was used (``conditional-credential``, not included): that holds for every stranger.
"""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.flows_tree import Tree, is_condition

# binding -> the realm's own name for it, the kind of flow that can be bound
BINDINGS = {
    "browser": ("browserFlow", "basic-flow"), "registration": ("registrationFlow", "basic-flow"), "direct_grant": ("directGrantFlow", "basic-flow"),
    "reset_credentials": ("resetCredentialsFlow", "basic-flow"), "client_authentication": ("clientAuthenticationFlow", "client-flow"),
    "docker_authentication": ("dockerAuthenticationFlow", "basic-flow"), "first_broker_login": ("firstBrokerLoginFlow", "basic-flow"),
}
# authenticator -> the required action by which a person sets it up during the login
SETUP = {"auth-otp-form": "CONFIGURE_TOTP", "webauthn-authenticator": "webauthn-register", "auth-recovery-authn-code-form": "CONFIGURE_RECOVERY_AUTHN_CODES"}
# Has to be there before: Keycloak asks nobody to set it up on the way (26.7: «credential setup required»).
_PASSKEY = "webauthn-authenticator-passwordless"
_BEFOREHAND = (_PASSKEY, "direct-grant-validate-otp")
# It tells who it is, and proves it with the password.
_PASSWORD_FORMS = ("auth-username-password-form", "http-basic-authenticator")
_PASSWORDS = ("auth-password-form", "direct-grant-validate-password")
# It tells who it is, and proves nothing.
_NAMES = ("auth-username-form", "direct-grant-validate-username")
# Only for those who are logged in already, or belong to an organisation.
_LATER = ("auth-cookie", "organization")
_NEUTRAL = ("allow-access-authenticator", "user-session-limits", "auth-conditional-otp-form")
# What only some people have, and no break-glass account.
_ELSEWHERE = ("auth-spnego", "auth-x509-client-username-form", "direct-grant-auth-x509-username")

# Steps of a login without a browser, and those that show a page.
_DIRECT = "direct-grant-"
_OF_A_WAY = {*(f"{_DIRECT}{name}" for name in ("validate-username", "validate-password", "validate-otp", "auth-x509-username")), "auth-username-password-form",
             "auth-username-form", "auth-password-form", *SETUP, _PASSKEY, "auth-cookie", "identity-provider-redirector"}
# Of a forgotten password: they prove nothing.
_RESET = {"reset-credentials-choose-user", "reset-password", "reset-otp"}

NEWCOMER, EQUIPPED, STRANGER, BREAK_GLASS = "newcomer", "equipped", "stranger", "break-glass account"


class Realm(t.NamedTuple):
    """What a flow depends on. ``actions``: which required actions are enabled; ``providers``: names of the identity providers, None where nobody knows."""

    actions: t.Mapping[str, bool]
    providers: t.Collection[str] | None = None


class Stuck(Exception):
    """The person can't go on; the text says where and why."""


def pass_through(tree: Tree, person: str, realm: Realm) -> None:
    """Raises Stuck."""
    if not _steps(tree, person, realm, False, "the flow"):
        raise Stuck("no enabled step finds out who the person is")


def _steps(tree: Tree, person: str, realm: Realm, known: bool, where: str) -> bool:
    """Is it known afterwards who the person is?"""
    steps = [step for step in tree if step["requirement"] != "DISABLED" and not is_condition(step)]
    needed = [step for step in steps if step["requirement"] != "ALTERNATIVE"]
    if not steps:
        raise Stuck(f"nothing is enabled in {where}")
    if needed:
        for step in needed:
            if step["requirement"] == "CONDITIONAL" and not (person == STRANGER and _holds(step)):
                continue
            known = _step(step, person, realm, known)
        return known
    reasons, best = [], None
    for step in steps:
        try:
            best = _step(step, person, realm, known) or bool(best)
        except Stuck as reason:
            reasons.append(str(reason))
    if best is None:
        raise Stuck(" and ".join(dict.fromkeys(reasons)))
    return best


def _holds(subflow: dict) -> bool:
    """Is the condition of the subflow met by everybody who has proved nothing yet?"""
    conditions = [step for step in subflow.get("executions", ()) if step["requirement"] != "DISABLED" and is_condition(step)]
    return bool(conditions) and all(step["authenticator"] == "conditional-credential" and (step.get("config") or {}).get("included") == "false"
                                    for step in conditions)


def _enabled(tree: Tree) -> set[str]:
    """The authenticators of all steps that aren't disabled."""
    steps = [step for step in tree if step["requirement"] != "DISABLED"]
    return set().union(*(_enabled(step["executions"]) if "flow" in step else {step["authenticator"]} for step in steps))


def certain(tree: Tree) -> set[str]:
    """The authenticators that everybody passes, whichever way they take."""
    steps = [step for step in tree if step["requirement"] != "DISABLED" and not is_condition(step)]
    needed = [step for step in steps if step["requirement"] != "ALTERNATIVE"]
    passed = [certain(step["executions"]) if "flow" in step else {step["authenticator"]} for step in needed or steps if step["requirement"] != "CONDITIONAL"]
    return (set.union if needed else set.intersection)(*passed) if passed else set()


def _step(step: dict, person: str, realm: Realm, known: bool) -> bool:
    if "flow" in step:
        return _steps(step["executions"], person, realm, known, f"the subflow {step['flow']}")
    name = step["authenticator"]
    if name == "deny-access-authenticator":
        raise Stuck(f"{name} refuses everybody")
    if name in _NAMES:
        return True
    if name in _NEUTRAL:
        return known
    if name in _PASSWORD_FORMS or name in _PASSWORDS:
        if person == STRANGER:
            raise Stuck(f"{name} asks for the password")
        if name in _PASSWORDS and not known:
            raise Stuck(f"{name} comes before anything finds out who the person is")
        return True
    if name in SETUP or name in _BEFOREHAND:
        return _factor(name, step, person, realm, known)
    return _other(name, step, person, realm)


def _factor(name: str, step: dict, person: str, realm: Realm, known: bool) -> bool:
    """A second factor, or a passkey in place of a name."""
    if person == EQUIPPED and (known or name == _PASSKEY):
        return True
    if name in _BEFOREHAND:
        raise Stuck(f"{name} can't be set up during such a login")
    if not known:
        raise Stuck(f"{name} comes before anything finds out who the person is")
    action = SETUP[name]
    if step["requirement"] != "REQUIRED":
        raise Stuck(f"{name} is ALTERNATIVE, so nobody is asked to set it up (put it as REQUIRED into a last alternative subflow)")
    if not realm.actions.get(action):
        raise Stuck(f"{name} can't be set up while the required action {action} is disabled or not registered")
    return True


def _other(name: str, step: dict, person: str, realm: Realm) -> bool:
    """What proves somebody by other means, and what is not Keycloak's own."""
    if person == EQUIPPED:
        return True
    if person == STRANGER:
        raise Stuck(f"{name} asks for a proof")
    if name in _LATER:
        raise Stuck(f"{name} is of no use to somebody who logs in for the first time")
    if name == "identity-provider-redirector":
        provider = step.get("config", {}).get("defaultProvider")
        if not provider or (realm.providers is not None and provider not in realm.providers):
            raise Stuck(f"{name} leads nowhere without defaultProvider, the name of an identity provider")
    if person == BREAK_GLASS:
        raise Stuck(f"{name} is not for an account that has nothing but its password")
    return True


def faults(binding: str, tree: Tree, realm: Realm, *, master: bool = False, lockout: bool = False) -> list[str]:
    """Why the flow must not be bound there. ``master``: the realm whose administrators and service accounts run this. ``lockout``: it was
    declared that newcomers can't get in by themselves."""
    if binding == "client_authentication":
        enabled = [step["authenticator"] for step in tree if "flow" not in step and step["requirement"] != "DISABLED"]
        if not enabled and not any("flow" in step for step in tree):
            return ["no client could log in: nothing is enabled in the flow"]
        return ["the service account that runs this could log in no more: client-secret isn't enabled"] if master and "client-secret" not in enabled else []
    if binding == "reset_credentials" and any(step["requirement"] != "DISABLED" for step in tree):
        proofs = certain(tree) - _RESET
        return [] if proofs else ["whoever knows a name could set another password: reset-credential-email isn't REQUIRED for everybody"]
    if binding not in ("browser", "direct_grant"):
        return [] if any(step["requirement"] != "DISABLED" for step in tree) else ["nobody could pass it: nothing is enabled in the flow"]
    stray = sorted(name for name in _enabled(tree) if name.startswith(_DIRECT) is not (binding == "direct_grant") and name in _OF_A_WAY)
    if stray:
        where = "a browser" if binding == "browser" else "a login without one"
        return [f"nobody could log in: {stray[0]} does nothing in {where}"]
    person = BREAK_GLASS if master else EQUIPPED if lockout or binding == "direct_grant" else NEWCOMER
    found = []
    try:
        pass_through(tree, person, realm)
    except Stuck as reason:
        who = {BREAK_GLASS: "the break-glass account, which has nothing but a password, could log in no more",
               NEWCOMER: "nobody who has only a password yet could log in", EQUIPPED: "nobody could log in"}[person]
        found.append(f"{who}: {reason}")
    try:
        pass_through(tree, STRANGER, realm)
        found.append("whoever knows a name could log in: no step that everybody has to pass asks for a credential")
    except Stuck:
        pass
    return found
