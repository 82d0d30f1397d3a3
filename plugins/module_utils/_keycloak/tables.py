# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fields of Keycloak's objects, as its Admin REST API names them, with the type each is compared in. Data only.

Left out are fields that are objects of their own here (``smtpServer``, flow bindings, roles, mappers, scopes), and those that only the server sets.
"""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.fields import table

REALM = table(
    "text: displayName displayNameHtml loginTheme accountTheme adminTheme emailTheme defaultLocale defaultSignatureAlgorithm",
    "text: bruteForceStrategy", "ssl: sslRequired", "policy: passwordPolicy",
    "bool: enabled registrationAllowed registrationEmailAsUsername rememberMe verifyEmail loginWithEmailAllowed duplicateEmailsAllowed",
    "bool: resetPasswordAllowed editUsernameAllowed userManagedAccessAllowed organizationsEnabled adminPermissionsEnabled verifiableCredentialsEnabled",
    "bool: scimApiEnabled",
    "bool: bruteForceProtected permanentLockout internationalizationEnabled eventsEnabled adminEventsEnabled adminEventsDetailsEnabled",
    "bool: revokeRefreshToken offlineSessionMaxLifespanEnabled otpPolicyCodeReusable",
    "duration: accessTokenLifespan accessTokenLifespanForImplicitFlow ssoSessionIdleTimeout ssoSessionMaxLifespan ssoSessionIdleTimeoutRememberMe",
    "duration: ssoSessionMaxLifespanRememberMe offlineSessionIdleTimeout offlineSessionMaxLifespan clientSessionIdleTimeout clientSessionMaxLifespan",
    "duration: clientOfflineSessionIdleTimeout clientOfflineSessionMaxLifespan accessCodeLifespan accessCodeLifespanUserAction accessCodeLifespanLogin",
    "duration: actionTokenGeneratedByAdminLifespan actionTokenGeneratedByUserLifespan oauth2DeviceCodeLifespan eventsExpiration",
    "duration: maxFailureWaitSeconds minimumQuickLoginWaitSeconds waitIncrementSeconds maxDeltaTimeSeconds",
    "int: refreshTokenMaxReuse oauth2DevicePollingInterval failureFactor quickLoginCheckMilliSeconds maxTemporaryLockouts maxSecondaryAuthFailures notBefore",
    "int: otpPolicyInitialCounter otpPolicyDigits otpPolicyLookAheadWindow otpPolicyPeriod", "text: otpPolicyType otpPolicyAlgorithm",
    "set: supportedLocales enabledEventTypes eventsListeners", "map: attributes browserSecurityHeaders",
    "text: webAuthnPolicyPasswordlessMediation", "bool: webAuthnPolicyPasswordlessPasskeysEnabled",
    *(line.format(prefix=prefix) for prefix in ("webAuthnPolicy", "webAuthnPolicyPasswordless") for line in (
        "text: {prefix}RpEntityName {prefix}RpId {prefix}AttestationConveyancePreference {prefix}AuthenticatorAttachment {prefix}RequireResidentKey",
        "text: {prefix}ResidentKey {prefix}UserVerificationRequirement", "duration: {prefix}CreateTimeout", "bool: {prefix}AvoidSameAuthenticatorRegister",
        "list: {prefix}SignatureAlgorithms", "set: {prefix}AcceptableAaguids {prefix}ExtraOrigins")))
SMTP = table("text: host port from fromDisplayName replyTo replyToDisplayName envelopeFrom user password",
             "text: authType authTokenUrl authTokenScope authTokenClientId authTokenClientSecret", "bool: auth ssl starttls allowutf8 debug")
SMTP_SECRETS = ("password", "authTokenClientSecret")

CLIENT = table(
    "text: name description secret", "word: protocol clientAuthenticatorType", "url: rootUrl baseUrl adminUrl",
    "bool: enabled alwaysDisplayInConsole surrogateAuthRequired bearerOnly consentRequired standardFlowEnabled implicitFlowEnabled",
    "bool: directAccessGrantsEnabled serviceAccountsEnabled authorizationServicesEnabled publicClient frontchannelLogout fullScopeAllowed",
    "int: notBefore nodeReRegistrationTimeout", "redirects: redirectUris", "origins: webOrigins", "map: attributes authenticationFlowBindingOverrides",
    "exact: default_client_scopes optional_client_scopes")
MAPPER = table("word: protocol protocolMapper", "bool: consentRequired", "map: config")
SCOPE = table("text: description", "word: protocol", "map: attributes")
ROLE = table("text: description", "lists: attributes")
COMPOSITES = table("exact: composites", "by_client: client_composites")
SERVICE_ACCOUNT = table("exact: realm_roles", "by_client: client_roles", "paths: groups")
GROUP = table("text: description", "lists: attributes", "exact: realm_roles", "by_client: client_roles")
USER = table("lower: email", "text: firstName lastName password", "bool: enabled emailVerified temporary_password", "filled: attributes",
             "set: required_actions", "exact: realm_roles", "by_client: client_roles", "paths: groups")
