# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of components: by wave, then by `needs`, then by name; always the same for the same catalogue."""

from __future__ import annotations

import heapq
import typing as t

from . import schema

WAVES = schema.words("wave")


def cycles(graph: t.Mapping[str, t.Iterable[str]]) -> list[list[str]]:
    """Cycles of a graph (name -> names that come before it), one for each knot, starting with its first name:
    [['a', 'b', 'a']]. Depth first without recursion, so that a long chain doesn't hit Python's limit."""
    state: dict[str, int] = {}
    found: list[list[str]] = []
    for start in sorted(graph):
        if state.get(start):
            continue
        state[start] = 1
        stack = [(start, iter(sorted(graph[start])))]
        while stack:
            name, rest = stack[-1]
            following = next((other for other in rest if other in graph), None)
            if following is None:
                state[name] = 2
                stack.pop()
            elif state.get(following) == 1:
                trail = [frame[0] for frame in stack]
                loop = trail[trail.index(following):]
                first = loop.index(min(loop))
                found.append([*loop[first:], *loop[:first], loop[first]])
            elif not state.get(following):
                state[following] = 1
                stack.append((following, iter(sorted(graph[following]))))
    return found


def arrange(waves: t.Mapping[str, str], graph: t.Mapping[str, t.Iterable[str]]) -> list[str]:
    """Order names topologically. waves: name -> wave; graph: name -> names before it, without cycles and only known names.
    Ties are broken by name, so that the order doesn't depend on the order of files."""
    waiting = {name: {other for other in graph.get(name, ()) if other in waves} for name in waves}
    after: dict[str, list[str]] = {}
    for name, before in waiting.items():
        for other in before:
            after.setdefault(other, []).append(name)
    ready = [(WAVES.index(waves[name]), name) for name, before in waiting.items() if not before]
    heapq.heapify(ready)
    ordered: list[str] = []
    while ready:
        name = heapq.heappop(ready)[1]
        ordered.append(name)
        for other in after.get(name, ()):
            waiting[other].discard(name)
            if not waiting[other]:
                heapq.heappush(ready, (WAVES.index(waves[other]), other))
    return ordered
