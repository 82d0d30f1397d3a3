# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""vault_init from its options to its result: check the input, look, plan, do, report."""

from __future__ import annotations

import base64
import contextlib
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._bootstrap import Store, StoreError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, Http
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes import config, portforward
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import init_options, init_plan, init_successor, init_view
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.init_api import InitError, Server, errors
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.init_run import Runner


class Failed(Refused):
    """Faults, and what was done before them (``result``)."""

    def __init__(self, faults: list[str], result: dict[str, t.Any] | None = None):
        super().__init__("", faults, result)


def run(params: dict[str, t.Any], check: bool, command: t.Callable[..., t.Any], warn: t.Callable[[str], None]) -> dict[str, t.Any]:
    """The module's result. ``command``: runs reset_command (as AnsibleModule.run_command). Raises :class:`Failed`."""
    store = Store.of(params["store"])
    pgp, faults = init_options.check(params)
    faults += store.faults()
    servers: dict[str, Server] = {}
    ca = None
    try:
        ca = _read(params["ca_file"])
        servers = dict(_server(params, one) for one in params["servers"])
    except OSError as error:
        faults.append(f"ca_file: {params['ca_file']} can't be read ({error.strerror}); give a readable PEM file")
    except (ApiError, config.KubeconfigError) as error:
        faults.append(str(error))
    if faults:
        raise Failed(faults)

    def successor(leader: Server) -> None:
        if params["successor"]:
            init_successor.prove(leader, params["successor"], params["kubeconfig"], params["timeout"])

    def reset() -> None:
        code, out, err = command(params["reset_command"])
        if code:
            said = _secrets.redactor(_told_apart([*_kept(store.read()), params["token"] or "", store.passphrase or ""]))((err or out).strip())
            raise InitError(f"reset_command ended with {code}: {said[-500:]}; the storage may be wiped in part, run it again by hand")

    try:
        with contextlib.nullcontext() if check else store.locked():
            wanted = _wanted(params, store, pgp)
            runner = Runner(servers, store, store.read(), params["name"], wanted, given=params["unseal_keys"], pgp=pgp, ca=ca,
                            audit_log=params["audit_log"], token=params["token"], reset=reset, successor=successor, seconds=params["wait"])
            assumed = [init_plan.Action(step["action"], step["name"], step.get("reason", "")) for step in params["assume"]]
            return _converge(runner, check, warn, assumed)
    except StoreError as error:
        raise Failed(error.faults) from error


def _kept(data: dict[str, t.Any]) -> t.Iterator[str]:
    """Every secret of a store: what a program of the site may have seen and said."""
    for vault in data["vaults"].values():
        for answer in (vault.get("answer"), vault.get("pending"), *vault.get("previous", [])):
            yield from [*(answer or {}).get("keys", []), (answer or {}).get("root_token") or ""]
    yield from (str(secret["value"]) for secret in data["secrets"].values())


def _told_apart(values: t.Iterable[str]) -> set[str]:
    """The values, each line of those that have several, and the other form of a share (hexadecimal for base64): a program may say any of them."""
    made: set[str] = set()
    for value in values:
        made |= {value, *map(str.strip, value.splitlines())}
        with contextlib.suppress(ValueError):
            made.add(base64.b64decode(value, validate=True).hex())
    return made


def _converge(runner: Runner, check: bool, warn: t.Callable[[str], None], assumed: list[init_plan.Action]) -> dict[str, t.Any]:
    nodes = [server.status() for server in runner.servers.values()]
    if runner.settle(nodes) and not check:
        runner.save()
    known = runner.known()
    if check and assumed:
        nodes = init_view.foresee(nodes, assumed, runner.wanted)
        known = init_view.foresee_store(known, assumed, runner.wanted)
    plan = init_plan.plan(nodes, known, runner.wanted, runner.proof() if runner.wanted.reinitialise_empty else None)
    for text in plan.warnings:
        warn(text)
    if plan.faults:
        raise Failed(plan.faults)
    if not check:
        runner.remember(nodes)
    done: list[init_plan.Action] = []
    for action in [] if check else plan.actions:
        try:
            runner.do(action)
        except (InitError, ApiError, StoreError) as error:
            result = _result(runner, nodes, plan.actions, done, [server.status() for server in runner.servers.values()], runner.known())
            raise Failed([f"{action.kind} {action.node}: {error}", *_aftermath(runner)], result) from error
        done.append(action)
    after = init_view.foresee(nodes, plan.actions, runner.wanted) if check or not done else [server.status() for server in runner.servers.values()]
    if done:
        runner.remember(after)
    return _result(runner, nodes, plan.actions, plan.actions if check else done, after, known)


def _aftermath(runner: Runner) -> list[str]:
    """What a failed step leaves behind that a person must know at once."""
    if runner.entry.get("mark"):
        return [f"the store holds a mark of this initialisation ({runner.entry['mark']['time']}); run again: it will say whether the server took it"]
    return []


def _result(runner: Runner, nodes: list[init_plan.Node], planned: list[init_plan.Action], done: list[init_plan.Action],
            after: list[init_plan.Node], before: init_plan.Known) -> dict[str, t.Any]:
    answer = runner.entry.get("answer") or {}
    kept = init_view.foresee_store(before, done, runner.wanted)
    result = {
        "changed": bool(done), "plan": [{"action": action.kind, "name": action.node, "reason": action.reason} for action in planned],
        "initialised": any(node.initialised for node in after), "sealed": any(node.sealed for node in after if not node.fault),
        "root_token_stored": kept.root_token,
        "diff": {"before": init_view.picture(nodes, before), "after": init_view.picture(after, kept)},
        "stats": {key: round(sum(server.http.stats.as_dict()[key] for server in runner.servers.values()), 3)
                  for key in ("requests", "writes", "retries", "seconds")},
    }
    if answer.get("encrypted"):
        result["encrypted_shares"] = answer["keys"]
    return result


def _server(params: dict[str, t.Any], one: dict[str, t.Any]) -> tuple[str, Server]:
    name = one["name"] or one["url"]
    adapter = None
    if one["pod"]:
        access = config.load(params["kubeconfig"])
        adapter = portforward.pod_adapter(one["pod"]["namespace"], one["pod"]["name"], one["pod"]["port"], access)
    http = Http(f"Vault {one['url']}", one["url"], ca_file=params["ca_file"], verify=params["validate_certs"], timeout=params["timeout"], errors=errors,
                adapter=adapter, secret=True)
    return name, Server(name, http, one["join_address"] or "")


def _read(path: str | None) -> str | None:
    if not path:
        return None
    with open(path, encoding="utf-8") as file:
        return file.read()


def _wanted(params: dict[str, t.Any], store: Store, pgp: dict[str, t.Any]) -> init_plan.Wanted:
    same = {key: params[key] for key in ("shares", "threshold", "join", "unseal", "root_token", "rekey", "foreign", "reinitialise_empty")}
    return init_plan.Wanted(**same, seal=params["seal"] or "", encrypted=bool(pgp["shares"]), given=len(set(params["unseal_keys"])),
                            can_reset=bool(params["reset_command"]), writable=store.writable, token=bool(params["token"]),
                            root_encrypted=bool(pgp["root"]))
