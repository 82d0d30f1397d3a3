# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ways to a token, in the order given."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.login import HEADER, Login

KUBERNETES = {"method": "kubernetes", "mount": "kubernetes", "role": "r"}
TOKEN, BOOTSTRAP = {"method": "token"}, {"method": "bootstrap"}
ANSWER = {"auth": {"client_token": "made", "lease_duration": 600, "policies": ["default", "automation"]}}


def login(ways, tokens=None, jwt=lambda way: "jwt", seen=None):
    return Login(ways, lambda way: (tokens or {}).get(way["method"]), jwt, (seen if seen is not None else set()).add)


def test_without_a_way_the_token_counts(vault):
    client, table = vault()
    seen: set[str] = set()
    made = login([], {"token": "given"}, seen=seen)
    assert made(client.http) == ({HEADER: "given"}, None) and made.method == "token" and seen == {"given"}
    assert table.asked() == [], "no call to find out about it"


def test_kubernetes(vault):
    client, table = vault({"POST auth/team/k8s/login": ANSWER})
    seen: set[str] = set()
    made = login([{**KUBERNETES, "mount": "team/k8s/"}], seen=seen)
    assert made(client.http) == ({HEADER: "made"}, 600)
    assert table.body("POST auth/team/k8s/login") == {"role": "r", "jwt": "jwt"} and HEADER not in table.server.seen[0][2]
    assert made.made == "made" and made.policies == ["default", "automation"] and seen == {"jwt", "made"}
    assert client.http.stats.writes == 0, "a login is no write"


def test_a_mount_stays_in_its_place(vault):
    client, table = vault({"POST auth/k8s%3Fx%23y/login": ANSWER})
    assert login([{**KUBERNETES, "mount": "k8s?x#y"}])(client.http).headers == {HEADER: "made"} and len(table.asked()) == 1
    with pytest.raises(ApiError, match="would lead elsewhere"):
        login([{**KUBERNETES, "mount": "../sys"}])(client.http)
    assert len(table.asked()) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_a_way_that_is_refused_leads_to_the_next_at_once(vault, status):
    """500: the method was mounted by a run that was killed before it was configured."""
    client, table = vault({"POST auth/kubernetes/login": (status, {"errors": ["could not load backend configuration"]})})
    made = login([KUBERNETES, BOOTSTRAP], {"bootstrap": "root"})
    assert made(client.http).headers == {HEADER: "root"} and made.method == "bootstrap" and len(table.asked()) == 1


def test_the_last_way_is_waited_for(vault):
    client, table = vault({"POST auth/kubernetes/login": [(500, {"errors": ["x"]}), (502, {"errors": ["x"]}), ANSWER]})
    assert login([TOKEN, KUBERNETES], {})(client.http).headers == {HEADER: "made"} and len(table.asked()) == 3


def test_a_way_that_lacks_something_leads_to_the_next(vault):
    def jwt(_way):
        raise ValueError("no kubeconfig")

    client, _table = vault()
    assert login([KUBERNETES, TOKEN], {"token": "t"}, jwt)(client.http).headers == {HEADER: "t"}


def test_when_no_way_leads_in_every_reason_is_told(vault):
    def jwt(_way):
        raise ValueError("no kubeconfig")

    client, _table = vault()
    with pytest.raises(ApiError) as error:
        login([KUBERNETES, TOKEN, BOOTSTRAP], {}, jwt)(client.http)
    for part in ("kubernetes: no kubeconfig", "token: token (or VAULT_TOKEN) is not there", "bootstrap: the bootstrap store's root token is not there"):
        assert part in str(error.value)


def test_a_sealed_or_silent_server_is_no_reason_to_try_another_way(vault):
    client, _table = vault({"POST auth/kubernetes/login": (503, {"errors": ["Vault is sealed"]})})
    with pytest.raises(ApiError, match="unseal it"):
        login([KUBERNETES, BOOTSTRAP], {"bootstrap": "root"})(client.http)


def test_a_given_token_that_was_refused_is_not_offered_again(vault):
    client, _table = vault()
    made = login([], {"token": "t"})
    made(client.http)
    with pytest.raises(ApiError, match="the token was refused: it is wrong, expired or revoked"):
        made(client.http)


def test_only_what_a_login_made_is_revoked(vault):
    client, table = vault({"POST auth/kubernetes/login": ANSWER})
    made = login([KUBERNETES])
    made(client.http)
    made.end(client.http)
    made.end(client.http)
    assert table.asked() == ["POST auth/kubernetes/login", "POST auth/token/revoke-self"]
    given = login([], {"token": "t"})
    given(client.http)
    given.end(client.http)
    assert len(table.asked()) == 2


def test_a_failed_revocation_is_no_failure(vault):
    client, _table = vault({"POST auth/kubernetes/login": ANSWER, "POST auth/token/revoke-self": (403, {"errors": ["x"]})})
    made = login([KUBERNETES])
    made(client.http)
    made.end(client.http)
    assert made.made is None
