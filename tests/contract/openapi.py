"""OpenBao's own description of its API, made small: which paths there are, with which methods and fields.

``record(server)`` asks a running server; ``python -m tests.contract.openapi`` writes the answer beside this file, so that the
contract can be checked without a server, and a test compares the file with the server. A mount's name is a variable of
the path there (``/auth/{kubernetes_mount_path}/role/{name}``), so the file holds for any mount.
"""
from __future__ import annotations

import json
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parent
METHODS = ("get", "post", "patch", "delete")
MOUNTS = {"kv": {"type": "kv", "options": {"version": "2"}}, "database": {"type": "database"}, "pki": {"type": "pki"},
          "transit": {"type": "transit"}}
# Parts of the API that this collection has no business with.
FOREIGN = re.compile(
    r"^/(\^|\{cubbyhole_|identity/(oidc|mfa|persona|alias)|sys/(namespaces|rekey|tools|pprof|config|plugins|external-keys|rotate|quotas|wrapping"
    r"|policy|workflows|generate-root|loggers|control-group|locked-users|internal)"
    r"|\{pki_mount_path\}/(acme|roles/.*/acme|issuer/.*/(acme|sign|issue|resign|revoke|crl|der|pem)|cel|crl|certs?|eab|ocsp|ca|sign)"
    r"|\{transit_mount_path\}/(byok|wrapping|hash|random|verify|sign|datakey|import|export|backup|restore))")
AUTHS = ("approle", "jwt", "kubernetes", "oidc", "userpass")


def record(server) -> dict:
    """{path: {method: [fields]}} of a server on which the engines that we drive are mounted. ``server``: a bao_server with
    nothing mounted yet."""
    for mount, body in MOUNTS.items():
        server.call("POST", f"sys/mounts/{mount}", body)
    for method in AUTHS:
        server.call("POST", f"sys/auth/{method}", {"type": method})
    return compact(server.call("GET", "sys/internal/specs/openapi?generic_mount_paths=true"))


def compact(spec: dict) -> dict:
    """An OpenAPI document without its prose."""
    schemas, found = spec["components"]["schemas"], {}
    for path, body in spec["paths"].items():
        methods = {}
        for method in METHODS:
            if "responses" in body.get(method, {}):
                fields = {item["name"] for item in body[method].get("parameters", []) if item["in"] == "query"}
                content = body[method].get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
                schema = schemas[content["$ref"].rsplit("/", 1)[1]] if "$ref" in content else content
                methods[method] = sorted(fields | set(schema.get("properties", {})))
        if methods and not FOREIGN.match(path):
            found[path] = methods
    return {"server": f"{spec['info']['title']} {spec['info']['version']}", "paths": found}


class Api:
    """Answers whether a request is one that the server knows."""

    def __init__(self, spec: dict):
        self.paths = spec["paths"]
        self._patterns = sorted(((self._pattern(path), path) for path in self.paths), key=lambda pair: -self._fixed(pair[1]))

    @staticmethod
    def _fixed(template: str) -> int:
        """How much of a template is fixed text: the server, too, takes the most special path first."""
        return len(re.sub(r"\{.+?\}", "", template))

    @staticmethod
    def _pattern(template: str):
        parts, names = [], template.strip("/").split("/")
        for index, part in enumerate(names):
            name = re.fullmatch(r"\{(.+)\}", part)
            # A mount and the last part of a path may hold slashes; the name of an object in the middle may not.
            loose = name and (name[1].endswith("mount_path") or name[1] in ("path", "prefix") or template.endswith(part))
            # A list of a mount's root ends in a slash: the last part may be empty.
            parts.append((".*?" if index == len(names) - 1 else ".+?") if loose else "[^/]+" if name else re.escape(part))
        return re.compile("/" + "/".join(parts) + "/?")

    def find(self, method: str, path: str, kind: str | None = None) -> list[tuple[str, list[str]]]:
        """All (template, fields) that fit a request as sent, the most special first: ``path`` without /v1. ``kind`` limits
        to the mounts of one type, such as ``kv`` or ``kubernetes``, since mounts of any type may have any name."""
        wanted = {"PUT": "post", "LIST": "get", "HEAD": "get", "SCAN": "get"}.get(method, method.lower())
        found = []
        for pattern, template in self._patterns:
            mount = re.search(r"\{(\w+?)_mount_path\}", template)
            if pattern.fullmatch(path) and wanted in self.paths[template] and (not mount or kind is None or mount[1] == kind):
                found.append((template, self.paths[template][wanted]))
        return found

    def check(self, method: str, path: str, fields=(), kind: str | None = None) -> str | None:
        """What is wrong with a request, as a sentence; None when the server knows the path, the method and every field."""
        found = self.find(method, path, kind)
        if not found:
            return f"{method} {path}: no such path and method"
        best = [known for template, known in found if self._fixed(template) == self._fixed(found[0][0])]
        unknown = min((sorted(set(fields) - set(known)) for known in best), key=len)
        return f"{method} {path}: no field {', '.join(unknown)} in {found[0][0]}" if unknown else None


def recorded() -> dict:
    """The recorded description."""
    return json.loads((FOLDER / "openbao-api.json").read_text("utf-8"))


def text(spec: dict) -> str:
    """The description as the file holds it: one path a line, so that a new server's differences read well."""
    lines = [f"{json.dumps(path)}: {json.dumps(body, sort_keys=True)}" for path, body in sorted(spec["paths"].items())]
    return f'{{"server": {json.dumps(spec["server"])}, "paths": {{\n' + ",\n".join(lines) + "\n}}\n"


def main() -> None:
    import tempfile

    from tests.lab.bao import running

    with tempfile.TemporaryDirectory() as folder, running(pathlib.Path(folder), storage="inmem") as server:
        (FOLDER / "openbao-api.json").write_text(text(record(server)), "utf-8")


if __name__ == "__main__":
    main()
