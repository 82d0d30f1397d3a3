# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Makes `ansible_collections.unifiedmeta.platform` importable, in a checkout and inside an installed collection.

The same loader that Ansible itself uses is put in place, so imports, plugin lookups and playbooks see one and the same code.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def collections_root(root: Path) -> Path:
    """Folder that holds `ansible_collections`: above us when we are installed or built, else the checkout's own link."""
    if root.parts[-3:] == ("ansible_collections", "unifiedmeta", "platform"):
        return root.parents[2]
    return root / ".collections"


COLLECTIONS = collections_root(ROOT)
sys.path.insert(0, str(COLLECTIONS))
# A person's own settings must not change what the tests see; tests that start Ansible inherit both.
os.environ.setdefault("ANSIBLE_CONFIG", str(ROOT / "ansible.cfg"))
os.environ.setdefault("ANSIBLE_COLLECTIONS_PATH", str(COLLECTIONS))

from ansible.plugins.loader import init_plugin_loader  # noqa: E402  (reads the two settings above at import)

init_plugin_loader([str(COLLECTIONS)])
