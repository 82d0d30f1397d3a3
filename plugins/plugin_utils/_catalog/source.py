# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML files with the line of every key and item, so that a fault can name its place.

PyYAML's composer gives the nodes with their marks; the data is built from them here, because yaml.load() forgets the
marks and silently takes the last of two equal keys.
"""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass, field

import yaml

from .faults import Fault

# The C loader is about eight times faster; the Python one gives the same nodes.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = (str, int, float, bool, type(None))

Path = tuple[t.Any, ...]


@dataclass
class Document:
    """A parsed file. data: plain Python; lines: path of keys and indices -> line (from 1); faults: found while reading."""

    name: str
    data: t.Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def line(self, path: t.Iterable[t.Any]) -> int:
        """Line of the key or item at path; of the closest parent where there is none; 0 where nothing has a line."""
        where = tuple(path)
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1 if self.lines else 0)

    def fault(self, path: t.Iterable[t.Any], what: str, advice: str = "") -> Fault:
        return Fault(self.name, self.line(path), what, advice)


class _Builder:
    """Builds data from nodes and notes every line."""

    def __init__(self, document: Document, loader: t.Any) -> None:
        self.document = document
        self.loader = loader

    def build(self, node: t.Any, path: Path) -> t.Any:
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.item(child, (*path, index)) for index, child in enumerate(node.value)]
        return self.scalar(node, path)

    def item(self, node: t.Any, path: Path) -> t.Any:
        self.document.lines[path] = node.start_mark.line + 1
        return self.build(node, path)

    def mapping(self, node: t.Any, path: Path) -> dict[t.Any, t.Any]:
        result: dict[t.Any, t.Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            plain = isinstance(key_node, yaml.ScalarNode) and not key_node.tag.endswith(":merge")
            key = self.scalar(key_node, path) if plain else None
            if key is None:
                self.refuse(line, "a key must be plain text", "merge keys (<<) and keys that are lists are not understood")
                continue
            if key in result:
                self.refuse(line, f"the key '{key}' is there twice (first in line {self.document.lines[(*path, key)]})", "remove one")
                continue
            self.document.lines[(*path, key)] = line
            result[key] = self.build(value_node, (*path, key))
        return result

    def scalar(self, node: t.Any, path: Path) -> t.Any:
        value = None
        try:
            value = self.loader.construct_object(node)
        except (yaml.YAMLError, ValueError):
            self.refuse(node.start_mark.line + 1, f"the tag {node.tag} is not understood", "write plain YAML")
            return None
        if not isinstance(value, _PLAIN):
            self.refuse(node.start_mark.line + 1, f"'{node.value}' is read as a {type(value).__name__}", "put it in quotes")
            return node.value
        return value

    def refuse(self, line: int, what: str, advice: str) -> None:
        self.document.faults.append(Fault(self.document.name, line, what, advice))


def parse(text: str, name: str, many: bool = False) -> Document:
    """Parse YAML (and so JSON). An empty text gives None; faults are in the document, nothing is raised.

    many: the text may hold several documents, and the data is the list of them.
    """
    document = Document(name, [] if many else None)
    loader = None
    try:
        loader = _Loader(text)
        builder = _Builder(document, loader)
        if many:
            while loader.check_node():
                index = len(document.data)
                document.data.append(builder.item(loader.get_node(), (index,)))
        else:
            node = loader.get_single_node()
            if node is not None:
                document.lines[()] = node.start_mark.line + 1
                document.data = builder.build(node, ())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = " ".join(str(getattr(error, "problem", None) or error).split())
        document.faults.append(Fault(name, mark.line + 1 if mark else 0, f"this is no YAML: {problem}", "mend the syntax"))
    finally:
        if loader is not None:
            loader.dispose()
    return document


def read(path: str, name: str, many: bool = False) -> Document:
    """Read a file; name is how faults call it, many as in parse(). A file that can't be read is a fault, too."""
    try:
        with open(path, encoding="utf-8") as handle:
            return parse(handle.read(), name, many)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        return Document(name, faults=[Fault(name, 0, f"the file can't be read: {reason}", "check its path and mode")])


def shown(path: str) -> str:
    """The path as a person would type it: from the working directory where that is shorter."""
    real = os.path.realpath(path)
    relative = os.path.relpath(real, os.path.realpath(os.curdir))
    return relative if len(relative) < len(real) else real
