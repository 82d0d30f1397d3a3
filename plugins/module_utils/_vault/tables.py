# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fields of Vault's and OpenBao's objects, as their API documents name them, with the type each is compared in. Data only.

Secrets are in ``WRITE_ONLY``: Vault takes them and never shows them. ``FIXED`` fields are set at the birth of an object and can't be changed.
"""

from __future__ import annotations

import functools

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _fields
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.fields import cidrs, claims

table = functools.partial(_fields.table, cidrs=cidrs, claims=claims)

TUNE = table("duration: default_lease_ttl max_lease_ttl", "text: description listing_visibility plugin_version", "bool: force_no_cache",
             "set: audit_non_hmac_request_keys audit_non_hmac_response_keys passthrough_request_headers allowed_response_headers allowed_managed_keys")
AUTH_TUNE = {**TUNE, **table("text: token_type")}
MOUNT = table("text: type description", "map: options", "bool: local seal_wrap external_entropy_access", "any: tune config")
AUTH = table("text: type description", "map: options", "bool: local seal_wrap", "any: tune config roles users")

# The token parameters that every role of an auth method shares (OpenBao: /api-docs/auth/token, «tokenutil»).
TOKEN = table("duration: token_ttl token_max_ttl token_explicit_max_ttl token_period", "set: token_policies", "cidrs: token_bound_cidrs",
              "int: token_num_uses", "text: token_type", "bool: token_no_default_policy token_strictly_bind_ip")
# Names of old, still taken; Vault answers with the new ones.
TOKEN_ALIASES = {"policies": "token_policies", "ttl": "token_ttl", "max_ttl": "token_max_ttl", "period": "token_period",
                 "bound_cidrs": "token_bound_cidrs", "num_uses": "token_num_uses", "explicit_max_ttl": "token_explicit_max_ttl"}

_JWT_ROLE = {**TOKEN, **table(
    "text: role_type user_claim bound_subject groups_claim bound_claims_type callback_mode", "set: bound_audiences oidc_scopes allowed_redirect_uris",
    "claims: bound_claims", "map: claim_mappings", "duration: clock_skew_leeway expiration_leeway not_before_leeway max_age",
    "bool: user_claim_json_pointer verbose_oidc_logging oidc_disable_confirmation token_policies_template_claims")}
_JWT_CONFIG = table(
    "text: oidc_discovery_url oidc_client_id oidc_client_secret oidc_response_mode jwks_url bound_issuer default_role",
    "pem: oidc_discovery_ca_pem jwks_ca_pem", "pems: jwt_validation_pubkeys", "set: jwt_supported_algs oidc_response_types override_allowed_server_names",
    "any: provider_config", "bool: namespace_in_state skip_jwks_validation")

# type of auth method -> folder of its roles, fields of a role, fields of its configuration
ROLES = {
    "kubernetes": ("role", {**TOKEN, **table("set: bound_service_account_names bound_service_account_namespaces",
                                             "text: bound_service_account_namespace_selector audience alias_name_source")}),
    "approle": ("role", {**TOKEN, **table("bool: bind_secret_id local_secret_ids", "cidrs: secret_id_bound_cidrs",
                                          "int: secret_id_num_uses", "duration: secret_id_ttl")}),
    "jwt": ("role", _JWT_ROLE),
    "oidc": ("role", _JWT_ROLE),
    "userpass": ("users", {**TOKEN, **table("text: password")}),
}
AUTH_CONFIG = {
    "kubernetes": table("text: kubernetes_host token_reviewer_jwt issuer", "pem: kubernetes_ca_cert", "pems: pem_keys",
                        "bool: disable_iss_validation disable_local_ca_jwt use_annotations_as_alias_metadata"),
    "jwt": _JWT_CONFIG,
    "oidc": _JWT_CONFIG,
}
POLICY = table("text: policy")
KV_CONFIG = table("int: max_versions", "bool: cas_required", "duration: delete_version_after")

CONNECTION = table(
    "text: plugin_name plugin_version connection_url username password password_policy username_template password_authentication private_key",
    "text: host hosts tls_server_name auth_type service_account_json",
    "set: allowed_roles", "list: root_rotation_statements", "bool: verify_connection rotate_root disable_escaping insecure_tls tls",
    "int: max_open_connections max_idle_connections port protocol_version", "duration: max_connection_lifetime connect_timeout",
    "pem: tls_ca tls_certificate_key ca_cert pem_json pem_bundle")
DATABASE_ROLE = table("text: db_name credential_type", "duration: default_ttl max_ttl",
                      "list: creation_statements revocation_statements rollback_statements renew_statements", "map: credential_config")
STATIC_ROLE = table("text: db_name username credential_type", "duration: rotation_period", "list: rotation_statements", "map: credential_config")

_SUBJECT = table("set: ou organization country locality province street_address postal_code")
PKI_ROOT = {**_SUBJECT, **table(
    "text: common_name issuer_name key_name key_type private_key_format serial_number not_after", "int: key_bits signature_bits max_path_length",
    "duration: ttl not_before_duration", "set: alt_names ip_sans uri_sans other_sans permitted_dns_domains", "bool: exclude_cn_from_sans use_pss")}
PKI_INTERMEDIATE = {**PKI_ROOT, **table("text: signed_by")}
PKI_URLS = table("set: issuing_certificates crl_distribution_points ocsp_servers delta_crl_distribution_points", "bool: enable_templating")
PKI_ROLE = {**_SUBJECT, **table(
    "duration: ttl max_ttl not_before_duration", "text: issuer_ref key_type not_after not_before not_after_bound not_before_bound",
    "int: key_bits signature_bits",
    "bool: allow_localhost allowed_domains_template allow_bare_domains allow_subdomains allow_glob_domains allow_wildcard_certificates",
    "bool: allow_any_name enforce_hostnames allow_ip_sans server_flag client_flag code_signing_flag email_protection_flag use_pss",
    "bool: use_csr_common_name use_csr_sans generate_lease no_store require_cn basic_constraints_valid_for_non_ca allowed_uri_sans_template",
    "set: allowed_domains allowed_uri_sans allowed_other_sans allowed_serial_numbers allowed_user_ids allowed_ip_sans_cidr",
    "set: key_usage ext_key_usage ext_key_usage_oids policy_identifiers cn_validations")}

TRANSIT_KEY = table("text: type", "bool: derived exportable allow_plaintext_backup deletion_allowed convergent_encryption", "duration: auto_rotate_period",
                    "int: min_decryption_version min_encryption_version key_size")
IDENTITY = table("any: groups entities")
ENTITY = table("set: policies", "map: metadata", "bool: disabled", "any: aliases")
GROUP = table("text: type", "set: policies member_entities", "map: metadata", "any: aliases")
ALIAS = table("text: mount name")
ALIAS_NAME = table("text: name")
AUDIT = table("text: type description", "map: options", "bool: local")
SEED = table("any: data generate")

FIXED = {
    "mount": ("type", "local", "seal_wrap", "external_entropy_access"), "auth": ("type", "local", "seal_wrap"), "auth_role": ("role_type", "local_secret_ids"),
    "database_connection": ("plugin_name",), "transit_key": ("type", "derived", "convergent_encryption", "key_size"), "identity_group": ("type",),
}
WRITE_ONLY = {
    "auth_role": ("password",),
    "auth_config": ("token_reviewer_jwt", "oidc_client_secret"),
    "database_connection": ("password", "private_key", "tls_certificate_key", "pem_json", "pem_bundle", "service_account_json"),
}
# Taken when written, never shown, and no secret: of no use to compare.
UNSEEN = {"auth_config": ("skip_jwks_validation",), "database_connection": ("verify_connection", "rotate_root")}
