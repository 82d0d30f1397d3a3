# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Types that only Vault has; when two policies are the same."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import fields
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.fields import same_policy

CASES = [
    ("cidrs", ["10.0.0.1/32", "10.0.0.0/8"], ["10.0.0.0/8", "10.0.0.1"]),
    ("cidrs", "::1/128", ["::1"]),
    ("cidrs", None, []),
    ("claims", {"g": "x"}, {"g": ["x"]}),
    ("claims", {"g": ["b", "a"]}, {"g": ["a", "b"]}),
    ("claims", None, {}),
    ("claims", {"n": 3}, {"n": ["3"]}),
]


@pytest.mark.parametrize(("kind", "value", "expected"), CASES, ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)])
def test_normal_forms(kind, value, expected):
    made = getattr(fields, kind)(value)
    assert made == expected
    assert getattr(fields, kind)(made) == made, "normalising twice changes nothing"


def test_wrong_types():
    with pytest.raises(ValueError, match="a map of claims"):
        fields.claims(["a"])
    with pytest.raises(ValueError, match="a list of texts"):
        fields.cidrs([{}])


# --- policies --------------------------------------------------------------------------------------------------------------------
POLICY = 'path "a/b" {\n  capabilities = ["read", "list"]\n}\n# why\npath "c" { capabilities = ["deny"] }'


@pytest.mark.parametrize(
    "other",
    [
        POLICY,
        POLICY + "\n\n",
        POLICY.replace("  ", "\t\t"),
        POLICY.replace(" = ", "="),
        POLICY.replace("{ cap", "{\n\n cap"),
        POLICY.replace("\n", "\r\n"),
        POLICY.replace('", "', '","'),
    ],
)
def test_white_space_between_words_means_nothing(other):
    assert same_policy(POLICY, other) and same_policy(other, POLICY)


@pytest.mark.parametrize(
    "other",
    [
        POLICY.replace("a/b", "a /b"),
        POLICY.replace("read", "update"),
        POLICY.replace("# why", "# why not"),
        POLICY.replace("# why\n", ""),
        POLICY.replace('"list"', '"list", "sudo"'),
        "",
        POLICY + '\npath "d" {}',
    ],
)
def test_everything_else_does(other):
    assert not same_policy(POLICY, other)


def test_a_comment_ends_with_its_line():
    """A rule that was commented out by hand is no white space."""
    assert not same_policy('path "a" {}//c\npath "b" {}', 'path "a" {}//c path "b" {}')
    assert not same_policy("x//c\ny", "x//c y") and not same_policy("x/*c*/y", "x /*c y")


def test_white_space_inside_a_text_is_kept():
    assert not same_policy('path "a = b" {}', 'path "a=b" {}')
    assert fields.same_policy('path "x\\" y" {}', 'path "x\\" y"{}')
