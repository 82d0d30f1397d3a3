# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter in a template of Ansible's own."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.unifiedmeta.platform.plugins.filter.vault_seal_spec import FilterModule, vault_seal_spec

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core before 2.19 trusts every text.
    def trust_as_template(text):
        return text


def template(text, **variables):
    return Templar(loader=DataLoader(), variables=variables).template(trust_as_template(text))


def test_by_name():
    made = template("{{ 'aws' | unifiedmeta.platform.vault_seal_spec(options=options) }}", options={"kms_key_id": "k", "region": "r"})
    assert made["type"] == "awskms" and made["proven"] == "rendered" and 'region = "r"' in made["config"]


def test_the_sites_word_counts_more():
    assert template("{{ ('aws' | unifiedmeta.platform.vault_seal_spec('shamir')).type }}") == "shamir"


def test_faults_name_the_filter():
    with pytest.raises(AnsibleError, match="vault_seal_spec: awskms: kms_key_id is missing; awskms: region is missing"):
        template("{{ 'aws' | unifiedmeta.platform.vault_seal_spec }}")


def test_it_is_found_by_ansible():
    assert FilterModule().filters() == {"vault_seal_spec": vault_seal_spec}
