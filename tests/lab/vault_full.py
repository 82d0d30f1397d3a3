# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A configuration that has everything, for the tests of vault_config."""

from __future__ import annotations

PUBLIC_KEY = (
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9\n"
    "q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==\n-----END PUBLIC KEY-----\n"
)
POLICY = 'path "platform/data/grafana/*" {\n  capabilities = ["read"]\n}\n'


def full(ca: str) -> dict:
    """A configuration with every section but databases (they need a database: test_vault_config_database.py)."""
    return {
        "mounts": {
            "platform": {
                "type": "kv-v2",
                "description": "Secrets",
                "tune": {"max_lease_ttl": "768h", "listing_visibility": "unauth"},
                "config": {"max_versions": 7},
            },
            "pki": {"type": "pki", "tune": {"max_lease_ttl": "87600h", "audit_non_hmac_request_keys": ["common_name", "alt_names"]}},
            "pki_int": {"type": "pki", "tune": {"max_lease_ttl": "43800h"}},
            "team/transit": {"type": "transit"},
        },
        "policies": {"Grafana": POLICY, "ops": {"path": {"sys/health": {"capabilities": ["read", "sudo"]}, "platform/data/*": {"capabilities": ["read"]}}}},
        "secrets": {
            "platform/grafana/admin": {"data": {"username": "admin"}, "generate": {"password": 32}},
            **{f"platform/app-{n}/x": {"generate": {"a": {"kind": "hex", "length": 40}}} for n in range(6)},
        },
        "auth": {
            "kubernetes": {
                "type": "kubernetes",
                "tune": {"default_lease_ttl": "1h"},
                "config": {
                    "kubernetes_host": "https://127.0.0.1:6443",
                    "kubernetes_ca_cert": ca,
                    "disable_local_ca_jwt": True,
                    "token_reviewer_jwt": "vault:platform/grafana/admin#password",
                },
                "roles": {
                    "grafana": {
                        "bound_service_account_names": ["b", "a"],
                        "bound_service_account_namespaces": "x,y",
                        "policies": ["grafana"],
                        "ttl": "1h",
                        "audience": "vault",
                    }
                },
            },
            "approle": {
                "type": "approle",
                "roles": {
                    "ci": {
                        "token_policies": "ops,grafana",
                        "secret_id_ttl": "1d",
                        "secret_id_num_uses": 3,
                        "token_bound_cidrs": ["10.0.0.1/32", "10.1.0.0/16"],
                        "token_type": "batch",
                    }
                },
            },
            "jwt": {
                "type": "jwt",
                "config": {"jwt_validation_pubkeys": [PUBLIC_KEY], "default_role": "ci"},
                "roles": {
                    "ci": {
                        "user_claim": "sub",
                        "bound_audiences": ["b", "a"],
                        "bound_claims": {"g": "x", "h": ["2", "1"]},
                        "claim_mappings": {"a": "b"},
                        "clock_skew_leeway": "1m",
                        "token_policies": ["ops"],
                    }
                },
            },
            "oidc": {
                "type": "oidc",
                "roles": {
                    "people": {
                        "user_claim": "sub",
                        "allowed_redirect_uris": ["https://b/c", "https://a/b"],
                        "oidc_scopes": ["profile"],
                        "groups_claim": "groups",
                    }
                },
            },
            "userpass": {"type": "userpass", "users": {"Glass": {"password": "vault:platform/grafana/admin#password", "token_policies": ["ops"]}}},
        },
        "pki": {
            "pki": {
                "root": {"common_name": "Root", "ttl": "87000h", "key_type": "ec"},
                "urls": {"issuing_certificates": ["http://b/ca", "http://a/ca"], "crl_distribution_points": ["http://a/crl"]},
                "roles": {"web": {"allowed_domains": ["example.com"], "allow_subdomains": True, "max_ttl": "72h", "key_type": "ec"}},
            },
            "pki_int": {
                "intermediate": {"common_name": "Intermediate", "ttl": "8760h", "key_type": "ec", "organization": "Us", "signed_by": "pki"},
                "roles": {"web": {"allowed_domains": "example.com,example.org", "allow_bare_domains": True, "max_ttl": "72h", "ou": ["a"]}},
            },
        },
        "transit": {
            "team/transit": {
                "keys": {
                    "unseal": {"type": "aes256-gcm96", "deletion_allowed": True, "auto_rotate_period": "30d"},
                    "sign": {"type": "ed25519", "exportable": True, "min_decryption_version": 1},
                }
            }
        },
        "identity": {
            "groups": {
                "admins": {"type": "external", "policies": ["ops", "grafana"], "aliases": [{"mount": "oidc", "name": "platform-admins"}]},
                "people": {"member_entities": ["kim", "lee"], "policies": ["ops"], "metadata": {"team": "a"}},
            },
            "entities": {
                "kim": {"policies": ["ops"], "metadata": {"mail": "kim@example.com"}, "aliases": [{"mount": "userpass", "name": "glass"}]},
                "lee": {"disabled": True},
            },
        },
    }
