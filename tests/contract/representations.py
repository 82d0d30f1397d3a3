"""Keycloak's own description of its objects: the fields of its representation classes, read from the distribution it runs from.

``python -m tests.contract.representations FOLDER`` writes keycloak-api.json beside this file, FOLDER being an unpacked distribution; a test compares
that file with the distribution in the lab's cache, where there is one. Only names and types of fields are read (JVM specification, chapter 4).
"""
from __future__ import annotations

import json
import pathlib
import struct
import sys
import zipfile

FILE = pathlib.Path(__file__).with_name("keycloak-api.json")
CLASSES = ("Realm", "Client", "ClientScope", "ProtocolMapper", "Role", "Group", "User", "UserProfileMetadata", "IdentityProvider", "IdentityProviderMapper",
           "Component", "AuthenticationFlow", "RequiredActionProvider")
# Bytes of a constant after its tag.
_SIZES = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}


def fields(code: bytes) -> dict[str, str]:
    """Names and types («Boolean», «List») of the fields that a class declares itself, but for constants."""
    texts, place, number = {}, 10, 1
    count = struct.unpack_from(">H", code, 8)[0]
    while number < count:
        tag = code[place]
        if tag == 1:
            length = struct.unpack_from(">H", code, place + 1)[0]
            texts[number] = code[place + 3:place + 3 + length].decode("utf-8", "replace")
            place += 3 + length
        else:
            place += 1 + _SIZES[tag]
        number += 2 if tag in (5, 6) else 1
    interfaces = struct.unpack_from(">H", code, place + 6)[0]
    place += 8 + 2 * interfaces
    found: dict[str, str] = {}
    total, place = struct.unpack_from(">H", code, place)[0], place + 2
    for _field in range(total):
        flags, name, kind, attributes = struct.unpack_from(">HHHH", code, place)
        place += 8
        for _attribute in range(attributes):
            place += 6 + struct.unpack_from(">I", code, place + 2)[0]
        if not flags & 0x0008:
            found[texts[name]] = texts[kind].strip(";").rsplit("/", 1)[-1]
    return found


def parent(code_of: dict[str, bytes], name: str) -> dict[str, str]:
    """A class's fields with those of the one that it extends, as far as we know that one."""
    inherited = {"User": "AbstractUser"}.get(name)
    return {**(fields(code_of[inherited]) if inherited in code_of else {}), **fields(code_of[name])}


def record(distribution: pathlib.Path) -> dict:
    """{"version", "classes": {class: {field: type}}} of an unpacked distribution."""
    jar = next(distribution.glob("lib/lib/main/org.keycloak.keycloak-core-*.jar"))
    with zipfile.ZipFile(jar) as archive:
        wanted = {name: f"org/keycloak/representations/idm/{name}Representation.class" for name in (*CLASSES, "AbstractUser")}
        code_of = {name: archive.read(path) for name, path in wanted.items() if path in archive.namelist()}
    version = jar.stem.rsplit("-", 1)[-1]
    return {"version": version, "classes": {name: dict(sorted(parent(code_of, name).items())) for name in CLASSES if name in code_of}}


def recorded() -> dict:
    return json.loads(FILE.read_text("utf-8"))


if __name__ == "__main__":
    FILE.write_text(json.dumps(record(pathlib.Path(sys.argv[1])), indent=1) + "\n", "utf-8")
