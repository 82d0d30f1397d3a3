# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Programs built with Go. What a build of the lab's own modules gives is shown by the lab's tests; here are the decisions around it."""
from __future__ import annotations

import os
import pathlib
import stat

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import gobuild
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.recipes import Recipe


@pytest.mark.parametrize(("text", "version"), [
    ("go version go1.26.8 linux/amd64\n", (1, 26)), ("go version go1.27rc1 linux/amd64", (1, 27)), ("go version devel +abc", None), ("", None),
])
def test_the_version_of_go(text: str, version: tuple[int, int] | None) -> None:
    assert gobuild.go_version(text) == version


@pytest.mark.parametrize(("value", "kept"), [
    ("https://a.example,direct", "https://a.example"), ("https://a.example|direct", "https://a.example"),
    ("https://a.example,https://b.example", "https://a.example,https://b.example"), ("direct", "off"), ("", "off"), ("off", "off"),
])
def test_no_module_is_looked_for_at_its_origin(value: str, kept: str) -> None:
    assert gobuild.proxy_without_direct(value) == kept


def fake_go(folder: pathlib.Path, version: str, more: str = "") -> str:
    """Writes a program that says it is Go."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "go"
    script = "#!/bin/sh\n[ \"$1\" = env ] && echo 'https://p.example,direct'\n"
    place.write_text(f"{script}[ \"$1\" = version ] && echo 'go version {version} linux/amd64'\n{more}\nexit 0\n")
    place.chmod(place.stat().st_mode | stat.S_IXUSR)
    return os.fspath(place)


def test_a_new_enough_go_of_the_machine_is_taken(tmp_path: pathlib.Path) -> None:
    own = fake_go(tmp_path / "bin", "go1.26.0")
    assert gobuild.find_go(str(tmp_path / "bin")) == own


def test_an_old_go_is_passed_over(tmp_path: pathlib.Path) -> None:
    old = fake_go(tmp_path / "bin", "go1.19.8")
    assert gobuild.find_go(str(tmp_path / "bin")) != old


def test_the_environment_makes_the_build_repeatable(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOFLAGS", "-mod=mod")
    env = gobuild.environment(fake_go(tmp_path, "go1.26.0"))
    assert env["GOPROXY"] == "https://p.example"
    assert "-mod=readonly" in env["GOFLAGS"]
    assert (env["GOTOOLCHAIN"], env["CGO_ENABLED"], env["GOWORK"]) == ("local", "0", "off")
    monkeypatch.delenv("HOME", raising=False)
    assert gobuild.environment(fake_go(tmp_path, "go1.26.0"))["HOME"] == "/root"


def test_the_counter_tells_fetching_from_compiling() -> None:
    counter = gobuild.Counter()
    assert counter.words(0) == ""
    counter.line("go: downloading k8s.io/api v0.35.4")
    assert counter.words(0) == "1 modules fetched"
    for line in ("k8s.io/api/core/v1", "crypto/internal/fips140/aes", "# k8s.io/api: something else"):
        counter.line(line)
    assert counter.words(1400) == "2 packages compiled, of 1400 less those that an earlier run compiled"


def recipe(folder: pathlib.Path, name: str = "pause") -> Recipe:
    """Returns a recipe of a module with nothing but a program."""
    folder.mkdir(exist_ok=True)
    (folder / "go.mod").write_text("module x\n")
    return Recipe(name, "go", "1.35.4", f"{name}-1", str(folder), {name: "."})


def build(recipe_: Recipe, go: str, work: pathlib.Path) -> dict[str, str]:
    """Builds into a folder."""
    work.mkdir(exist_ok=True)
    return gobuild.build(recipe_, go, str(work), lambda _counter, _total: None)


LISTS = '[ "$1" = list ] && printf "a\\nb\\n"\n'
BUILDS = 'if [ "$1" = build ]; then echo b >&2; while [ $# -gt 0 ]; do [ "$1" = -o ] && echo program > "$2"; shift; done; fi\n'


def test_a_build_leaves_the_program_alone(tmp_path: pathlib.Path) -> None:
    go = fake_go(tmp_path / "bin", "go1.26.0", LISTS + BUILDS)
    notes = build(recipe(tmp_path / "source"), go, tmp_path / "work")
    assert os.listdir(tmp_path / "work") == ["pause"]
    assert notes["go"].startswith("go version go1.26.0")


def test_the_one_kubernetes_program_gets_its_names(tmp_path: pathlib.Path) -> None:
    go = fake_go(tmp_path / "bin", "go1.26.0", LISTS + BUILDS)
    build(recipe(tmp_path / "source", "kubernetes"), go, tmp_path / "work")
    assert sorted(os.listdir(tmp_path / "work")) == sorted(["kubernetes", *gobuild.KUBERNETES])
    assert os.readlink(tmp_path / "work/kubelet") == "kubernetes"


def test_kwok_gets_its_stage_files_or_a_sentence(tmp_path: pathlib.Path) -> None:
    module = tmp_path / "module"
    go = fake_go(tmp_path / "bin", "go1.26.0", f'[ "$2" = -m ] && echo {module} && exit 0\n' + LISTS + BUILDS)
    with pytest.raises(LabError, match="kwok's module holds no kustomize/stage/node/fast"):
        build(recipe(tmp_path / "source", "kwok"), go, tmp_path / "work")
    for path in gobuild.STAGES:
        (module / path).parent.mkdir(parents=True, exist_ok=True)
        (module / path).write_text("stage")
    build(recipe(tmp_path / "source", "kwok"), go, tmp_path / "again")
    assert len(os.listdir(tmp_path / "again/stages")) == len(gobuild.STAGES)


def test_a_failing_build_says_what_to_do(tmp_path: pathlib.Path) -> None:
    go = fake_go(tmp_path / "bin", "go1.26.0", LISTS + '[ "$1" = build ] && echo "go: verifying module: checksum mismatch" >&2 && exit 1\n')
    with pytest.raises(LabError, match=r"checksum mismatch.*what is already compiled is kept"):
        build(recipe(tmp_path / "source"), go, tmp_path / "work")
