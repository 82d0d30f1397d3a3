# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files beside config.yaml: what they hold, and what may not be in them."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import files, names, settings
from tests.unit.plugins.module_utils._rke2 import fleet

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"


def site(**given):
    said = []
    made = settings.checked(given, settings.SETTINGS, "rke2_", said)
    assert said == []
    return made


def of(role="server", **given):
    return files.node_files(site(**given), {"role": role})


def content(path, **given):
    return yaml.safe_load(of(**given)[path]["content"])


def faults(**given):
    return files.faults(site(**given), fleet.hosts(), {"sans": ["rke2.example.org"]})


def test_none_unless_said():
    assert of() == of("agent") == {}


def test_all_are_their_owners_alone_and_say_who_made_them():
    made = of(
        embedded_registry=True,
        audit_policy={"rules": [{"level": "None"}]},
        pod_security={"enforce": "baseline"},
        kubelet_config={"maxPods": 200},
        proxy={"http": "http://p:3128"},
    )
    assert set(made) == {names.REGISTRIES, names.AUDIT, names.PSS, names.KUBELET, "/etc/default/rke2-server"}
    assert all(file["mode"] == "0600" and file["content"].startswith("# Managed by unifiedmeta.platform") for file in made.values())


def test_agents_get_no_files_of_the_api_server():
    made = of(
        "agent", audit_policy={"rules": [{"level": "None"}]}, pod_security={"enforce": "baseline"}, proxy={"http": "http://p:3128"}, embedded_registry=True
    )
    assert set(made) == {names.REGISTRIES, "/etc/default/rke2-agent"}


def test_the_embedded_registry_shares_all_registries_unless_some_are_named():
    assert content(names.REGISTRIES, embedded_registry=True) == {"mirrors": {"*": None}}
    named = {"mirrors": {"docker.io": {"endpoint": ["https://harbor.example.org"]}}}
    assert content(names.REGISTRIES, embedded_registry=True, registries=named) == named


def test_a_registrys_certificate_becomes_a_file():
    made = of(registries={"configs": {"harbor.example.org:8443": {"tls": {"ca": PEM}}, "other": None}})
    path = "/etc/rancher/rke2/certificates/harbor.example.org_8443.crt"
    assert made[path] == {"content": PEM + "\n", "mode": "0644"}
    assert yaml.safe_load(made[names.REGISTRIES]["content"])["configs"] == {"harbor.example.org:8443": {"tls": {"ca_file": path}}, "other": {}}


def test_the_sites_own_map_is_left_as_it_was():
    given = {"configs": {"h": {"tls": {"ca": PEM}}}}
    files.registries(given, False)
    assert given == {"configs": {"h": {"tls": {"ca": PEM}}}}


def test_audit_policy():
    assert content(names.AUDIT, audit_policy={"rules": [{"level": "Metadata"}]}) == {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "rules": [{"level": "Metadata"}],
    }


def test_pod_security_by_its_levels():
    made = content(
        names.PSS,
        pod_security={"enforce": "baseline", "warn": "restricted", "warn-version": "v1.35", "exemptions": {"namespaces": ["kube-system", "longhorn-system"]}},
    )
    configuration = made["plugins"][0]["configuration"]
    assert configuration["defaults"] == {"enforce": "baseline", "enforce-version": "latest", "warn": "restricted", "warn-version": "v1.35"}
    assert configuration["exemptions"] == {"usernames": [], "runtimeClasses": [], "namespaces": ["kube-system", "longhorn-system"]}


def test_pod_security_exempts_what_rke2_does():
    made = content(names.PSS, pod_security={"enforce": "restricted"})
    assert made["plugins"][0]["configuration"]["exemptions"]["namespaces"] == ["kube-system", "compliance-operator-system", "tigera-operator"]


def test_pod_security_as_a_whole():
    given = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AdmissionConfiguration", "plugins": []}
    assert content(names.PSS, pod_security=given) == given and faults(pod_security=given) == []


def test_kubelet():
    assert content(names.KUBELET, kubelet_config={"maxPods": 200}) == {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "maxPods": 200,
    }


def test_proxies():
    text = of("agent", proxy={"http": "http://p:3128", "https": "http://p:3129", "no_proxy": ["10.0.0.0/8", ".example.org"]})["/etc/default/rke2-agent"][
        "content"
    ]
    assert text.splitlines()[1:] == ["HTTP_PROXY=http://p:3128", "HTTPS_PROXY=http://p:3129", "NO_PROXY=10.0.0.0/8,.example.org"]


@pytest.mark.parametrize(
    "given",
    [
        {
            "registries": {
                "mirrors": {"docker.io": None, "*": {"endpoint": ["https://x"], "rewrite": {"a": "b"}}},
                "configs": {"x": {"tls": {"insecure_skip_verify": True}}},
            }
        },
        {"proxy": {"http": "http://p:3128", "no_proxy": ["10.0.0.0/16", ".example.org"]}},
        {"proxy": {"http": "http://p", "no_proxy": ["10.0.0.0/8", "example.org"]}},
        {},
    ],
)
def test_what_is_fine(given):
    assert faults(**given) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"registries": {"mirors": {}}}, "rke2_registries.mirors: there is no such key; did you mean mirrors?"),
        ({"registries": {"mirrors": ["x"]}}, "rke2_registries.mirrors: must be a map"),
        ({"registries": {"mirrors": {"docker.io": "x"}}}, "rke2_registries.mirrors: must be a map of registries to maps"),
        (
            {"registries": {"mirrors": {"docker.io": {"endpoints": []}}}},
            "rke2_registries.mirrors.docker.io.endpoints: there is no such key; did you mean endpoint?",
        ),
        ({"registries": {"configs": {"h": {"auth": {"password": "x"}}}}}, "rke2_registries.configs.h.auth: a credential in this file would be on every node"),
        ({"registries": {"configs": {"h": {"tsl": {}}}}}, "did you mean tls?"),
        ({"registries": {"configs": {"h": {"tls": {"cafile": "/x"}}}}}, "did you mean ca_file?"),
        ({"registries": {"configs": {"h": {"tls": {"ca": "/etc/ca.crt"}}}}}, "must be a certificate in PEM form; a path on the nodes is ca_file"),
        ({"registries": {"configs": {"h": {"tls": {"ca": PEM, "ca_file": "/x"}}}}}, "give ca (the certificate) or ca_file"),
        ({"audit_policy": {"omitStages": []}}, "rke2_audit_policy.rules: is missing"),
        ({"audit_policy": {"rules": []}}, "rke2_audit_policy.rules: is missing"),
        ({"pod_security": {"enforced": "baseline"}}, "rke2_pod_security.enforced: there is no such key; did you mean enforce?"),
        ({"pod_security": {"enforce": "baselin"}}, "rke2_pod_security.enforce: must be one of privileged, baseline, restricted; did you mean baseline?"),
        ({"pod_security": {"exemptions": {"namespace": []}}}, "rke2_pod_security.exemptions.namespace: there is no such key; did you mean namespaces?"),
        ({"proxy": {"http": "p:3128", "no_proxy": ["10.0.0.0/8", ".example.org"]}}, "rke2_proxy.http: must be a URL"),
        ({"proxy": {"https": "http://u:secret@p:3128", "no_proxy": ["10.0.0.0/8", ".example.org"]}}, "rke2_proxy.https: holds a credential"),
        ({"proxy": {"http": "http://p:3128"}}, "rke2_proxy.no_proxy: lacks 10.0.0.1, 10.0.0.101, 10.0.0.102, 10.0.0.2, 10.0.0.3, rke2.example.org"),
        ({"proxy": {"http": "http://p:3128", "no_proxy": "10.0.0.0/16"}}, "lacks rke2.example.org"),
    ],
)
def test_faults(given, said):
    assert any(said in fault for fault in faults(**given)), faults(**given)


def test_no_fault_shows_a_credential():
    assert "secret" not in str(faults(proxy={"https": "http://u:secret@p:3128"}))
