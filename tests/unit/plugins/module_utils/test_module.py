# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one main() of all modules, as a process."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys

import pytest
import yaml
from ansible.module_utils import basic

from ansible_collections.unifiedmeta.platform.plugins.doc_fragments.reconciler import ModuleDocFragment
from ansible_collections.unifiedmeta.platform.plugins.module_utils import _module

WORK = {
    "fine": "return {'changed': True, 'warnings': ['mind the step'], 'scope': module.params['scope']}",
    "refused": "raise Refused('Nothing was done', ['one', 'two'])",
    "failed": "module.stats = lambda: {'requests': 3}; raise Refused('half', (), {'changed': True, 'plan': [1]})",
    "unforeseen": "module.stats = lambda: {'requests': 0}; raise Unforeseeable('it is sealed')",
    "value": "raise ValueError('not a number')",
    "expected": "raise KeyError('known')",
    "secret": "module.register('hunter22'); return {'changed': False, 'said': 'hunter22 is it'}",
    "empty": "module.register(''); return {'changed': False, 'said': 'hunter22 is it'}",
    "bug": "raise IndexError('a bug')",
}
TEXT = """
import json, sys
from ansible.module_utils import basic
basic._ANSIBLE_ARGS = sys.stdin.buffer.read()
basic._ANSIBLE_PROFILE = 'legacy'
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader()
from ansible_collections.unifiedmeta.platform.plugins.module_utils import _module
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused, Unforeseeable
_module.Module.warn = lambda self, text: sys.stderr.write("warned: " + text)
def work(module):
    BODY
_module.run({**_module.RECONCILER, **_module.LEDGER, 'config': {'type': 'dict'}, 'more': {'type': 'list', 'elements': 'dict'}}, work, (KeyError,),
            libraries=LIBRARIES, counted=('config', 'more'))
"""


@pytest.fixture
def run(tmp_path):
    """Factory: the result of a module that does what WORK says."""
    def call(body, arguments=None, libraries="[]"):
        told = {"_ansible_inject_invocation": True} if "_ansible_inject_invocation" in inspect.getsource(basic) else {}
        given = {"ANSIBLE_MODULE_ARGS": {**(arguments or {}), "_ansible_remote_tmp": str(tmp_path), **told}}
        text = TEXT.replace("BODY", WORK[body]).replace("LIBRARIES", libraries)
        done = subprocess.run([sys.executable, "-c", text], input=json.dumps(given).encode(), capture_output=True, check=False)
        return {"stderr": done.stderr.decode(), **(json.loads(done.stdout.decode().strip().splitlines()[-1]) if done.stdout.strip() else {})}

    return call


def test_a_result_and_its_warnings(run):
    result = run("fine")
    assert result["changed"] and result["scope"] == "default" and "warned: mind the step" in result["stderr"] and "warnings" not in result


def test_a_refusal_is_its_sentences_and_changed_nothing(run):
    result = run("refused")
    assert result["failed"] and not result["changed"] and result["msg"] == "Nothing was done:\n- one\n- two" and "stats" not in result


def test_a_failure_keeps_what_was_done_until_then(run):
    result = run("failed")
    assert (result["failed"], result["msg"], result["changed"], result["plan"], result["stats"]) == (True, "half", True, [1], {"requests": 3})


def test_what_can_not_be_foreseen_is_a_warning(run):
    result = run("unforeseen")
    assert not result.get("failed") and (result["changed"], result["plan"], result["foreseen"]) == (False, [], False)
    assert "warned: it is sealed" in result["stderr"] and result["stats"] == {"requests": 0}


@pytest.mark.parametrize(("body", "said"), [("value", "not a number"), ("expected", "known")])
def test_failures_that_were_expected_are_a_sentence(run, body, said):
    result = run(body)
    assert result["failed"] and said in result["msg"]


def test_a_bug_is_none(run):
    result = run("bug")
    assert "a bug" in str(result) and "Traceback" in str(result)


def test_a_secret_is_not_shown(run):
    assert "hunter22" not in json.dumps(run("secret"))


def test_a_library_that_is_missing_is_named(run):
    result = run("fine", libraries="[('requests', None), ('rarelib', 'Traceback')]")
    assert result["failed"] and "rarelib" in result["msg"] and "requests" not in result["msg"]


def test_the_host_s_log_has_only_the_size_too(monkeypatch):
    lines = []
    spec = {**_module.RECONCILER, "config": {"type": "dict"}}
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": {"config": {"users": {"a": "clear"}}}}).encode())
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    monkeypatch.setattr(basic.AnsibleModule, "log", lambda self, text, log_args=None: lines.append(f"{text} {log_args}"))
    module = _module.Module(spec, counted=("config",))
    assert len(lines) == 1 and "clear" not in lines[0] and "config={'users': 1}" in lines[0]
    assert module.params["config"] == {"users": {"a": "clear"}}


def test_an_empty_secret_is_not_looked_for(run):
    assert run("empty")["said"] == "hunter22 is it"


@pytest.mark.parametrize("arguments", [{}, {"prune": "all"}])
def test_of_a_declaration_only_its_size_is_told(run, arguments):
    result = run("fine", {"config": {"users": {"a": {"password": "clear"}, "b": {}}, "odd": "clear"}, "more": [{"x": "clear"}], **arguments})
    assert "clear" not in json.dumps(result)
    if not arguments:
        assert result["invocation"]["module_args"]["config"] == {"users": 2, "odd": 0} and result["invocation"]["module_args"]["more"] == 1


@pytest.mark.parametrize(("spec", "text"), [(_module.RECONCILER, ModuleDocFragment.DOCUMENTATION), (_module.LEDGER, ModuleDocFragment.LEDGER)])
def test_the_common_options_are_documented_as_they_are(spec, text):
    told = yaml.safe_load(text)["options"]
    assert set(told) == set(spec)
    for name, option in spec.items():
        assert (told[name]["type"], told[name].get("default"), told[name].get("choices")) == (option["type"], option.get("default"), option.get("choices"))
