# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A real node: kubelet, containerd and runc in a network namespace of their own, where pods are processes. Pure: a layout in, programs out."""
from __future__ import annotations

import json
import shlex
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.files import Directory, File
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.kubernetes import kubeconfig
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.pki import Leaf
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.program import Probe, Program

ADDRESS, GATEWAY, NAME = "10.99.0.1", "10.99.0.254", "lab-real"
PAUSE, OPENBAO = "localhost/pause:1", "localhost/openbao:lab"
# kubelet insists on these and would set them for the whole machine; it is shown files that already hold them instead.
SYSCTLS = {"vm/overcommit_memory": "1", "kernel/panic": "10", "kernel/panic_on_oops": "1"}


def namespace(layout: Layout) -> str:
    """Returns the name of the network namespace, which is that of the cgroups as well."""
    return f"unifiedmeta-{layout.name}"


def enter(layout: Layout, program: Program) -> Program:
    """Returns the same program inside the network namespace."""
    values = {**program.__dict__, "argv": ("nsenter", f"--net=/run/netns/{namespace(layout)}", *program.argv)}
    return Program(**values)


def programs(layout: Layout, tools: dict[str, str]) -> list[Program]:
    """Returns containerd and kubelet. ``tools``: folders of kubernetes, containerd, runc and containernetworking-plugins."""
    return [_containerd(layout, tools), _kubelet(layout, tools)]


def socket(layout: Layout) -> str:
    """Returns containerd's socket."""
    return layout.path("node", "containerd.sock")


def _containerd(layout: Layout, tools: dict[str, str]) -> Program:
    home = layout.path("node")
    network = File(layout.path("node", "cni", "10-lab.conflist"), json.dumps({
        "cniVersion": "0.4.0", "name": "lab", "plugins": [{
            "type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": False, "hairpinMode": True,
            "ipam": {"type": "host-local", "dataDir": f"{home}/cni-state", "ranges": [[{"subnet": "10.244.0.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]},
        }],
    }, indent=2) + "\n")
    text = CONTAINERD.format(home=home, pause=PAUSE, runc=tools["runc"], cni=tools["containernetworking-plugins"])
    config = File(layout.path("config", "containerd.toml"), text)
    sysctls = tuple(File(layout.path("node", "sysctl", name.replace("/", "_")), value + "\n", mode=0o644) for name, value in SYSCTLS.items())
    binds = [f"mount --bind {shlex.quote(file.path)} /proc/sys/{name}" for file, name in zip(sysctls, SYSCTLS)]
    script = "; ".join([
        # Mounts of pods stay inside this namespace and go with it; inside, containers see those that come later.
        # So do the network namespaces of pods, whose names would otherwise stay on the machine.
        "set -e", "mount --make-rshared /", "mount -t tmpfs -o mode=755 tmpfs /run/netns", *binds,
        f"echo $$ > {home}/containerd.pid", f"exec {tools['containerd']}/containerd -c {config.path}",
    ])
    return Program(
        name="containerd",
        argv=("nsenter", f"--net=/run/netns/{namespace(layout)}", "unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", script),
        wave=3,
        probe=Probe("running"),
        files=(network, config, *sysctls),
        directories=tuple(Directory(layout.path("node", *part)) for part in ((), ("cni",), ("sysctl",), ("manifests",))),
        environment={"PATH": f"{tools['containerd']}:{tools['runc']}:/usr/sbin:/usr/bin:/sbin:/bin"},
    )


def _kubelet(layout: Layout, tools: dict[str, str]) -> Program:
    home = layout.path("node")
    access = File(layout.path("config", "kubelet.kubeconfig"), kubeconfig(layout, "kubelet"))
    config = File(layout.path("config", "kubelet.json"), json.dumps(_configuration(layout), indent=2, sort_keys=True) + "\n")
    resolver = File(layout.path("node", "resolv.conf"), "nameserver 127.0.0.1\n", mode=0o644)
    enter_both = f"nsenter --net=/run/netns/{namespace(layout)} --mount=/proc/$(cat {home}/containerd.pid)/ns/mnt --wd={layout.state}"
    options = f"--config={config.path} --kubeconfig={access.path} --root-dir={home}/kubelet --hostname-override={NAME} --node-ip={layout.address}"
    return Program(
        name="kubelet",
        argv=("/bin/sh", "-c", f"exec {enter_both} {tools['kubernetes']}/kubelet {options}"),
        wave=4,
        probe=Probe("running"),
        files=(access, config, resolver),
        leaves=(Leaf("kubelet", f"system:node:{NAME}", "system:nodes", (NAME, "localhost", layout.address), usage="both"),),
        environment={"PATH": f"{tools['containerd']}:{tools['runc']}:/usr/sbin:/usr/bin:/sbin:/bin"},
    )


def _configuration(layout: Layout) -> dict[str, t.Any]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": layout.address,
        "failCgroupV1": False,
        "failSwapOn": False,
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{namespace(layout)}",
        "enforceNodeAllocatable": [],
        "oomScoreAdj": 0,
        "maxOpenFiles": 20000,
        "containerRuntimeEndpoint": f"unix://{socket(layout)}",
        "authentication": {"anonymous": {"enabled": False}, "webhook": {"enabled": True}, "x509": {"clientCAFile": layout.ca}},
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": layout.cert("kubelet"),
        "tlsPrivateKeyFile": layout.key("kubelet"),
        "clusterDNS": ["10.96.0.10"],
        "clusterDomain": "cluster.local",
        "resolvConf": layout.path("node", "resolv.conf"),
        "staticPodPath": layout.path("node", "manifests"),
        "healthzBindAddress": "127.0.0.1",
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%", "nodefs.inodesFree": "1%"},
    }


CONTAINERD = """version = 2
root = "{home}/containerd"
state = "{home}/state"
disabled_plugins = [
  "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper",
]

[grpc]
  address = "{home}/containerd.sock"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = true
  enable_selinux = false
  disable_apparmor = true
  stream_server_address = "127.0.0.1"

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "{runc}/runc"
        SystemdCgroup = false

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{cni}"
    conf_dir = "{home}/cni"
"""
