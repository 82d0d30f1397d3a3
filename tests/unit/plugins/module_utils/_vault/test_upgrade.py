# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Automation's own policy goes first when it is too old. The whole way is shown in tests/lab."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import upgrade
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.desired import parse
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.world import World
from tests.unit.plugins.module_utils._vault.conftest import data

NEW, OLD = 'path "new" { capabilities = ["read"] }', 'path "old" { capabilities = ["read"] }'
DENIED = (403, {"errors": ["permission denied"]})
CONFIG = {"policies": {"automation": NEW, "other": NEW, "same": OLD}, "auth": {"ap": {"type": "approle", "roles": {"r": {}}}}}
OWNED = ("policy:automation", "policy:other", "policy:same")


def ledger(*keys: str) -> Ledger:
    made = Ledger(None, "vault", "x")
    made.objects = {key: {} for key in keys}
    return made


def world(text: str | None = OLD) -> World:
    return World(policies={"automation": text, "other": OLD, "same": OLD}, auths={"ap": {"type": "approle"}})


@pytest.mark.parametrize(
    ("own", "owned", "adopt", "names"),
    [
        (["automation", "default"], OWNED, False, ["automation"]),
        (["automation", "other"], OWNED, False, ["automation", "other"]),
        (["same"], OWNED, False, []),
        ([], OWNED, False, []),
        (["automation"], (), False, []),
        (["automation"], (), True, ["automation"]),
    ],
)
def test_pending_are_our_tokens_own_policies_that_are_ours_to_change(vault, own, owned, adopt, names):
    client, table = vault()
    found = upgrade.pending(client, parse(CONFIG), world(), ledger(*owned), own, adopt)
    assert [item.name for item in found] == names and table.asked() == []


@pytest.mark.parametrize(("text", "names"), [(OLD, ["automation"]), (NEW, [])])
def test_a_text_that_no_list_told_is_read(vault, text, names):
    client, table = vault({"GET sys/policies/acl/automation": data(policy=text)})
    found = upgrade.pending(client, parse(CONFIG), world(None), ledger(*OWNED), ["automation"], False)
    assert [item.name for item in found] == names and table.asked() == ["GET sys/policies/acl/automation"]


def fill(client, own=("automation",)):
    return upgrade.fill(client, parse(CONFIG), ledger(*OWNED), world(), lambda: own, False)


def test_without_a_refusal_nothing_is_asked(vault):
    client, table = vault({"LIST auth/ap/role": data(keys=[])})
    early = fill(client)
    assert early.policies == early.hidden == early.warnings() == [] and table.asked() == ["LIST auth/ap/role"]


def test_a_refusal_that_no_policy_of_ours_ends_is_an_error(vault):
    client, _table = vault({"LIST auth/ap/role": DENIED, "GET auth/token/lookup-self": data()})
    with pytest.raises(ApiError, match="permission denied"):
        fill(client, own=("default",))
    client, table = vault({"LIST auth/ap/role": (500, {"errors": ["broken"]})})
    with pytest.raises(ApiError, match="broken"):
        fill(client)
    assert not [asked for asked in table.asked() if asked.startswith("POST")]


def test_what_can_not_be_seen_is_told_and_nothing_is_written_yet(vault):
    client, table = vault({"LIST auth/ap/role": DENIED, "GET auth/ap/role/r": DENIED, "GET auth/token/lookup-self": data()})
    early = fill(client)
    assert [item.name for item in early.policies] == ["automation"] and early.hidden == ["the list of auth_role of ap", "role ap/r"]
    assert "role ap/r can't be seen before the policy automation is updated; taken to be as declared" in early.warnings()
    assert not [asked for asked in table.asked() if asked.startswith("POST")]


def test_then_the_policy_is_written(vault):
    client, table = vault()
    item = next(item for item in parse(CONFIG).of("policy") if item.name == "automation")
    assert upgrade.update(client, upgrade.Early([item], ["x"])).startswith("our own policy automation was updated before the rest was read")
    assert table.body("POST sys/policies/acl/automation") == {"policy": NEW}
