# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of the plan inside values: ((platform.domain)), ((keycloak.url)), ((self.namespace)).

Double parentheses, because Jinja's and Helm's braces and Grafana's dollars all occur in Helm values.
"""

from __future__ import annotations

import re
import typing as t
from urllib.parse import urlsplit

from .faults import did_you_mean

_PATTERN = re.compile(r"(?<!\$)\(\(([a-z][a-z0-9-]*)\.([a-z][a-z0-9_.-]*)\)\)")

# Meant as one, and read by nobody: a capital, a blank. It would reach Helm as it is.
_ALMOST = re.compile(r"(?<!\$)\(\(\s*[A-Za-z][\w-]*\.[\w.-]+\s*\)\)")


class Unknown(Exception):
    """A placeholder that names nothing. what and advice are for the fault; owner: what it names, where that isn't known at all."""

    def __init__(self, what: str, advice: str, owner: str = "") -> None:
        super().__init__(what)
        self.what, self.advice, self.owner = what, advice, owner


def facts(component: t.Mapping[str, t.Any], site: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What may be said of a component: name, namespace, host, url (as people reach it), service_url (inside the cluster)."""
    known = {"name": component["name"], "namespace": component["namespace"]["name"]}
    route = component.get("route")
    if route:
        host = f"{route['host']}.{site['domain']}"
        name, port = route["service"].split(":")
        known |= {"host": host, "url": f"https://{host}", "service_url": f"{route['scheme']}://{name}.{known['namespace']}.svc:{port}"}
    endpoint = site["endpoints"].get(component["name"])
    if endpoint:
        known |= {"host": urlsplit(endpoint["url"]).hostname, "url": endpoint["url"].rstrip("/"), "service_url": endpoint["url"].rstrip("/")}
    if "sso" in component:
        known["client"] = component["sso"]["client"]
    return known


def platform(site: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What may be said of the site."""
    return {key: site[key] for key in ("name", "domain", "tier", "profile", "registry")}


def resolve(value: t.Any, known: t.Mapping[str, t.Mapping[str, t.Any]]) -> t.Any:
    """Replace the placeholders in one value. known: first word -> facts. A text that is one placeholder and nothing else keeps
    the fact's type. Raises Unknown."""
    if not isinstance(value, str) or "((" not in value:
        return value
    whole = _PATTERN.fullmatch(value)
    for found in _ALMOST.finditer(value):
        if not _PATTERN.fullmatch(found.group()):
            raise Unknown(f"{found.group()} is no placeholder", "write it in small letters and without blanks, such as ((self.url))")
    return _fact(whole, known) if whole else _PATTERN.sub(lambda found: str(_fact(found, known)), value)


def _fact(found: t.Any, known: t.Mapping[str, t.Mapping[str, t.Any]]) -> t.Any:
    owner, key = found.groups()
    if owner not in known:
        raise Unknown(f"{found.group()} names '{owner}', which this site doesn't have", did_you_mean(owner, known), owner)
    if key not in known[owner]:
        raise Unknown(f"{found.group()}: {owner} has no '{key}'", did_you_mean(key, known[owner]))
    return known[owner][key]


def walk(value: t.Any, known: t.Mapping[str, t.Mapping[str, t.Any]], report: t.Callable[[tuple[t.Any, ...], Unknown], None],
         path: tuple[t.Any, ...] = ()) -> t.Any:
    """A copy of a structure with every placeholder replaced; what is unknown goes to report(path, error) and stays as it is."""
    if isinstance(value, dict):
        return {key: walk(inner, known, report, (*path, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [walk(inner, known, report, (*path, index)) for index, inner in enumerate(value)]
    try:
        return resolve(value, known)
    except Unknown as error:
        report(path, error)
        return value
