"""Hosts and artefacts for the role rke2: python -m tests.rke2 up|down|list|artifacts (see README.md)."""
from __future__ import annotations

import argparse
import os
import sys

from . import artifacts, hosts, tools
from .paths import STATE


def main() -> int:
    """Runs a command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.rke2", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("up", help="make bare hosts; prints the path of their inventory")
    make.add_argument("--name", default="dev", help="of the set; an older one of this name is removed first")
    make.add_argument("--servers", type=int, default=3)
    make.add_argument("--agents", type=int, default=2)
    make.add_argument("--site", action="store_true", help="also a load balancer, and variables of a site beside the inventory: what playbooks/rke2.yml needs")
    down = commands.add_parser("down", help="remove a set of hosts, or all")
    down.add_argument("--name", default="dev")
    down.add_argument("--all", action="store_true")
    commands.add_parser("list", help="list the sets")
    built = commands.add_parser("artifacts", help="make the folder of artefacts of the test distribution; prints its path")
    built.add_argument("--version", default=artifacts.VERSION)
    options = parser.parse_args()
    if os.geteuid():
        print("tests.rke2: hosts are privileged containers: run as root", file=sys.stderr)
        return 1
    if options.command == "artifacts":
        print(artifacts.build(options.version))
    elif options.command == "up":
        tools.install()
        made = hosts.up(options.name, options.servers, options.agents, balancer=options.site)
        if options.site:
            from . import site

            site.write(made.state, made.balancer)
        print(made.inventory)
    elif options.command == "down":
        for name in sorted(os.listdir(STATE)) if options.all and os.path.isdir(STATE) else [options.name]:
            hosts.Hosts(name).remove()
    else:
        print("\n".join(sorted(os.listdir(STATE)) if os.path.isdir(STATE) else []))
    return 0


if __name__ == "__main__":
    sys.exit(main())
