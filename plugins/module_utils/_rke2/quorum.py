# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Quorum arithmetic of etcd: how many voters there must be, and which step would leave fewer.

Source: docs.rke2.io/install/ha («quorum is (n/2)+1»); etcd.io/docs, «Runtime reconfiguration»: a member is added or removed only while there is a quorum.
"""

from __future__ import annotations

import typing as t


def needed(voters: int) -> int:
    """How many of ``voters`` must be up. None of none."""
    return voters // 2 + 1 if voters else 0


def spare(voters: int, healthy: int) -> int:
    """How many more may go before the quorum is lost; negative where it is lost."""
    return healthy - needed(voters)


class Members:
    """The voters as they will be while a plan is carried out, step by step. ``healthy`` is a part of ``voters``; both are names."""

    def __init__(self, voters: t.Iterable[str], healthy: t.Iterable[str]) -> None:
        self.voters = set(voters)
        self.healthy = set(healthy) & self.voters

    @property
    def has_quorum(self) -> bool:
        return bool(self.voters) and spare(len(self.voters), len(self.healthy)) >= 0

    def found(self, name: str) -> None:
        """A first server: the only voter."""
        self.voters, self.healthy = {name}, {name}

    def rejoin(self, name: str) -> bool:
        """A stopped voter comes back; is there a quorum with it?"""
        self.healthy.add(name)
        return self.has_quorum

    def join_fault(self, name: str) -> str | None:
        """A new voter: etcd takes it only by quorum, and beside a dead voter it would make things worse. None, and it is counted, where it may."""
        dead = sorted(self.voters - self.healthy)
        if not self.has_quorum:
            return f"etcd has no quorum ({self.tally()}), so it takes no new member; bring back {', '.join(dead)} first, or restore a snapshot"
        if dead:
            return (
                f"{', '.join(dead)} of etcd's voters {'is' if len(dead) == 1 else 'are'} down; a new member now would leave no spare voter: bring "
                f"{'it' if len(dead) == 1 else 'them'} back or remove {'it' if len(dead) == 1 else 'them'} first"
            )
        self.voters.add(name)
        self.healthy.add(name)
        return None

    def restart_fault(self, name: str) -> str | None:
        """A restart takes a healthy voter away for a while. One alone has no quorum to lose; that the API is away is for the caller to say."""
        if name not in self.healthy or len(self.voters) == 1:
            return None
        if spare(len(self.voters), len(self.healthy) - 1) < 0:
            return f"its restart would take etcd's quorum away ({self.tally()}, {needed(len(self.voters))} are needed)"
        return None

    def remove_fault(self, name: str) -> str | None:
        """A voter goes for good. None, and it is gone, where those that stay have a quorum, and there was one to agree to it."""
        if name not in self.voters:
            return None
        if len(self.voters) == 1:
            return "it is the only voter: the cluster would be gone; take a snapshot and use reset.yml if that is meant"
        if not self.has_quorum:
            return f"etcd has no quorum ({self.tally()}), so it removes no member; bring servers back first, or restore a snapshot on one (cluster reset)"
        voters, healthy = self.voters - {name}, self.healthy - {name}
        if spare(len(voters), len(healthy)) < 0:
            return (
                f"without it {len(healthy)} of {len(voters)} voters would be up and {needed(len(voters))} are needed: the quorum would be gone; bring back "
                f"{', '.join(sorted(voters - healthy))} first"
            )
        self.voters, self.healthy = voters, healthy
        return None

    def tally(self) -> str:
        return f"{len(self.healthy)} of {len(self.voters)} voters are up"
