#!/bin/sh
# Ends everything of the test distribution on this host: services, pods, their mounts and interfaces. Data stays.
[ "$(id -u)" -eq 0 ] || { echo "$(basename "$0"): must be run as root" >&2; exit 1; }
data=${RKE2_DATA_DIR:-/var/lib/rancher/rke2}
systemctl stop rke2-server.service rke2-agent.service 2>/dev/null
# Shims outlive their service; they are known by the folder they were started from, their containers by their parent.
for shim in $(pgrep -f "^$data/data/[^/]*/bin/containerd-shim"); do
  pkill -KILL -P "$shim"
  kill -KILL "$shim" 2>/dev/null
done
sleep 1
for prefix in /run/k3s /var/lib/kubelet/pods /run/netns/cni-; do
  awk -v prefix="$prefix" 'index($2, prefix) == 1 { print $2 }' /proc/self/mounts | sort -r | while read -r mount; do umount "$mount"; done
done
rm -rf /run/k3s
for interface in $(ip -o link show master cni0 2>/dev/null | awk -F ': ' '{ print $2 }' | cut -d@ -f1); do ip link delete "$interface"; done
ip link delete cni0 2>/dev/null
nft delete table ip kube-proxy 2>/dev/null
nft delete table ip6 kube-proxy 2>/dev/null
exit 0
