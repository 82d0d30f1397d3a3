# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every form in which systems and people write a value maps to one."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import NO_REFERENCE, TYPES, checked, duration, no_reference, normal, table

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\nAAAA\n-----END CERTIFICATE-----"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("768h", 2764800),
        (2764800, 2764800),
        ("2764800", 2764800),
        ("2764800s", 2764800),
        ("32d", 2764800),
        ("1h30m", 5400),
        ("90s", 90),
        ("1500ms", 1),
        ("0", 0),
        (0, 0),
        ("", 0),
        (None, 0),
        (1.5, 1),
        (" 5m ", 300),
        ("-1", -1),
        ("0s", 0),
        ("1.5h", 5400),
    ],
)
def test_durations(value, seconds):
    assert duration(value) == seconds


@pytest.mark.parametrize("value", ["soon", "1 hour", "h", "5x", True, ["1h"], {}, "1h later"])
def test_no_durations(value):
    with pytest.raises(ValueError, match="a duration such as 90s, 24h, 30d"):
        duration(value)


@given(st.integers(0, 10**7))
def test_a_duration_is_the_same_as_number_and_text(seconds):
    assert duration(seconds) == duration(str(seconds)) == duration(f"{seconds}s") == duration(f"{seconds // 3600}h{seconds % 3600}s")


CASES = [
    ("text", None, ""),
    ("text", "", ""),
    ("text", "a", "a"),
    ("text", 3, "3"),
    ("text", 1.5, "1.5"),
    ("pem", PEM + "\n", PEM),
    ("pem", "\r\n" + PEM.replace("\n", "\r\n"), PEM),
    ("pem", None, ""),
    ("pems", [PEM + "\n"], [PEM]),
    ("pems", None, []),
    ("pems", PEM, [PEM]),
    ("bool", None, False),
    ("bool", True, True),
    ("bool", "true", True),
    ("bool", "False", False),
    ("bool", "", False),
    ("int", None, 0),
    ("int", "", 0),
    ("int", "7", 7),
    ("int", 7, 7),
    ("int", "-1", -1),
    ("list", None, []),
    ("list", "", []),
    ("list", "a;b", ["a;b"]),
    ("list", ["b", "a"], ["b", "a"]),
    ("list", ("b", 1), ["b", "1"]),
    ("set", "b,a", ["a", "b"]),
    ("set", " b , a,", ["a", "b"]),
    ("set", ["b", "a", "b"], ["a", "b"]),
    ("set", None, []),
    ("set", "", []),
    ("map", None, {}),
    ("map", {"a": 1, "b": True}, {"a": "1", "b": "true"}),
    ("any", {"b": 1, "a": [1]}, {"a": [1], "b": 1}),
    ("any", None, {}),
]


@pytest.mark.parametrize(("kind", "value", "expected"), CASES, ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)])
def test_normal_forms(kind, value, expected):
    made = TYPES[kind](value)
    assert made == expected
    assert TYPES[kind](made) == made, "normalising twice changes nothing"


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("text", ["a"], "a text"),
        ("text", True, "a text"),
        ("text", {}, "a text"),
        ("bool", "yes", "true or false"),
        ("bool", 1, "true or false"),
        ("int", "x", "a whole number"),
        ("int", True, "a whole number"),
        ("int", 1.5, "a whole number"),
        ("list", {"a": 1}, "a list of texts"),
        ("list", [["a"]], "a list of texts"),
        ("set", [True], "a list of texts"),
        ("set", 3, "a list of texts"),
        ("map", "a", "a map of texts"),
        ("map", {"a": []}, "a text"),
        ("pem", [], "a text"),
    ],
)
def test_wrong_types(kind, value, reason):
    with pytest.raises(ValueError, match=reason):
        TYPES[kind](value)


def test_a_table_reads_as_it_is_written():
    assert table("text: a b", "int: c") == {"a": TYPES["text"], "b": TYPES["text"], "c": TYPES["int"]}


def test_a_system_adds_types_of_its_own():
    def loud(value):
        return (value or "").upper()

    types = table("loud: a", "text: b", loud=loud)
    faults: list[str] = []
    assert normal(types, {"a": "x"}) == {"a": "X", "b": ""} and checked(types, {"a": "y"}, "here", faults) == {"a": "Y"} and faults == []
    with pytest.raises(KeyError):
        table("lout: a")


def test_an_answer_is_reduced_to_the_table_and_filled_up():
    assert normal(table("text: a", "int: b", "set: c"), {"a": "x", "c": "z,y", "other": 1}) == {"a": "x", "b": 0, "c": ["y", "z"]}


# --- declarations ----------------------------------------------------------------------------------------------------------------
TYPES_OF_ROLE = table("duration: token_ttl", "set: token_policies", "text: password name", "bool: flag")


def check(values, **more):
    faults: list[str] = []
    return checked(TYPES_OF_ROLE, values, "here", faults, **more), faults


def test_a_declaration_is_normalised():
    assert check({"token_ttl": "1h", "token_policies": "b,a"}) == ({"token_ttl": 3600, "token_policies": ["a", "b"]}, [])
    assert check(None) == ({}, [])
    assert check({}) == ({}, [])


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"tokn_ttl": "1h"}, "here: unknown key tokn_ttl; did you mean token_ttl?"),
        ({"zzzz": 1}, "here: unknown key zzzz"),
        ({"token_ttl": "soon"}, "here.token_ttl: must be a duration such as 90s, 24h, 30d or a number of seconds, not that text"),
        ({"flag": 3}, "here.flag: must be true or false, not 3"),
        ({"name": ["a"]}, "here.name: must be a text, not a list"),
        ({"name": {"a": 1}}, "here.name: must be a text, not a map"),
        ("text", "here: must be a map, not that text"),
        (["a"], "here: must be a map, not a list"),
        (3, "here: must be a map, not 3"),
    ],
)
def test_faults_name_place_and_type_but_never_a_text(values, fault):
    assert check(values)[1] == [fault]


def test_names_of_old_are_taken_but_not_beside_the_new():
    aliases = {"ttl": "token_ttl"}
    assert check({"ttl": "1h"}, aliases=aliases) == ({"token_ttl": 3600}, [])
    assert check({"ttl": "1h", "token_ttl": "2h"}, aliases=aliases)[1] == ["here: token_ttl is given twice, by its name and by one of old; give one of them"]


def test_references_pass_as_they_are():
    given = {"password": "vault:a/b#d", "name": "vault:a/b#c", "token_ttl": "kubernetes:a/b#c"}
    assert check(given, raw=("password",)) == (given, [])


@pytest.mark.parametrize("wrong", ["hunter22", 3, "", None, ["x"]])
def test_a_secret_in_clear_is_refused_without_showing_it(wrong):
    """It would stand in an inventory, and in whatever prints a task's arguments."""
    faults = check({"password": wrong}, raw=("password",))[1]
    assert faults == ["here.password: must be a reference such as vault:<mount>/<path>#<key>, since it is a secret"]


def test_a_secret_map_may_hold_a_reference_beside_plain_texts():
    faults = []
    types = table("map: credential", "text: password")
    given = {"credential": {"secret": "vault:m/a#x", "key": 7}}
    assert checked(types, given, "c", faults, raw=("credential", "password")) == {"credential": {"key": "7", "secret": "vault:m/a#x"}}
    assert faults == []
    for wrong in ({"credential": {"key": "in-clear"}}, {"password": "in-clear"}):
        checked(types, wrong, "c", faults, raw=("credential", "password"))
    checked(types, {"password": given["credential"]}, "c", faults, raw=("password",))
    assert faults == ["c.credential: " + NO_REFERENCE, "c.password: " + NO_REFERENCE, "c.password: must be a text, not a map"]


def test_types_that_take_no_reference():
    """One that names things would take it for a name."""
    names = no_reference(functools.partial(sorted))
    types, faults = table("names: members", "text: title", names=names), []
    assert checked(types, {"members": "vault:m/a#x", "title": "vault:m/a#x"}, "c", faults) == {"title": "vault:m/a#x"}
    assert faults == ["c.members: takes no reference to a secret; give what it is"]
    assert checked(types, {"members": ["a"]}, "c", []) == {"members": ["a"]}
