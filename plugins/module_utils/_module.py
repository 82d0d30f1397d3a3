# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A module's process: its libraries, its faults, its result, and what is told of its call. The main() of every module that drives a system of the platform
is one call of :func:`run`."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused, Unforeseeable

# The options of every reconciler (doc fragment ``reconciler``), and those of one that keeps a ledger (``reconciler.ledger``).
RECONCILER: dict[str, t.Any] = {
    "prune": {"type": "str", "choices": ["none", "owned"], "default": "none"},
    "max_deletes": {"type": "int", "default": 10}, "adopt": {"type": "bool", "default": False}, "plan_file": {"type": "path"},
    "concurrency": {"type": "int", "default": 16},
}
LEDGER: dict[str, t.Any] = {"scope": {"type": "str", "default": "default"}, "site": {"type": "str"}}


def with_fallbacks(options: dict[str, t.Any], fallback: t.Callable) -> dict[str, t.Any]:
    """Options of a connection, in which ``fallback`` names an environment variable, as Ansible's argument_spec has them. ``fallback``: ``env_fallback``."""
    return {name: {**option, **({"fallback": (fallback, [option["fallback"]])} if "fallback" in option else {})} for name, option in options.items()}


class Module(AnsibleModule):
    """``libraries``: names and import errors of those that are needed. ``counted``: options of which only the sizes are told where Ansible tells
    what was called (results, the host's log), from the check of the arguments on: they are large, and may hold secrets. ``stats()``: to be set by the run."""

    def __init__(self, spec: dict[str, t.Any], libraries: t.Iterable[tuple[str, str | None]] = (), counted: t.Collection[str] = ()):
        self.counted, self.stats = counted, None
        super().__init__(argument_spec=spec, supports_check_mode=True)
        for library, trace in libraries:
            if trace:
                self.fail_json(msg=missing_required_lib(library), exception=trace)

    def register(self, value: str) -> None:
        """A secret, which Ansible takes out of whatever it prints. An empty one would be found between any two letters."""
        if value:
            self.no_log_values.add(value)

    def _log_invocation(self) -> None:
        """Ansible writes every argument to the host's log."""
        whole, self.params = self.params, self._told()
        try:
            super()._log_invocation()
        finally:
            self.params = whole

    def _return_formatted(self, kwargs: dict[str, t.Any]) -> None:
        if self.counted:
            kwargs = {"invocation": {"module_args": self._told()}, **kwargs}
        super()._return_formatted(kwargs)

    def _told(self) -> dict[str, t.Any]:
        return {name: _size(value) if name in self.counted else value for name, value in self.params.items()}


def _size(value: t.Any) -> t.Any:
    """How many entries each section of a declaration has."""
    if isinstance(value, dict):
        return {name: len(content) if isinstance(content, (dict, list)) else 0 for name, content in value.items()}
    return len(value) if isinstance(value, list) else {}


def run(spec: dict[str, t.Any], work: t.Callable[[Module], dict[str, t.Any]], errors: tuple[type[Exception], ...] = (), *,
        libraries: t.Iterable[tuple[str, str | None]] = (), counted: t.Collection[str] = ()) -> t.NoReturn:
    """``work(module)``: the module's result, with ``warnings``. ``errors``: failures, besides refusals, whose text is a sentence for people.

    A failure returns ``changed`` (false unless the refusal says otherwise), the refusal's own result, and ``stats`` where the run set them."""
    module = Module(spec, libraries, counted)
    try:
        result = work(module)
    except Unforeseeable as reason:
        result = {"changed": False, "plan": [], "foreseen": False, "warnings": [str(reason)], **_stats(module)}
    except (Refused, ValueError, *errors) as error:
        module.fail_json(msg=str(error), **{"changed": False, **_stats(module), **getattr(error, "result", {})})
    # As warn() has it: ansible-core 2.23 takes them no more from the result.
    for text in result.pop("warnings", ()):
        module.warn(text)
    module.exit_json(**result)


def _stats(module: Module) -> dict[str, t.Any]:
    return {"stats": module.stats()} if module.stats else {}
