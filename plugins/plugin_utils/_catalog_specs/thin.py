# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every *_spec filter does around its pure function."""

from __future__ import annotations

import functools
import typing as t

from ansible.errors import AnsibleFilterError

from .._catalog.merge import plain

PARTS = ("platform", "order", "components", "choices")


def spec(function: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
    """A filter of a pure function: its input must be a plan, its input and options become plain Python (ansible-core hands over
    tagged texts and lazy mappings), and what it refuses becomes one error with the filter's name."""

    @functools.wraps(function)
    def run(plan: t.Any, *values: t.Any, **options: t.Any) -> t.Any:
        if not isinstance(plan, dict) or any(part not in plan for part in PARTS):
            raise AnsibleFilterError(f"{function.__name__}: the input is no plan; give it what lookup('unifiedmeta.platform.catalog') returns")
        try:
            return function(plain(dict(plan)), *plain(list(values)), **plain(dict(options)))
        except (TypeError, ValueError) as error:
            raise AnsibleFilterError(f"{function.__name__}: {error}") from error

    return run
