# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The machine's own Java, when it is one that Keycloak runs on. Its version is read from a file: starting a JVM would cost each run a tenth of a second."""
from __future__ import annotations

import os
import re
import shutil

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.files import read
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.supervise import CLEAN_ENVIRONMENT

MINIMUM = 17


def major(release: str) -> int:
    """Returns the major version in the text of a Java's file ``release`` (JEP 223), 0 where there is none."""
    match = re.search(r'^JAVA_VERSION="(\d+)', release, re.MULTILINE)
    return int(match[1]) if match else 0


def find(path: str = CLEAN_ENVIRONMENT["PATH"]) -> str | None:
    """Returns the machine's Java when it is new enough. Looked for where supervised programs look, so that a person's own settings restart nothing."""
    found = shutil.which("java", path=path)
    if not found:
        return None
    home = os.path.dirname(os.path.dirname(os.path.realpath(found)))
    return found if major(read(os.path.join(home, "release")) or "") >= MINIMUM else None
