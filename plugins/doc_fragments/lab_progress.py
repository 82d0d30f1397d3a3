# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the lab's modules that run long share: their progress is shown while they run."""
from __future__ import annotations


class ModuleDocFragment:
    """Documentation shared by modules."""

    DOCUMENTATION = r"""
options:
  progress:
    description: File that progress lines are appended to. The action plugin sets it.
    type: path
attributes:
  action:
    support: full
    description: A part runs on the controller; it shows the progress.
"""
