# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every filter does around its function."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.thin import spec

PLAN = {"platform": {}, "order": [], "components": {}, "choices": {}}


def thing_spec(plan, extra=None, *, option="x"):
    """For tests."""
    if option == "wrong":
        raise ValueError("that is wrong; do this")
    return plan, extra, option


class Text(str):
    """Like ansible-core's own texts."""


def test_input_and_options_become_plain():
    plan, extra, option = spec(thing_spec)({**PLAN, "order": [Text("a")]}, {"k": Text("v")}, option=Text("o"))
    assert [type(value) for value in (plan["order"][0], extra["k"], option)] == [str, str, str]


@pytest.mark.parametrize("given", [None, "text", [], {}, {"components": {}}])
def test_what_is_no_plan(given):
    with pytest.raises(AnsibleFilterError, match=r"thing_spec: the input is no plan; give it what lookup\('unifiedmeta.platform.catalog'\) returns"):
        spec(thing_spec)(given)


def test_a_refusal_names_the_filter():
    with pytest.raises(AnsibleFilterError, match="thing_spec: that is wrong; do this"):
        spec(thing_spec)(PLAN, option="wrong")


def test_an_option_that_is_not_there():
    with pytest.raises(AnsibleFilterError, match="thing_spec: .*unexpected keyword argument 'optoin'"):
        spec(thing_spec)(PLAN, optoin="x")


def test_name_and_words_are_those_of_the_function():
    assert (spec(thing_spec).__name__, spec(thing_spec).__doc__) == ("thing_spec", "For tests.")
