# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A large realm on a real Keycloak: nested groups and users by the thousand, in pages of the real size."""

from __future__ import annotations

import pytest

from tests.lab.keycloak_runs import Runs, put_secret

SUBGROUPS, USERS = 300, 3000
# Names of one list that need more than one page, and of every spelling.
TEAMS = [f"team {number} / 팀" for number in range(SUBGROUPS)]


def config(realm: str) -> dict:
    people = {f"person{number}": {"firstName": "민수", "lastName": f"김 {number}", "email": f"person{number}@example.com",
                                  "groups": [f"/platform/{TEAMS[number % SUBGROUPS].replace('/', '~/')}"]} for number in range(USERS)}
    return {"realms": {realm: {
        "settings": {"adminEventsEnabled": True},
        "roles": {"operator": {}},
        "groups": {"platform": {"subgroups": {team: {"realm_roles": ["operator"]} for team in TEAMS}}},
        "users": people}}}


@pytest.mark.timeout(1800, func_only=True)
def test_three_hundred_subgroups_and_three_thousand_users(keycloak, shared_server):
    put_secret(shared_server, "none", x="x")
    runs, realm = Runs(keycloak, shared_server, {"scope": "large"}), keycloak.realm("large")
    first = runs(config(realm))
    assert first["plan_size"] == 3 + SUBGROUPS + USERS and len(first["plan"]) == 200
    assert keycloak.get(f"{realm}/users/count") == USERS and keycloak.get(f"{realm}/groups/count?search=")["count"] >= 1
    before = keycloak.events(realm)
    again = runs(config(realm))
    assert again["plan"] == [] and again["stats"]["writes"] == 0 and keycloak.events(realm) == before
    # The login, the realm, roles; users in 7 pages, groups in one; the members of each of the 301 groups.
    assert again["stats"]["requests"] <= 1 + SUBGROUPS + 15
    print({"first": first["stats"], "again": again["stats"]})
    member = keycloak.one(f"{realm}/users?search=person7&max=3000", username="person7")
    assert [group["name"] for group in keycloak.get(f"{realm}/users/{member['id']}/groups")] == ["team 7 / 팀"]
