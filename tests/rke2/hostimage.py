"""The image of a host: Debian 12 with systemd, sshd, Python and what RKE2's documents ask of a host; made once, from packages, kept in the cache."""
from __future__ import annotations

import hashlib
import os
import subprocess

from .paths import CACHE, HERE
from .podman import Podman

PACKAGES = (
    "systemd", "systemd-sysv", "dbus", "openssh-server", "python3", "python3-apt", "sudo", "iproute2", "iptables", "kmod", "procps", "curl",
    "ca-certificates", "openssl", "nftables", "zstd", "conntrack", "libseccomp2",
)
NAME = "localhost/unifiedmeta-testhost"


def reference() -> str:
    """Returns the image's name; it changes with everything that goes into it."""
    digest = hashlib.sha256(" ".join(PACKAGES).encode())
    for path in (os.path.join(HERE, "host", "testhost"), os.path.join(HERE, "host", "testhost.service"), __file__):
        with open(path, "rb") as file:
            digest.update(file.read())
    return f"{NAME}:{digest.hexdigest()[:12]}"


def ensure(podman: Podman) -> str:
    """Makes the image unless it is there; returns its name. About a minute the first time."""
    name = reference()
    if podman.call("image", "exists", name).returncode == 0:
        return name
    archive = os.path.join(CACHE, f"testhost-{name.rsplit(':', 1)[1]}.tar")
    if not os.path.exists(archive):
        _bootstrap(archive)
    podman.run("import", "--change", 'CMD ["/sbin/init"]', archive, name)
    os.unlink(archive)
    return name


def _bootstrap(archive: str) -> None:
    part, host = f"{archive}.{os.getpid()}.part", os.path.join(HERE, "host")
    hooks = [
        f'copy-in {host}/testhost /usr/local/sbin', f'copy-in {host}/testhost.service /etc/systemd/system',
        'chroot "$1" chmod 0755 /usr/local/sbin/testhost',
        'chroot "$1" systemctl enable testhost.service ssh.service',
        'chroot "$1" systemctl mask getty@tty1.service console-getty.service systemd-logind.service apt-daily.timer apt-daily-upgrade.timer',
        'rm -f "$1"/etc/machine-id "$1"/var/lib/dbus/machine-id; : > "$1"/etc/machine-id',
        'install -d -m 0700 "$1"/root/.ssh',
    ]
    words = ["mmdebstrap", "--quiet", "--format=tar", "--variant=minbase", f"--include={','.join(PACKAGES)}"]
    words += [f"--customize-hook={hook}" for hook in hooks]
    try:
        subprocess.run([*words, "bookworm", part], check=True, timeout=900)
        os.rename(part, archive)
    finally:
        if os.path.exists(part):
            os.unlink(part)
