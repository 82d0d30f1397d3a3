#!/bin/sh
# Takes the test distribution off this host: what runs, its files, its data.
[ "$(id -u)" -eq 0 ] || { echo "$(basename "$0"): must be run as root" >&2; exit 1; }
prefix=${INSTALL_RKE2_ROOT:-/usr/local}
data=${RKE2_DATA_DIR:-/var/lib/rancher/rke2}
systemctl disable rke2-server.service rke2-agent.service 2>/dev/null
"$prefix/bin/rke2-killall.sh"
rm -f "$prefix"/lib/systemd/system/rke2-server.service "$prefix"/lib/systemd/system/rke2-server.env
rm -f "$prefix"/lib/systemd/system/rke2-agent.service "$prefix"/lib/systemd/system/rke2-agent.env
systemctl daemon-reload
systemctl reset-failed 2>/dev/null
rm -rf /etc/rancher/rke2 /etc/rancher/node /var/lib/kubelet/* "$data" "$prefix"/share/rke2
rm -rf /etc/cni /opt/cni/bin /var/lib/cni /var/log/pods /var/log/containers
rmdir /etc/rancher /var/lib/rancher 2>/dev/null
rm -f "$prefix"/bin/rke2 "$prefix"/bin/rke2-killall.sh "$prefix"/bin/rke2-uninstall.sh
