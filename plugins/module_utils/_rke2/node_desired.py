# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files that a node shall have, and how they differ from those that it has."""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_config, node_files, node_layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import CONFIG, SECRETS
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_layout import Layout

NOTE = "Written by unifiedmeta.platform.rke2_node; changes made here are undone by its next run."
RECORD = "files.json"
CREDENTIAL = re.compile(r"""^([ \t-]*["']?(?:password|auth|token|identity_?token|secret|[a-z-]*secret-?key)["']? *:)[ \t]+\S.*$""", re.M | re.I)
TOKEN, AGENT_TOKEN = "token", "agent-token"


@dataclass(frozen=True)
class File:
    """One file. ``text``: None for one that shall go. ``shown``: what may be told of the text."""

    path: str
    text: str | None
    mode: int = 0o600
    shown: str | None = None


def secrets_text(role: str, secrets: t.Mapping[str, str], ca: str | None) -> str | None:
    """The file with the secrets, None without any. An agent joins with the agents' token where there is one, and gets no other secret.

    ``ca``: hash of the cluster's CA, by which the node knows whom it gives the token to; None for the server that makes the cluster.
    """
    known = {key: value for key, value in secrets.items() if value}
    if role == "agent":
        user, token = ("node", known[AGENT_TOKEN]) if AGENT_TOKEN in known else ("server", known.get(TOKEN))
        known = {TOKEN: node_config.full_token(token, ca, user)} if token else {}
    elif TOKEN in known:
        known[TOKEN] = node_config.full_token(known[TOKEN], ca, "server")
    return node_config.emit(known, NOTE) if known else None


def wanted(role: str, config: t.Mapping[str, t.Any], files: t.Mapping[str, t.Mapping[str, t.Any]], secrets: t.Mapping[str, str],
           ca: str | None) -> dict[str, File]:
    """All files of a node by path. ``files``: path -> content, mode (octal text)."""
    found = {CONFIG: File(CONFIG, node_config.emit(config, NOTE), 0o600, node_config.emit(node_config.redact(config), NOTE))}
    text = secrets_text(role, secrets, ca)
    if text is not None:
        found[SECRETS] = File(SECRETS, text, 0o600, node_config.emit(node_config.redact(node_config.parse(text, SECRETS)), NOTE))
    for path, one in files.items():
        found[path] = File(path, str(one["content"]), int(str(one.get("mode") or "0600"), 8), without_credentials(str(one["content"])))
    return found


def differing(layout: Layout, files: t.Mapping[str, File]) -> list[File]:
    """Files that must be written or, where an earlier run wrote them and nobody wants them any more, removed."""
    changed = [file for path, file in sorted(files.items()) if node_files.text(layout.at(path)) != file.text
               or node_files.mode(layout.at(path)) != f"{file.mode:04o}"]
    gone = [File(path, None) for path in owned(layout) if path not in files and node_files.text(layout.at(path)) is not None]
    return changed + gone


def owned(layout: Layout) -> list[str]:
    """Files that earlier runs wrote."""
    noted = node_files.record(layout.own(RECORD))
    return sorted(path for path in noted if isinstance(path, str) and (path in (CONFIG, SECRETS) or not node_layout.file_faults([path]))) \
        if isinstance(noted, list) else []


def apply(layout: Layout, files: t.Mapping[str, File], changed: t.Iterable[File]) -> None:
    """Write and remove. The list of what is ours is written first, so that a killed run leaves nothing that the next one doesn't know."""
    node_files.write(layout.own(RECORD), json.dumps(sorted({*files, *owned(layout)}), indent=1) + "\n", 0o600)
    for file in changed:
        if file.text is None:
            node_files.remove(layout.at(file.path))
        else:
            node_files.write(layout.at(file.path), file.text, file.mode)
    node_files.write(layout.own(RECORD), json.dumps(sorted(files), indent=1) + "\n", 0o600)


def diffs(layout: Layout, changed: t.Iterable[File]) -> list[dict[str, str]]:
    """The differences as Ansible shows them, secrets as fingerprints."""
    return [{"before_header": file.path, "after_header": f"{file.path} ({file.mode:04o})" if file.text is not None else file.path,
             "before": _shown(layout, file.path), "after": file.shown or ""} for file in changed]


def without_credentials(text: str) -> str:
    """What may be shown of a file such as registries.yaml, in which somebody may have put a login (https://docs.rke2.io/install/private_registry)."""
    return CREDENTIAL.sub(r"\1 (hidden)", text)


def _shown(layout: Layout, path: str) -> str:
    """What may be told of the file that is there."""
    text = node_files.text(layout.at(path)) or ""
    if path not in (CONFIG, SECRETS) or not text:
        return without_credentials(text)
    try:
        return node_config.emit(node_config.redact(node_config.parse(text, path)), NOTE if NOTE in text else "")
    except node_config.Unreadable:
        return "(a file that RKE2 can't read)\n"
