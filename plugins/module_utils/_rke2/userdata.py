# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""User data for agents that Ansible never meets, such as those of an autoscaling group: the same configuration, files and release as a host of that pool gets.

Pure. The token is not in it, since every process of the machine can read user data: a command on the machine fetches it. The node is named after its
machine. Sources: docs.rke2.io/install/methods («Tarball»), /install/airgap, cloudinit.readthedocs.io (write_files, runcmd).
"""

from __future__ import annotations

import re
import shlex
import typing as t

from ansible.module_utils.common.yaml import yaml_dump

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import names
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.desired import Faulty, rke2_spec

SCRIPT = "/usr/local/sbin/rke2-join"
# What EC2 takes (docs.aws.amazon.com, «Run commands when you launch an EC2 instance»); others take more.
LIMIT = 16384
# Its first line apart: as a line of this file it would make this file a script for those who look for scripts.
_SHELL = "#!/bin/sh\n"
_JOIN = """\
# Makes this machine an agent of the cluster: fetches the release, checks it, fetches the token, starts. It may be run again.
set -eu
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fetch() {{
  curl --fail --silent --show-error --location --retry 10 --retry-all-errors --output "$work/$1" {source}/"$1"
  echo "$2  $work/$1" | sha256sum --check --quiet
}}
{fetches}
install -d -m 0755 {data}/agent/images {etc}/config.yaml.d
{images}tar -xzf "$work/{tarball}" -C /usr/local
{cis}token=$({token_command})
[ -n "$token" ] || {{ echo "the token's command printed nothing" >&2; exit 1; }}
# A builtin: the token is in no command line.
printf 'token: "%s"\\n' "$token" > {secrets}
systemctl daemon-reload
systemctl enable --now rke2-agent
"""
_CIS = """\
install -m 0644 /usr/local/share/rke2/rke2-cis-sysctl.conf /etc/sysctl.d/60-rke2-cis.conf
sysctl --quiet --load /etc/sysctl.d/60-rke2-cis.conf
"""


def userdata(
    site: t.Mapping[str, t.Any],
    nodes: t.Mapping[str, t.Mapping[str, t.Any]],
    *,
    pool: str,
    source: str,
    token_command: str,
    artifacts: t.Mapping[str, t.Any],
    arch: str = "amd64",
    node: t.Mapping[str, t.Any] | None = None,
    limit: int = LIMIT,
) -> str:
    """A cloud-config as text. ``site``, ``nodes``, ``artifacts``: as in rke2_spec; ``pool``: what the machine is for; ``node``: further settings of the
    machines (labels, taints, node_config); ``source``: URL of the folder that holds this version's files; ``token_command``: prints the agents' token, in full
    form (``K10…``), on the machine. Raises Faulty.
    """
    faults = []
    if not re.match(r"https?://[^\s'\"]+\Z", source):
        faults.append("source: must be the URL of the folder that holds the files of this version")
    if not token_command.strip():
        faults.append("token_command: is missing; a command that prints the agents' token on the machine, such as one of the cloud's secret store")
    if arch not in ("amd64", "arm64"):
        faults.append(f"arch: must be amd64 or arm64, not {arch!r}")
    own = {key: value for key, value in (node or {}).items() if key in ("node_name", "address", "external_address")}
    faults += [f"node.{key}: can't be one for all machines of a group" for key in own]
    name = f"userdata-{pool or 'agent'}"
    desired = rke2_spec(site, {**nodes, name: {**(node or {}), "role": "agent", "pool": pool}}, artifacts=artifacts)
    made, lock = desired["nodes"][name], desired["artifacts"]
    tarball, images = f"rke2.linux-{arch}.tar.gz", [image.replace("{arch}", arch) for image in made["images"]]
    faults += [f"artifacts: the lock of {desired['version']} has no {file}" for file in (tarball, *images) if file not in lock]
    if faults:
        raise Faulty(faults)
    config = {key: value for key, value in made["config"].items() if key != "node-name"}
    script = _SHELL + _JOIN.format(
        source=shlex.quote(source.rstrip("/")),
        fetches="\n".join(f"fetch {shlex.quote(file)} {lock[file]}" for file in (tarball, *images)),
        tarball=tarball,
        data=names.DATA,
        etc=names.ETC,
        images="".join(f'mv "$work/{file}" {names.DATA}/agent/images/\n' for file in images),
        cis=_CIS if config.get("profile") == "cis" else "",
        token_command=token_command.strip(),
        secrets=names.SECRETS,
    )
    files = [
        {"path": names.CONFIG, "permissions": "0600", "content": yaml_dump(config, default_flow_style=False)},
        *({"path": path, "permissions": file["mode"], "content": file["content"]} for path, file in sorted(made["files"].items())),
        {"path": SCRIPT, "permissions": "0700", "content": script},
    ]
    text = "#cloud-config\n" + yaml_dump({"write_files": files, "runcmd": [[SCRIPT]]}, default_flow_style=False, sort_keys=False)
    if len(text.encode()) > limit:
        raise Faulty([
            f"the user data has {len(text.encode())} bytes, {limit} may be: leave out what such machines don't need, or raise the limit where the cloud "
            "takes more"
        ])
    return text
