# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has to be done to have n servers initialised, joined and unsealed: a pure function of what they are and of what the store knows.

The rule above all others: storage that may hold data is never initialised or wiped. Everything doubtful is a fault with a way out.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.init_text import TEXT


@dataclasses.dataclass(frozen=True)
class Node:
    """One server as it answered. ``fault``: why it didn't. ``seal``: type of its seal; ``shares`` and ``threshold``: n and t of it."""

    name: str
    fault: str = ""
    initialised: bool = False
    sealed: bool = True
    seal: str = "shamir"
    shares: int = 0
    threshold: int = 0
    progress: int = 0
    storage: str = ""
    cluster_id: str = ""

    @property
    def auto(self) -> bool:
        """True where the server unseals itself."""
        return self.seal != "shamir"


@dataclasses.dataclass(frozen=True)
class Known:
    """What the store holds of this Vault: our mark of an initialisation that began (its time, and the server that was asked), whether its answer
    arrived, and what of it."""

    mark: str = ""
    asked: str = ""
    answered: bool = False
    shares: int = 0
    threshold: int = 0
    encrypted: bool = False
    root_token: bool = False
    cluster_id: str = ""


@dataclasses.dataclass(frozen=True)
class Wanted:
    """The options. ``given``: number of shares handed in by people. ``root_token``: keep, absent or present."""

    shares: int = 1
    threshold: int = 1
    seal: str = ""
    encrypted: bool = False
    given: int = 0
    join: bool = True
    unseal: bool = True
    root_token: str = "keep"
    rekey: bool = False
    reinitialise_empty: bool = False
    can_reset: bool = False
    writable: bool = True
    token: bool = False
    root_encrypted: bool = False
    foreign: bool = False


@dataclasses.dataclass(frozen=True)
class Action:
    """One step: initialise, archive, reset, unseal, join, await, rekey, revoke_root, generate_root; of which server (or «cluster»), why."""

    kind: str
    node: str
    reason: str


@dataclasses.dataclass
class Plan:
    """Ordered actions, or faults (then no action is to be taken). ``warnings``: what a person should know."""

    actions: list[Action] = dataclasses.field(default_factory=list)
    faults: list[str] = dataclasses.field(default_factory=list)
    warnings: list[str] = dataclasses.field(default_factory=list)

    def fault(self, name: str, **values: t.Any) -> None:
        self.faults.append(TEXT[name].format(**values))

    def add(self, kind: str, node: str, name: str, **values: t.Any) -> None:
        self.actions.append(Action(kind, node, TEXT[name].format(**values)))


def plan(nodes: list[Node], known: Known, wanted: Wanted, proof: list[str] | None = None) -> Plan:
    """The steps for ``nodes``, in order.

    ``proof``: asked for only with reinitialise_empty; what speaks against the storage being empty (nothing: it is proven empty).
    """
    made = Plan()
    alive = [node for node in nodes if not node.fault]
    old = [node for node in alive if node.initialised]
    virgin = [node for node in alive if not node.initialised]
    _unreachable(made, nodes, old)
    for node in alive:
        if wanted.seal and node.seal != wanted.seal:
            made.fault("seal", node=node.name, found=node.seal, wanted=wanted.seal)
    if not alive or made.faults:
        return made
    if old:
        _foreign(made, old, known)
        if known.mark and not known.answered:
            return _lost(made, nodes, alive, known, wanted, proof)
        if not (known.answered or known.cluster_id or wanted.foreign or wanted.given):
            # It may be anybody's: who was first to ask an empty server has its root token.
            made.faults += [TEXT["unknown"].format(node=node.name) for node in old if not node.sealed or node.auto]
        if virgin and old[0].storage != "raft":
            made.faults += [TEXT["no_raft"].format(node=node.name, other=old[0].name, storage=node.storage) for node in virgin]
    else:
        _initialise(made, alive[0], known, wanted)
    _open(made, [node for node in old if node.sealed], known, wanted)
    _join(made, virgin if old else virgin[1:], (old or virgin)[0], known, wanted)
    _after(made, old, known, wanted)
    if made.faults:
        made.actions.clear()
    return made


def _unreachable(made: Plan, nodes: list[Node], old: list[Node]) -> None:
    """A silent server is a warning beside one that works; before an initialisation it's a fault: it may belong to a cluster that lives."""
    for node in nodes:
        if node.fault:
            (made.warnings if any(not one.sealed for one in old) else made.faults).append(node.fault)


def _foreign(made: Plan, old: list[Node], known: Known) -> None:
    ids: dict[str, str] = {}
    for node in old:
        if node.cluster_id:
            ids.setdefault(node.cluster_id, node.name)
            expected = known.cluster_id or next(iter(ids))
            if node.cluster_id != expected:
                made.fault("foreign", node=node.name, found=node.cluster_id, wanted=expected)


def _initialise(made: Plan, node: Node, known: Known, wanted: Wanted) -> None:
    if not wanted.writable:
        made.fault("read_only", node=node.name)
    if known.answered:
        if not wanted.reinitialise_empty:
            made.fault("emptied", node=node.name)
            return
        made.add("archive", "cluster", "archive")
    made.add("initialise", node.name, "initialise_again" if known.mark and not known.answered else "initialise")
    if node.auto:
        made.add("await", node.name, "await", seal=node.seal)
    elif wanted.unseal:
        if wanted.encrypted:
            made.warnings.append(TEXT["hand_out"].format(threshold=wanted.threshold, shares=wanted.shares))
        else:
            made.add("unseal", node.name, "unseal_new", threshold=wanted.threshold)


def _open(made: Plan, sealed: list[Node], known: Known, wanted: Wanted) -> None:
    for node in sealed if wanted.unseal else []:
        if node.auto:
            made.add("await", node.name, "await", seal=node.seal)
            continue
        have = max(0 if known.encrypted else known.shares, wanted.given)
        if have >= node.threshold:
            made.add("unseal", node.name, "unseal", threshold=node.threshold, shares=node.shares)
        elif known.encrypted:
            made.fault("encrypted", node=node.name, threshold=node.threshold, given=wanted.given)
        elif have or known.answered:
            made.fault("too_few", node=node.name, have=have, threshold=node.threshold, shares=node.shares)
        else:
            made.fault("stranger", node=node.name, threshold=node.threshold, shares=node.shares)


def _join(made: Plan, virgin: list[Node], leader: Node, known: Known, wanted: Wanted) -> None:
    opened = wanted.unseal and (leader.initialised or leader.auto or not wanted.encrypted)
    for node in virgin if wanted.join and opened else []:
        made.add("join", node.name, "join", leader=leader.name)
        encrypted = known.encrypted if leader.initialised else wanted.encrypted
        have = (known.shares if leader.initialised else wanted.shares) if not encrypted else wanted.given
        if node.auto:
            made.add("await", node.name, "await", seal=node.seal)
        elif max(have, wanted.given) < (leader.threshold or wanted.threshold):
            made.fault("encrypted" if encrypted else "too_few", node=node.name, have=have, given=wanted.given,
                       threshold=leader.threshold, shares=leader.shares)
        else:
            made.add("unseal", node.name, "unseal", threshold=leader.threshold or wanted.threshold, shares=leader.shares or wanted.shares)


def _after(made: Plan, old: list[Node], known: Known, wanted: Wanted) -> None:
    """Rekey and root token, on a Vault that is open by then."""
    if old and known.answered and (old[0].shares, old[0].threshold) != (wanted.shares, wanted.threshold):
        values = {"found": f"{old[0].threshold} of {old[0].shares}", "wanted": f"{wanted.threshold} of {wanted.shares}"}
        if wanted.rekey and not (wanted.token or known.root_token):
            made.fault("no_token")
        elif wanted.rekey:
            made.add("rekey", "cluster", "rekey", **values)
        else:
            made.warnings.append(TEXT["other_shares"].format(**values))
    fresh = any(action.kind == "initialise" for action in made.actions)
    root = known.root_token or (fresh and not wanted.root_encrypted)
    if wanted.root_token == "absent" and root and (old or any(action.kind in ("unseal", "await") for action in made.actions)):
        made.add("revoke_root", "cluster", "revoke_root")
    if wanted.root_token == "present" and not root and old:
        have = max(0 if known.encrypted else known.shares, wanted.given)
        if have < old[0].threshold:
            made.fault("no_root_shares", have=have, threshold=old[0].threshold)
        else:
            made.add("generate_root", "cluster", "generate_root")


def _lost(made: Plan, nodes: list[Node], alive: list[Node], known: Known, wanted: Wanted, proof: list[str] | None) -> Plan:
    """Initialised after our mark, and the answer isn't in the store: its shares exist nowhere, or somebody else has them."""
    old = [node for node in alive if node.initialised]
    if wanted.given:
        made.fault("lost_given", node=old[0].name, time=known.mark)
        return made
    against = list(proof if proof is not None else ["nothing shows whether it was ever used"]) + made.faults
    # The proof is about one server, the one that was asked; another one that is initialised is somebody else's.
    against += [TEXT["proof_other"].format(node=node.name, asked=known.asked) for node in old if known.asked and node.name != known.asked]
    against += [TEXT["proof_many"].format(count=len(old))] if len(old) > 1 else []
    against += [TEXT["proof_open"].format(node=node.name) for node in old if not node.sealed and not node.auto]
    against += [TEXT["proof_shares"].format(node=node.name, found=f"{node.threshold} of {node.shares}", wanted=f"{wanted.threshold} of {wanted.shares}")
                for node in old if (node.shares, node.threshold) != (wanted.shares, wanted.threshold)]
    against += [node.fault for node in nodes if node.fault]
    made.faults.clear()
    if not wanted.reinitialise_empty:
        made.fault("lost", node=old[0].name, time=known.mark)
    elif against:
        made.fault("not_empty", node=old[0].name, reasons="; ".join(against))
    elif not wanted.can_reset:
        made.fault("no_reset", nodes=", ".join(node.name for node in old))
    else:
        made.add("reset", "cluster", "reset", nodes=", ".join(node.name for node in old))
        blank = [dataclasses.replace(node, initialised=False, sealed=True, shares=0, threshold=0) for node in alive]
        _initialise(made, blank[0], dataclasses.replace(known, mark=""), wanted)
        _join(made, blank[1:], blank[0], known, wanted)
        _after(made, [], known, wanted)
    return made
