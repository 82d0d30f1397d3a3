# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The end of the account that a new Keycloak is born with: only once others are proven to get in, and proven by a login that fails."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _plan, _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, segment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.login import Login

# Keycloak gives it to the account of KC_BOOTSTRAP_ADMIN_USERNAME (26.0 and newer).
TEMPORARY = "is_temporary_admin"
Resolve = t.Callable[[t.Any], t.Any]


def faults(params: dict[str, t.Any]) -> list[str]:
    """What is wrong with the options themselves."""
    found = []
    if not params["heirs"]:
        found.append("heirs: name at least one login that stays, or nobody could administer Keycloak afterwards")
    return found + _itself(params, {params["name"]})


def _itself(params: dict[str, t.Any], known: t.Collection[str]) -> list[str]:
    """Faults of heirs that are the account itself, ``known`` by these names; Keycloak takes them in any case, and an address of mail for a name."""
    taken = {name.lower() for name in known if name}
    return [f"heirs: {heir['username']} is the account that is to go" for heir in params["heirs"]
            if heir["method"] == "password" and (heir["username"] or "").lower() in taken and (heir.get("realm") or "master") == params["realm"]]


def end(keycloak: Keycloak, params: dict[str, t.Any], resolve: Resolve, register: t.Callable[[str], t.Any], check: bool) -> dict[str, t.Any]:
    """The module's result. Raises Refused before anything is done, ApiError, SecretError."""
    wrong = faults(params)
    if wrong:
        raise _plan.Refused("The options are wrong; nothing was done", wrong)
    realm, name = params["realm"], params["name"]
    what = f"account {name} of realm {realm}"
    found = keycloak.get(f"{segment(realm)}/users", what, username=name, exact="true", briefRepresentation="false") or []
    changes, warnings = [], []
    if found:
        if not (found[0].get("attributes") or {}).get(TEMPORARY):
            raise _plan.Refused("", [f"{keycloak.http.system}: {what} isn't the temporary one that Keycloak makes at its first start, so somebody may need it; "
                                     "delete it by hand, or name another"])
        wrong = _itself(params, {found[0].get("email") or ""})
        if wrong:
            raise _plan.Refused("The options are wrong; nothing was done", wrong)
        changes.append(_plan.Change("delete", "user", f"{realm}/{name}", before={"enabled": found[0].get("enabled")}, reason="others administer Keycloak now"))
    if not found and not check:
        warnings = _try_heirs(keycloak, params["heirs"], resolve, register)
    if found and not check:
        account = f"{segment(realm)}/users/{found[0]['id']}"
        _prove_heirs(keycloak, params["heirs"], account, resolve, register)
        keycloak.delete(account, what)
        warnings = _prove_end(keycloak, params, resolve)
    return _plan.result(changes, keycloak.http.stats.as_dict(), warnings, name="keycloak_bootstrap")


def _prove_heirs(keycloak: Keycloak, heirs: t.Sequence[dict[str, t.Any]], account: str, resolve: Resolve, register: t.Callable[[str], t.Any]) -> None:
    """Each of them gets in by itself, and may manage the very account that goes, roles too: Keycloak tells what an asker may do with a user."""
    for heir in heirs:
        login, who = Login([heir], resolve, register), heir.get("username") or heir.get("client_id")
        try:
            grant = login(keycloak.http)
            seen = keycloak.http.request("GET", f"admin/realms/{account}", auth=False, headers=grant.headers, what=f"the account that goes, asked by {who}")
            may = seen.json().get("access") or {}
            if not (may.get("manage") and may.get("mapRoles")):
                raise ApiError(keycloak.http.system, what=f"heir {who}", detail="it gets in, but may not manage accounts and their roles")
        except ApiError as error:
            error.hint = "nothing was deleted: make this login an administrator's first, or take it out of heirs"
            raise
        finally:
            login.end(keycloak.http)


def _try_heirs(keycloak: Keycloak, heirs: t.Sequence[dict[str, t.Any]], resolve: Resolve, register: t.Callable[[str], t.Any]) -> list[str]:
    """Warnings, where one of them gets in no more: that must not be found out on the day when nothing else lets anybody in."""
    warnings = []
    for heir in heirs:
        login, who = Login([heir], resolve, register), heir.get("username") or heir.get("client_id")
        try:
            login(keycloak.http)
        except ApiError as error:
            if error.status not in (0, 400, 401) or (error.status == 0 and error.what != "login"):
                raise
            warnings.append(f"{who} gets in no more ({error.detail}): its secret in Vault must be another than Keycloak's. Rotate it by name and run this "
                            "again, and Keycloak follows")
        finally:
            login.end(keycloak.http)
    return warnings


def _prove_end(keycloak: Keycloak, params: dict[str, t.Any], resolve: Resolve) -> list[str]:
    """Warnings. Raises ApiError where the account still gets in."""
    realm, name = params["realm"], params["name"]
    try:
        password = resolve(params["secret"]) if params["secret"] else None
    except _secrets.SecretError:
        password = None
    if not password:
        return [f"{name} is deleted; its password isn't known, so no login with it was tried"]
    answer = keycloak.http.request("POST", f"realms/{segment(realm)}/protocol/openid-connect/token", auth=False, write=False, idempotent=True,
                                   data={"grant_type": "password", "client_id": "admin-cli", "username": name, "password": str(password)},
                                   accept=(400, 401), what=f"login of {name}, which must fail")
    if answer.status_code not in (400, 401):
        raise ApiError(keycloak.http.system, what=f"account {name} of realm {realm}", detail="it was deleted, and still gets in",
                       hint="look for a user federation of the realm that knows the name")
    # Only this word is about the account; others are about the client that asks.
    said = answer.json().get("error")
    return [] if said == "invalid_grant" else [f"{name} is deleted; its login was refused for another reason ({said}), so that proves nothing"]
