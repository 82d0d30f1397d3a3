# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lookup in a template of Ansible's own: get, make, and make nothing in check mode."""

from __future__ import annotations

import concurrent.futures
import os

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar

from ansible_collections.unifiedmeta.platform.plugins.module_utils._bootstrap import Store

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core before 2.19 trusts every text.
    def trust_as_template(text):
        return text


pytestmark = pytest.mark.usefixtures("private_files")


@pytest.fixture
def store(tmp_path):
    return {"path": str(tmp_path / "s" / "store"), "encrypt": False}


def find(store, *names, check=False, **options):
    """What the lookup returns. ``store`` comes as a variable, as in a site."""
    variables = {"bootstrap_store": store, "ansible_check_mode": check}
    loader = DataLoader()
    plugin = lookup_loader.get("unifiedmeta.platform.bootstrap", loader=loader, templar=Templar(loader=loader, variables=variables))
    return plugin.run(list(names), variables=variables, **options)


def kept(store):
    return Store(store["path"], encrypt=False).read()


def test_made_once_and_found_again(store):
    first = find(store, "rke2/token")
    assert len(first[0]) == 32 and find(store, "rke2/token") == first
    entry = kept(store)["secrets"]["rke2/token"]
    assert entry["value"] == first[0] and entry["created"].endswith("Z")


def test_several_at_once_in_their_order(store):
    one = find(store, "a")[0]
    values = find(store, "b", "a", "c")
    assert values[1] == one and len(set(values)) == 3 and kept(store)["serial"] == 2


@pytest.mark.parametrize(("how", "check"), [
    ({"kind": "hex", "length": 64}, lambda value: len(value) == 64 and int(value, 16) >= 0), ({"kind": "uuid"}, lambda value: len(value) == 36),
    (16, lambda value: len(value) == 16), ({"kind": "ed25519", "public": "p"}, lambda value: value.startswith("-----BEGIN PRIVATE KEY"))])
def test_kinds(store, how, check):
    assert check(find(store, "x", generate=how)[0])


def test_check_mode_stores_nothing(store):
    assert len(find(store, "x", check=True)[0]) == 32 and not os.path.exists(os.path.dirname(store["path"]))
    value = find(store, "x")
    assert find(store, "x", check=True) == value


def test_without_making(store):
    with pytest.raises(AnsibleError, match="has no x, y, and create is false"):
        find(store, "x", "y", create=False)
    find(store, "x")
    assert find(store, "x", create=False)


@pytest.mark.parametrize("name", ["", "/a", "a/", "A", "a b", "../x", "a//b"])
def test_names_that_are_none(store, name):
    with pytest.raises(AnsibleError, match="is no name of a secret"):
        find(store, name)


def test_all_faults_at_once(store):
    with pytest.raises(AnsibleError, match="'A' is no name.*'B' is no name.*there is no generator nonsense"):
        find(store, "A", "B", generate={"kind": "nonsense"})


def test_a_store_that_can_not_be_used(store, tmp_path):
    with pytest.raises(AnsibleError, match="must be absolute"):
        find({"path": "relative", "encrypt": False}, "x")
    (tmp_path / "s").mkdir()
    (tmp_path / "s").chmod(0o755)
    with pytest.raises(AnsibleError, match="lookup bootstrap: .*mode 0755"):
        find(store, "x")


def test_an_encrypted_one_needs_a_passphrase(store, tmp_path):
    with pytest.raises(AnsibleError, match="openssl rand"):
        find({"path": store["path"]}, "x")
    (tmp_path / "pass").write_text("ganz und gar geheim", "utf-8")
    encrypted = {"path": store["path"], "passphrase_file": str(tmp_path / "pass")}
    value = find(encrypted, "x")
    assert find(encrypted, "x") == value and Store(store["path"], "ganz und gar geheim").read()["secrets"]["x"]["value"] == value[0]


def test_two_at_once_agree(store):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        values = {job.result()[0] for job in [pool.submit(find, store, "x") for _number in range(4)]}
    assert len(values) == 1


def test_a_variable_that_is_a_template(store, tmp_path):
    variables = {"folder": str(tmp_path / "s"), "bootstrap_store": {"path": trust_as_template("{{ folder }}/store"), "encrypt": False}}
    templar = Templar(loader=DataLoader(), variables=variables)
    assert len(templar.template(trust_as_template("{{ lookup('unifiedmeta.platform.bootstrap', 'x') }}"))) == 32
