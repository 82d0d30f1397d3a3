"""What servers do once they run: labels and annotations of nodes, promotion of learners, the condition EtcdIsVoter, clearing up after deleted nodes."""
from __future__ import annotations

import hashlib
import json
import time
import typing as t

from . import etcd, kube, log, proc, web
from .place import Place, read

ROLES = {"node-role.kubernetes.io/control-plane": "true", "node-role.kubernetes.io/etcd": "true", "node.kubernetes.io/instance-type": "rke2"}
NAME, ADDRESS = "etcd.rke2.cattle.io/node-name", "etcd.rke2.cattle.io/node-address"
SECRETS = {"token", "agent-token", "datastore-endpoint", "etcd-s3-access-key", "etcd-s3-secret-key", "etcd-s3-session-token"}


def add_member(client: etcd.Etcd, body: dict[str, str]) -> list[dict[str, t.Any]]:
    """Adds a joining server as a learner; returns the members. Raises Fatal."""
    members = client.members()
    try:
        if etcd.join(members, body["node"], body["name"], body["address"]):
            client.call("cluster/member/add", {"peerURLs": [f"https://{body['address']}:{etcd.PEER}"], "isLearner": True})
    except web.Refused as fault:
        raise log.Fatal(f"etcd cluster join failed: {json.loads(fault.text).get('message', fault.text)}") from None
    return client.members()


class Controllers:
    """One server's controllers; those that may run once only follow the leadership of etcd."""

    def __init__(self, place: Place, settings: dict[str, t.Any], client: etcd.Etcd, api: kube.Kube, children: proc.Children) -> None:
        self.place, self.settings, self.client, self.api, self.children = place, settings, client, api, children
        self.seen: dict[str, str] = {}
        self.voters: dict[str, tuple[bool, float]] = {}
        self.encryption = ""

    def register(self) -> bool:
        """Labels this server's Node once kubelet has made it; tells whether it did."""
        node = self.settings["node-name"]
        try:
            if self.api.node(node) is None:
                return False
            arguments = {key: "********" if key in SECRETS else value for key, value in self.settings.items() if value not in ([], "", False, None)}
            text = json.dumps(arguments, sort_keys=True, default=str)
            notes = {
                NAME: etcd.member_name(self.place, node), ADDRESS: self.settings["node-ip"][0], "rke2.io/node-args": text,
                "rke2.io/node-config-hash": hashlib.sha256(text.encode()).hexdigest()[:52].upper() + "====", "rke2.io/hostname": node,
                "rke2.io/internal-ip": ",".join(self.settings["node-ip"]), "rke2.io/encryption-config-hash": encryption_hash(self.place),
            }
            self.api.label(node, ROLES, notes)
        except (OSError, web.Refused) as fault:
            log.warning(f"Unable to set control-plane role label: {fault}")
            return False
        self.encryption = encryption_hash(self.place)
        return True

    def run(self) -> None:
        """Looks every two seconds until the end."""
        while not self.children.ended.wait(2):
            kube.quietly("controllers", self.look)

    def look(self) -> None:
        """Does one round."""
        status = self.client.status()
        own, leader = str(status["header"]["member_id"]), str(status.get("leader", ""))
        members = self.client.members()
        if own == leader:
            self.promote(members)
        nodes = {node["metadata"]["name"]: node for node in self.api.nodes()}
        if own == leader:
            self.mark(members, nodes)
        self.clear(members, nodes, own, leader)
        if encryption_hash(self.place) != self.encryption and self.settings["node-name"] in nodes:
            self.register()

    def promote(self, members: list[dict[str, t.Any]]) -> None:
        """Promotes learners that have started; etcd refuses while they lag behind."""
        for member in members:
            if member.get("isLearner") and member.get("name"):
                try:
                    self.client.call("cluster/member/promote", {"ID": member["ID"]})
                    member["isLearner"] = False
                    log.info(f"Promoted learner {member['name']}")
                except web.Refused as fault:
                    log.info(f"Learner {member['name']} can't be promoted yet: {fault.text[:200]}")

    def mark(self, members: list[dict[str, t.Any]], nodes: dict[str, dict[str, t.Any]]) -> None:
        """Sets the condition EtcdIsVoter on the servers' nodes, when it changes and every minute."""
        learner = {member.get("name", ""): bool(member.get("isLearner")) for member in members}
        for name, node in nodes.items():
            member = node["metadata"].get("annotations", {}).get(NAME)
            if member not in learner:
                continue
            voter, now = not learner[member], time.time()
            before = self.voters.get(name)
            if before and before[0] == voter and now - before[1] < 60:
                continue
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
            condition = {"type": "EtcdIsVoter", "status": "True" if voter else "False", "reason": "MemberNotLearner" if voter else "MemberIsLearner",
                         "message": f"Node is a {'voting member' if voter else 'learner'} of the etcd cluster", "lastHeartbeatTime": stamp}
            if not before or before[0] != voter:
                condition["lastTransitionTime"] = stamp
            self.api.condition(name, condition)
            self.voters[name] = (voter, now)

    def clear(self, members: list[dict[str, t.Any]], nodes: dict[str, dict[str, t.Any]], own: str, leader: str) -> None:
        """Removes the etcd member and the password of nodes that were deleted. A deleted leader is removed by another member."""
        voters = sorted(member["ID"] for member in members if not member.get("isLearner"))
        for name, member_name in list(self.seen.items()):
            if name in nodes:
                continue
            target = next((member["ID"] for member in members if member_name and member.get("name") == member_name), "")
            actor = leader if leader != target else next((one for one in voters if one != target), "")
            if own == actor:
                if target:
                    log.info(f"Removing name={member_name} id={target} from etcd: its node was deleted")
                    self.client.call("cluster/member/remove", {"ID": target})
                self.api.delete(f"/api/v1/namespaces/kube-system/secrets/{name}.node-password.rke2")
            if not target or own == actor:
                del self.seen[name]
                self.voters.pop(name, None)
        self.seen.update({name: node["metadata"].get("annotations", {}).get(NAME, "") for name, node in nodes.items()})


def encryption_hash(place: Place) -> str:
    """Returns what the annotation says of the encryption configuration: its stage and hash."""
    text = read(place("server", "cred", "encryption-config.json"))
    stage = json.loads(read(place("server", "cred", "encryption-state.json")) or '{"stage": "start"}')["stage"]
    return f"{stage}-{hashlib.sha256(text.encode()).hexdigest()}"
