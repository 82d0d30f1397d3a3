# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What holds for the documentation of every filter."""

from __future__ import annotations

import inspect
import typing as t

import yaml
from ansible.plugins.loader import filter_loader, fragment_loader


def check(name: str, module: t.Any) -> None:
    """The loader finds the filter by its full name; its options are those of the function; an example uses it."""
    assert filter_loader.get(f"unifiedmeta.platform.{name}") is not None
    documents = yaml.safe_load(module.DOCUMENTATION)
    for fragment in documents.get("extends_documentation_fragment", []):
        documents["options"] = {**documents.get("options", {}), **yaml.safe_load(fragment_loader.get(fragment).DOCUMENTATION)["options"]}
    assert documents["name"] == name
    assert documents["options"]["_input"]["required"] is True
    function = inspect.unwrap(module.FilterModule().filters()[name])
    wanted = [word for word, how in inspect.signature(function).parameters.items() if how.kind is not how.VAR_KEYWORD][1:]
    have = set(documents["options"]) - {"_input"}
    passes_on = any(how.kind is how.VAR_KEYWORD for how in inspect.signature(function).parameters.values())
    assert set(wanted) <= have and (passes_on or have == set(wanted)), (wanted, have)
    defaults = {word: how.default for word, how in inspect.signature(function).parameters.items() if how.default not in (how.empty, None)}
    assert {word: documents["options"][word].get("default") for word in defaults} == defaults
    assert f"unifiedmeta.platform.{name}" in module.EXAMPLES
    assert yaml.safe_load(module.RETURN)["_value"]["type"] == "dict"
