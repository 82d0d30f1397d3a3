# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes docs/reference/ from the plugins' DOCUMENTATION and the roles' argument_specs: reference.py [--check]

With --check nothing is written; the pages that differ from the code are named, and the exit status is 1.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "reference"
COLLECTION = "unifiedmeta.platform"
HEAD = "<!-- Made by `make docs` from the code's own documentation: change it there. -->\n"
KINDS = {"module": "Modules", "lookup": "Lookups", "filter": "Filters", "callback": "Callbacks"}

Doc = dict[str, t.Any]


def text(value: t.Any) -> str:
    """One line of Markdown from a description: paragraphs joined, Ansible's markup (O(), V(), C() …) turned into Markdown."""
    line = " ".join(value) if isinstance(value, list) else str(value or "")
    line = re.sub(r"\b[COVE]\(([^)]*)\)", r"`\1`", line)
    line = re.sub(r"\bRV\(([^)]*)\)", r"`\1`", line)
    line = re.sub(r"\b[BI]\(([^)]*)\)", r"*\1*", line)
    line = re.sub(r"\b(?:M|P)\(([^)#]*)(?:#[a-z]+)?\)", r"`\1`", line)
    line = re.sub(r"\bL\(([^,]*), *([^)]*)\)", r"[\1](\2)", line)
    line = re.sub(r"\bU\(([^)]*)\)", r"<\1>", line)
    return re.sub(r"\s+", " ", line).strip()


def cell(value: str) -> str:
    """A value that may stand in a cell of a table."""
    return value.replace("|", "\\|")


def shown(value: t.Any) -> str:
    """A default or choice, as one would write it in YAML on one line."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list, bool)) or value == "" else str(value)


def nature(option: Doc) -> str:
    """Type, whether it is required, choices and default of an option."""
    kind = str(option.get("type", "str"))
    if option.get("elements"):
        kind += f" of {option['elements']}"
    parts = [kind] + (["required"] if option.get("required") else [])
    if option.get("choices"):
        parts.append("one of " + ", ".join(f"`{shown(one)}`" for one in option["choices"]))
    if option.get("default") is not None:
        parts.append(f"default `{shown(option['default'])}`")
    if option.get("env"):
        parts.append("or " + ", ".join(f"`${one['name']}`" for one in option["env"]))
    return ", ".join(parts)


def rows(options: Doc, inner: str, above: str = "") -> t.Iterator[str]:
    """Table rows of options (or returned values) and all that is nested in them, by dotted name; `inner` names the nesting key."""
    for name, option in options.items():
        yield f"| `{above}{name}` | {cell(nature(option))} | {cell(text(option.get('description')))} |"
        yield from rows(option.get(inner) or {}, inner, f"{above}{name}.")


def table(title: str, options: Doc, inner: str) -> list[str]:
    """A headed table, or nothing when there are no rows."""
    found = list(rows(options, inner))
    return [f"## {title}", "", "| Name | Type | Meaning |", "|---|---|---|", *found, ""] if found else []


def plugin_page(kind: str, name: str, entry: Doc) -> str:
    """Page of one module, lookup, filter or callback."""
    doc = entry["doc"]
    lines = [HEAD, f"# {name} ({kind})", "", f"**{text(doc['short_description'])}**", ""]
    lines += [line for part in doc["description"] for line in (text(part), "")]
    lines += table("Options", doc.get("options") or {}, "suboptions")
    facts = {key: one for key, one in (doc.get("attributes") or {}).items() if one.get("support")}
    if facts:
        told = (f"- `{key}`: {one['support']}. {text(one.get('details') or one.get('description'))}" for key, one in facts.items())
        lines += ["## Attributes", "", *told, ""]
    if doc.get("notes"):
        lines += ["## Notes", "", *(f"- {text(note)}" for note in doc["notes"]), ""]
    if entry.get("examples"):
        lines += ["## Examples", "", "```yaml", entry["examples"].strip("\n"), "```", ""]
    lines += table("Returns", entry.get("return") or {}, "contains")
    return "\n".join(lines).rstrip() + "\n"


def role_page(name: str, specs: Doc) -> str:
    """Page of one role, a section for each of its entry points."""
    lines = [HEAD, f"# {name} (role)", ""]
    for entry, spec in specs.items():
        lines += [f"**{text(spec['short_description'])}**" + ("" if entry == "main" else f" (`tasks_from: {entry}`)"), ""]
        description = spec.get("description") or []
        lines += [line for part in ([description] if isinstance(description, str) else description) for line in (text(part), "")]
        lines += table("Variables" if entry == "main" else f"Variables of `{entry}`", spec.get("options") or {}, "options")
    return "\n".join(lines).rstrip() + "\n"


def pages() -> dict[str, str]:
    """All pages: file name to text."""
    dump = subprocess.run(["ansible-doc", "--metadata-dump", COLLECTION], cwd=ROOT, capture_output=True, text=True, check=False)
    if dump.returncode:
        sys.exit(f"reference: ansible-doc could not read the plugins' documentation:\n{dump.stderr}")
    found, index = {}, [HEAD, "# Reference", ""]
    for kind, title in KINDS.items():
        entries = {name.removeprefix(COLLECTION + "."): entry for name, entry in sorted(json.loads(dump.stdout)["all"].get(kind, {}).items())}
        if entries:
            index += [f"## {title}", "", *(f"- [{name}]({kind}_{name}.md): {text(entry['doc']['short_description'])}" for name, entry in entries.items()), ""]
        found.update({f"{kind}_{name}.md": plugin_page(kind, name, entry) for name, entry in entries.items()})
    roles = {path.parts[-3]: yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
             for path in sorted(ROOT.glob("roles/*/meta/argument_specs.yml"))}
    if roles:
        index += ["## Roles", "", *(f"- [{name}](role_{name}.md): {text(specs['main']['short_description'])}" for name, specs in roles.items()), ""]
    found.update({f"role_{name}.md": role_page(name, specs) for name, specs in roles.items()})
    found["README.md"] = "\n".join(index).rstrip() + "\n"
    return found


def main() -> None:
    """Writes the pages, or compares them with what is there."""
    wanted = pages()
    present = {path.name: path.read_text(encoding="utf-8") for path in OUT.glob("*.md")}
    stale = sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))
    if "--check" in sys.argv[1:]:
        if stale:
            sys.exit(f"reference: docs/reference is not what the code says: {', '.join(stale)}. Run 'make docs' and commit the result.")
        return
    OUT.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in wanted:
            (OUT / name).write_text(wanted[name], encoding="utf-8")
        else:
            (OUT / name).unlink()
    print(f"reference: {len(wanted)} pages, {len(stale)} changed")


if __name__ == "__main__":
    main()
