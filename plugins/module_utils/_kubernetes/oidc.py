# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What kube-apiserver needs to know of the realm whose people log in to it. Pure."""

from __future__ import annotations

import re

# «-» is no prefix at all to kube-apiserver, and system: is Kubernetes' own. The role keycloak has the same rule.
_PREFIX = re.compile(r"(?!system[^a-z0-9])[a-z0-9][a-z0-9.-]*[:#/]")


def arguments(issuer: str, *, client: str, prefix: str, ca_file: str = "") -> list[str]:
    """Options of kube-apiserver, ``name=value`` without dashes, as RKE2's ``kube-apiserver-arg`` takes them.

    issuer: of the realm's tokens; client: whose ID tokens count; ca_file: on the machine of the API server, where the CA of Keycloak's certificate
    isn't one of the system's. Names and groups get the prefix, or a person or group called system:… would be what Kubernetes means by that.
    The API server looks for Keycloak in the background until that is there, so it may start first.
    Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#configuring-the-api-server
    """
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"the prefix of names and groups is «{prefix}»: with it a group of Keycloak could pass for system:masters, which rules the cluster; "
                         "give letters that end in a colon, such as oidc:")
    made = {"oidc-issuer-url": issuer, "oidc-client-id": client, "oidc-username-claim": "preferred_username", "oidc-username-prefix": prefix,
            "oidc-groups-claim": "groups", "oidc-groups-prefix": prefix, **({"oidc-ca-file": ca_file} if ca_file else {})}
    return [f"{name}={value}" for name, value in made.items()]
