# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A module's results against its RETURN: every test that has a real one hands it through here."""

from __future__ import annotations

import importlib

import yaml

# What Ansible itself explains: https://docs.ansible.com/ansible/latest/reference_appendices/common_return_values.html
ANSIBLES = {"changed", "failed", "skipped", "msg", "warnings", "deprecations", "exception", "invocation", "diff"}


def documented(name: str, result: dict) -> dict:
    """The result. Fails where it has a key that the module of that name doesn't document, or lacks one that it says is always there."""
    module = importlib.import_module(f"ansible_collections.unifiedmeta.platform.plugins.modules.{name}")
    returned = yaml.safe_load(module.RETURN) or {}
    unknown = sorted(set(result) - set(returned) - ANSIBLES)
    assert not unknown, f"{name} returned {', '.join(unknown)}, which its RETURN doesn't know: {result}"
    always = {key for key, about in returned.items() if about["returned"] == "always" or (about["returned"].startswith("success") and not result.get("failed"))}
    # Where check mode couldn't look there is nothing to tell.
    missing = sorted(always - set(result)) if result.get("foreseen", True) else []
    assert not missing, f"{name} didn't return {', '.join(missing)}, which its RETURN promises: {result}"
    return result
