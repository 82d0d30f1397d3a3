# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The passphrase of the bootstrap store, on the controller: from the store's own file, or from what ansible-playbook was given."""

from __future__ import annotations

import os
import stat
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.parsing.vault import get_file_vault_secret

from ansible_collections.unifiedmeta.platform.plugins.module_utils._bootstrap import STORE_SPEC

VAULT_ID = "bootstrap"
_FALSE = (False, "false", "False", "no", "No", 0)


def find(loader: t.Any, passphrase_file: str | None) -> str:
    """The passphrase. ``loader``: the DataLoader of the run. ``passphrase_file``: a file, or a program that prints it.

    Order: the file; the play's vault secret with the id «bootstrap»; the first of the play's. Raises AnsibleError, which tells how to make one.
    """
    if passphrase_file:
        _private(loader.path_dwim(str(passphrase_file)))
        try:
            secret = get_file_vault_secret(filename=loader.path_dwim(str(passphrase_file)), loader=loader)
            secret.load()
        except AnsibleError as error:
            raise AnsibleError(f"bootstrap store: passphrase_file {passphrase_file} can't be used: {error.message}; make one with "
                               f"«(umask 077; openssl rand -base64 32 > {passphrase_file})»") from error
        return _text(secret.bytes)
    # The loader shows its secrets in no public way; it has kept this attribute since ansible-core 2.4.
    secrets = list(getattr(getattr(loader, "_vault", None), "secrets", None) or [])
    chosen = [secret for name, secret in secrets if name == VAULT_ID] or [secret for _name, secret in secrets]
    if not chosen:
        raise AnsibleError("bootstrap store: it is encrypted and there is no passphrase. Make one with «(umask 077; openssl rand -base64 32 > FILE)», keep a "
                           "copy of it elsewhere, and name FILE as passphrase_file of the store or give it to ansible-playbook as --vault-password-file")
    return _text(chosen[0].bytes)


def complete(store: t.Any, loader: t.Any) -> t.Any:
    """The option ``store`` with its passphrase; as it is where it isn't encrypted, is no mapping or has unknown keys (the module will say so)."""
    if not isinstance(store, t.Mapping) or store.get("encrypt", True) in _FALSE or set(store) - set(STORE_SPEC):
        return store
    return {**store, "passphrase": find(loader, store.get("passphrase_file"))}


def complete_logins(arguments: t.Mapping[str, t.Any], loader: t.Any) -> dict[str, t.Any]:
    """The option ``login``, also that of the option ``vault``, with a passphrase in each entry that has a store; nothing where it is no list."""
    made: dict[str, t.Any] = {}
    ways, vault = arguments.get("login"), arguments.get("vault")
    if isinstance(ways, list):
        made["login"] = [{**way, "store": complete(way["store"], loader)} if isinstance(way, t.Mapping) and way.get("store") else way for way in ways]
    if isinstance(vault, t.Mapping):
        made["vault"] = {**vault, **complete_logins({"login": vault.get("login")}, loader)}
    return made


def need_pipelining(action: t.Any, task_vars: dict[str, t.Any] | None) -> None:
    """Raises AnsibleActionFail where the arguments of the module would be written to a file on the host.

    ``action``: the action plugin that is about to run its module.
    """
    # These names are ActionBase's own, meant for its children.
    task, piped = action._task, action._is_pipelining_enabled("new", False)  # pylint: disable=protected-access
    if task.async_val or not piped:
        host = (task_vars or {}).get("inventory_hostname", "the host")
        raise AnsibleActionFail(f"{task.action}: without pipelining its arguments, secrets among them, would lie in a file on {host}; set «pipelining = "
                                "True» in the section [defaults] of ansible.cfg, unset ANSIBLE_KEEP_REMOTE_FILES, and run it without async")


def _private(path: str) -> None:
    """Raises AnsibleError where others may read the file, or change the program."""
    try:
        found = os.stat(path)
    except OSError:
        return  # What reads it says it better.
    loose = stat.S_IMODE(found.st_mode) & (0o022 if os.access(path, os.X_OK) and found.st_mode & 0o111 else 0o077)
    if loose or found.st_uid not in (0, os.geteuid()):
        raise AnsibleError(f"bootstrap store: passphrase_file {path} has mode {stat.S_IMODE(found.st_mode):04o} and belongs to user id {found.st_uid}, "
                           f"others may get at it; «chmod 0600 {path}», and make another passphrase if somebody could read it")


def _text(secret: bytes) -> str:
    return secret.decode("utf-8", "surrogateescape")
