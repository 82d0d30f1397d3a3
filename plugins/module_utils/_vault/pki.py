# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Certificate authorities: made once, found again by the name of their issuer, never replaced."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import tables
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import Vault
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.kinds import Kind


class _Issuer(Kind):
    """``item.name`` is <mount>/<issuer>; its specification says how to make it and is no state to compare."""

    def read(self, client: Vault, item: Item) -> dict | None:
        return {} if find(client, item.parent, item.leaf) else None

    def update(self, client: Vault, item: Item, body: dict, actual: dict) -> None:
        raise ApiError(client.http.system, what=self.what(item), detail="a certificate authority can't be changed", hint="declare a new issuer_name")


class _Root(_Issuer):
    def create(self, client: Vault, item: Item, body: dict) -> None:
        try:
            client.write(f"{item.parent}/root/generate/internal", {**item.extra["spec"], "issuer_name": item.leaf}, self.what(item))
        except ApiError:
            # A first try whose answer was lost, or a faster run: the issuer has the name, and that is what was wanted.
            if not find(client, item.parent, item.leaf):
                raise


class _Intermediate(_Issuer):
    """Four steps: key and request, signature, import, name. Cut anywhere, the key's name finds what is there and the rest is done."""

    def create(self, client: Vault, item: Item, body: dict) -> None:
        mount, name, what = item.parent, item.leaf, self.what(item)
        spec = {**item.extra["spec"], "key_name": name}
        key = self._key(client, mount, name, what)
        issuer = self._issuer(client, mount, key, what)
        if issuer is None:
            request = self._request(client, mount, key, spec, what)
            wanted = {field: spec[field] for field in _SIGNED if spec.get(field)}
            signed = client.write(f"{item.extra['signed_by']}/root/sign-intermediate", {**wanted, "csr": request, "format": "pem_bundle"}, what)
            chain = "\n".join([signed["certificate"], *signed.get("ca_chain", [])])
            client.write(f"{mount}/intermediate/set-signed", {"certificate": chain}, what)
            issuer = self._issuer(client, mount, self._key(client, mount, name, what), what)
        if issuer is None:
            raise ApiError(client.http.system, what=what, detail="the signed certificate has no key in this mount", hint="look at the mount's issuers and keys")
        client.write(f"{mount}/issuer/{issuer}", {"issuer_name": name}, what, method="PATCH")

    def _request(self, client: Vault, mount: str, key: str | None, spec: dict, what: str) -> str:
        """A signing request; with the key of an earlier try where there is one."""
        if key is None:
            try:
                return client.write(f"{mount}/intermediate/generate/internal", spec, what)["csr"]
            except ApiError:
                key = self._key(client, mount, spec["key_name"], what)
                if key is None:
                    raise
        asked = {field: value for field, value in spec.items() if field not in ("key_name", "key_type", "key_bits")}
        return client.write(f"{mount}/intermediate/generate/existing", {**asked, "key_ref": key}, what)["csr"]

    @staticmethod
    def _key(client: Vault, mount: str, name: str, what: str) -> str | None:
        keys = (client.listing(f"{mount}/keys", what) or {}).get("key_info") or {}
        return next((id_ for id_, info in keys.items() if info.get("key_name") == name), None)

    @staticmethod
    def _issuer(client: Vault, mount: str, key: str | None, what: str) -> str | None:
        issuers = (client.listing(f"{mount}/issuers", what) or {}).get("key_info") or {}
        return next((id_ for id_, info in issuers.items() if key and info.get("key_id") == key), None)


# What a request asks for and the signer has to be told again.
_SIGNED = ("common_name", "ttl", "max_path_length", "alt_names", "ip_sans", "ou", "organization", "country", "locality", "province",
           "street_address", "postal_code")


def find(client: Vault, mount: str, name: str) -> str | None:
    """The id of the issuer of that name."""
    issuers = (client.listing(f"{mount}/issuers", f"issuers of {mount}") or {}).get("key_info") or {}
    return next((id_ for id_, info in issuers.items() if info.get("issuer_name") == name), None)


KINDS = {kind.name: kind for kind in (
    _Root("pki_root", "", tables.PKI_ROOT, wave=1, label="root CA", prunable=False),
    _Intermediate("pki_intermediate", "", tables.PKI_INTERMEDIATE, wave=2, label="intermediate CA", prunable=False),
)}
