# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why a node has not come up, and what to do about it: pure, from what was gathered on the node.

The lines of the log are those of k3s, which RKE2 is built upon (github.com/k3s-io/k3s: pkg/clientaccess, pkg/etcd, pkg/agent).
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

# Below so many bytes free a node doesn't come up: images are unpacked where its data lie.
LOW = {"/var/log": 32 << 20}
LOW_ELSEWHERE = 512 << 20
LOW_INODES = 1024
SKEW = 60.0

Evidence = t.Mapping[str, t.Any]


@dataclass(frozen=True)
class Cause:
    """One reason. ``lasting``: waiting longer won't help. ``text``: what was seen, and what to do next."""

    key: str
    text: str
    lasting: bool = False


def explain(evidence: Evidence) -> list[Cause]:
    """Reasons, lasting ones first.

    ``evidence`` (all keys may be missing): name, log (lines), server (URL that it joins by), supervisor (what a connection to it met: None, or a kind of
    node_client.Unanswered), time (epoch seconds), server_time (the joined server's clock), certificate ({"not_before", "not_after"}, epoch),
    default_route, disk (path -> free, inodes_free), members (etcd's), images (archives that are being imported), node (what the API says of it, or None).
    """
    found = [cause for check in CHECKS for cause in [check(evidence)] if cause]
    return sorted(found, key=lambda cause: not cause.lasting) or last_words(evidence)


def disk(evidence: Evidence) -> Cause | None:
    """A full disk; a line of the log alone will do: what was full may have been emptied since."""
    full = [f"{path} has {one['free'] >> 20} MiB and {one['inodes_free']} inodes free" for path, one in sorted((evidence.get("disk") or {}).items())
            # File systems without a number of inodes tell 0.
            if one["free"] < LOW.get(path, LOW_ELSEWHERE) or 0 < one["inodes_free"] < LOW_INODES]
    line = _line(evidence, r"no space left on device")
    if not full and not line:
        return None
    return Cause("disk", f"The disk is full: {'; '.join(full) or _quoted(line)}. Make room (images that nobody uses: «crictl rmi --prune»; old logs; "
                         "staged versions), then run again.", bool(full and line))


def route(evidence: Evidence) -> Cause | None:
    """No default route: RKE2 finds no address of its own (https://docs.rke2.io/install/airgap)."""
    missing = evidence.get("default_route") is False
    if not missing and not _line(evidence, r"unable to select an IP from default routes|no default routes? found"):
        return None
    return Cause("default-route", "The node has no default route, by which RKE2 finds its address. Give it one; where there is no gateway, one through a dummy "
                                  "interface will do: «ip link add dummy0 type dummy; ip link set dummy0 up; ip addr add 203.0.113.254/31 dev dummy0; "
                                  "ip route add default via 203.0.113.255 dev dummy0 metric 1000», made to last over a boot. Then run again.", missing)


def clock(evidence: Evidence) -> Cause | None:
    """A clock that is wrong, here or there, or a certificate that has run out."""
    now, other, certificate, there = evidence.get("time"), evidence.get("server_time"), evidence.get("certificate") or {}, _host(evidence)
    skew = None if now is None or other is None else now - other
    if skew is not None and abs(skew) > SKEW:
        told = f"This node's clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} that of {there}"
    elif now is not None and certificate and now < certificate["not_before"]:
        told = f"By this node's clock the certificate of {there} is not valid before {certificate['not_before'] - now:.0f} s have passed"
    elif now is not None and certificate and now > certificate["not_after"]:
        told = f"By this node's clock the certificate of {there} ran out {now - certificate['not_after']:.0f} s ago"
    else:
        line = _line(evidence, r"certificate has expired or is not yet valid|certificate is not yet valid")
        if not line and evidence.get("supervisor") != "time":
            return None
        told = f"A certificate is not valid at this node's time: {_quoted(line)}" if line else f"The certificate of {there} is not valid at this node's time"
    return Cause("clock", f"{told}. Compare «date -u» on both, let chrony or systemd-timesyncd set the clocks, and run again. A certificate that has "
                          "really run out is made anew by «rke2 certificate rotate» on its server.", True)


def token(evidence: Evidence) -> Cause | None:
    """Another CA than the token names, or a token that the server doesn't take (https://docs.rke2.io/security/token)."""
    line = _line(evidence, r"token CA hash does not match")
    if line:
        return Cause("ca", f"The cluster at {_host(evidence)} is not the one that the token belongs to: {_quoted(line)}. Either the endpoint leads to "
                           "another cluster (compare the fact «ca» of the servers), or this host was a node of another one: make it anew (state=absent, then "
                           "join).", True)
    line = _line(evidence, r"encrypted with different token")
    if line:
        return Cause("token", f"The datastore was encrypted with another token: {_quoted(line)}. Give the token with which this cluster was made.", True)
    line = _line(evidence, r"not authorized|401 Unauthorized|invalid token format|failed to validate token|token is not valid")
    if line:
        return Cause("token", f"The server at {_host(evidence)} doesn't take this node's token: {_quoted(line)}. The facts «token» of the servers and "
                              "«config.token» of this node must be the same (an agent's is the agents' token, where there is one). Correct it, then run "
                              "again.", True)
    return None


def duplicate(evidence: Evidence) -> Cause | None:
    """A name that another node has, or that this one had before it was made anew (https://docs.rke2.io/advanced, node registration)."""
    line = _line(evidence, r"Node password rejected|duplicate hostname|duplicate node name|unable to verify (hash|password) for node")
    if not line:
        return None
    name = evidence.get("name") or "NODE"
    return Cause("duplicate-name", f"The name {name} belongs to another node: {_quoted(line)}. Where two hosts have it, give one of them another node name. "
                                   f"Where this host was made anew, delete the old node first: «kubectl delete node {name}», which also deletes the secret "
                                   f"kube-system/{name}.node-password.rke2. Then run again.", True)


def critical(evidence: Evidence) -> Cause | None:
    """A value that must be the same on all servers."""
    line = _line(evidence, r"critical configuration")
    if not line:
        return None
    return Cause("critical", f"A value that all servers must share differs: {_quoted(line)}. Set it as the others have it; no running cluster can change it.",
                 True)


def supervisor(evidence: Evidence) -> Cause | None:
    """The port by which nodes register can't be reached."""
    place = _host(evidence)
    met, advice = SUPERVISOR.get(str(evidence.get("supervisor")), (None, ""))
    if not place or met is None:
        return None
    return Cause("supervisor", f"{place}, where nodes register, can't be reached from this node: {met}. {advice} Every node needs 9345/tcp and 6443/tcp of the "
                               f"servers. Try «curl -vk https://{place}/cacerts» on this node, then run again.")


def learner(evidence: Evidence) -> Cause | None:
    """A member of etcd that gets no vote: the others can't reach it, or another one is in the way."""
    waiting = [f"{one['name'] or 'a member that has not started'} at {', '.join(one['peer_urls'])}" for one in evidence.get("members") or []
               if one["learner"] or not one["name"]]
    line = _line(evidence, r"too many learner members|not yet been promoted from learner|learner which is in sync|learner management")
    if not waiting and not line:
        return None
    return Cause("learner", f"etcd has a member without a vote: {'; '.join(waiting) or _quoted(line)}. It gets one when it has read the whole database, "
                            "so all servers must reach it at 2379/tcp and 2380/tcp and its disk must keep up; only one can learn at a time. Open the ports, "
                            "or, where its host is gone, remove the member («etcdctl member remove»). Then run again.")


def importing(evidence: Evidence) -> Cause | None:
    """Images that are still being imported: the kubelet begins afterwards."""
    names = evidence.get("images") or []
    if not names:
        return None
    return Cause("images", f"RKE2 is still importing {', '.join(names)}; the kubelet begins afterwards. Run again, with more time (timeout) or a faster disk.")


def network(evidence: Evidence) -> Cause | None:
    """A node without a network for pods: its CNI hasn't come up."""
    said = str((evidence.get("node") or {}).get("reason") or "")
    if not re.search(r"cni plugin not initialized|network plugin (is not|returns error|not) ?ready|NetworkPluginNotReady", said, re.IGNORECASE):
        return None
    return Cause("cni", f"The node has no network for pods yet: {_quoted(said)}. See the CNI's pods («kubectl -n kube-system get pods -o wide») and their "
                        "images; with «cni: none» put one of your own in place. Then run again.")


def refused_start(evidence: Evidence) -> Cause | None:
    """What RKE2 refuses before it does anything: its configuration, a host that isn't as the CIS profile has it, a port that is taken, missing images."""
    for pattern, advice in REFUSALS:
        line = _line(evidence, pattern)
        if line:
            return Cause("start", f"RKE2 doesn't start: {_quoted(line)}. {advice} Then run again.", True)
    return None


def last_words(evidence: Evidence) -> list[Cause]:
    """Where nothing is known, the last fault that RKE2 itself has told."""
    line = _line(evidence, r"level=(fatal|error)")
    return [Cause("log", f"RKE2's last fault is {_quoted(line)}. Read its log on the node, mend that, and run again.")] if line else []


REFUSALS = (
    (r"flag provided but not defined|failed to parse \S*config|yaml: ",
     "Correct this node's configuration (rke2_config, rke2_server_config, rke2_agent_config)."),
    (r"missing required.*user|unknown user etcd|invalid kernel parameter value",
     "Make the user etcd and set the kernel's parameters as the CIS profile wants them (https://docs.rke2.io/security/hardening_guide)."),
    (r"listen tcp \S+: bind: address already in use", "Another program has the port: see «ss -ltnp», and stop it."),
    (r"failed to get runtime image", "Stage the archive with RKE2's own images (rke2-images-core), or let the node reach the registry."),
)
SUPERVISOR = {
    "refused": ("the connection was refused", "Is rke2-server running there, and does the load balancer lead to it?"),
    "timeout": ("nothing answered", "A firewall drops it, or the load balancer has no server that is up."),
    "name": ("its name doesn't resolve", "Enter the name into DNS, or into /etc/hosts of all nodes."),
    "unreachable": ("there is no way to it", "Look at the node's routes, and at what rejects it."),
}
CHECKS: tuple[t.Callable[[Evidence], Cause | None], ...] = (
    disk, route, clock, token, duplicate, critical, refused_start, supervisor, learner, importing, network,
)


def _line(evidence: Evidence, pattern: str) -> str | None:
    """The message of the last line of the log that has a pattern."""
    for line in reversed(evidence.get("log") or []):
        if re.search(pattern, line, re.IGNORECASE):
            match = re.search(r'msg="((?:[^"\\]|\\.)*)"', line)
            return (match.group(1).replace('\\"', '"') if match else line).strip()[:300]
    return None


def _quoted(line: str | None) -> str:
    return f"«{line}»"


def _host(evidence: Evidence) -> str:
    return re.sub(r"^https?://", "", str(evidence.get("server") or "")).rstrip("/")
