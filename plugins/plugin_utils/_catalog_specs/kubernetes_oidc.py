# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The login of people to the API server of Kubernetes by Keycloak, as a part of RKE2's configuration."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes import oidc

from . import keycloak


def kubernetes_oidc_spec(plan: t.Mapping[str, t.Any], *, url: str = "", client: str = "kubernetes", prefix: str = "oidc:",
                         ca_file: str = "") -> dict[str, list[str]]:
    """Derive what the servers' `config.yaml` needs for it (https://docs.rke2.io/reference/server_config); nothing without a client.

    plan: of the lookup `catalog`; url: Keycloak's address as the servers and people reach it, derived unless given; client: as in keycloak_spec;
    prefix: of people's names and groups in the cluster; ca_file: path on the servers.
    Raises ValueError where the plan has no provider of identity and no url is given, and for an empty prefix.
    """
    return {"kube-apiserver-arg": oidc.arguments(keycloak.issuer(plan, url), client=client, prefix=prefix, ca_file=ca_file)} if client else {}
