# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every reconciler takes besides its connection and its desired state."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation shared by modules. ``LEDGER``: for those that note in Vault what they made."""

    DOCUMENTATION = r"""
options:
  prune:
    description: V(owned) deletes what this scope made and no longer declares, of the sections or kinds that the call speaks about.
    type: str
    choices: [none, owned]
    default: none
  max_deletes:
    description: When more objects would be deleted, nothing is done at all.
    type: int
    default: 10
  adopt:
    description: Take over objects that exist but were not made by this scope. Without it, those that differ are refused.
    type: bool
    default: false
  plan_file:
    description: File to write the whole plan to, as JSON. Without it a plan of more than 200 changes is written to C(~/.local/state/unifiedmeta),
      one file a scope.
    type: path
  concurrency:
    description: Number of requests at the same time.
    type: int
    default: 16
"""
    LEDGER = r"""
options:
  scope:
    description: Name of this declaration. What one scope made, another one neither changes nor deletes.
    type: str
    default: default
  site:
    description:
      - Name of the site that this declaration belongs to, noted in the ledger at the first write. A scope that another site's name stands in is refused, so two
        sites on one Vault don't take each other's objects for their own.
    type: str
"""
