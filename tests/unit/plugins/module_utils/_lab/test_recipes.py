# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lock files and what follows from them."""
from __future__ import annotations

import pathlib

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import recipes
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError

ROOT = pathlib.Path(__file__).resolve().parents[5]
FILES = str(ROOT / "roles/lab/files")
EVERYTHING = [*recipes.WHEELS, *recipes.GO, *recipes.MAVEN, *recipes.DEBS]
HASH = "a" * 64


def test_the_roles_own_files_give_every_recipe() -> None:
    found = recipes.load(FILES, EVERYTHING)
    assert set(found) == set(EVERYTHING)
    assert found["openbao"].version == "2.7.2"
    assert found["kubernetes"].version == "1.35.4"
    assert (found["keycloak"].kind, found["keycloak"].version) == ("maven", "26.7.3")
    assert found["kwok"].kind == found["versitygw"].kind == "go"


def test_no_two_recipes_share_a_folder() -> None:
    folders = [recipe.folder for recipe in recipes.load(FILES, EVERYTHING).values()]
    assert len(set(folders)) == len(folders)


def test_a_lock_line_must_have_a_hash() -> None:
    with pytest.raises(LabError, match="«web==1.0» is not of the form"):
        recipes.wheels("web==1.0\n")


@pytest.mark.parametrize("line", ["web>=1.0 --hash=sha256:" + HASH, "web --hash=sha256:" + HASH, "web==1.0 --hash=md5:" + HASH, "web==1.0 --hash=sha256:abc"])
def test_a_loose_lock_line_is_refused(line: str) -> None:
    with pytest.raises(LabError):
        recipes.wheels(line)


def test_a_lock_with_comments_continuations_and_several_hashes() -> None:
    text = f"# a comment\n\nweb==1.0 \\\n  --hash=sha256:{HASH} \\\n  --hash=sha256:{'b' * 64}  # two machines\nother==2 --hash=sha256:{HASH}\n"
    found = recipes.wheels(text)
    assert found["web"][0] == "1.0"
    assert found["web"][1].count("--hash=") == 2
    assert found["other"][0] == "2"


@pytest.mark.parametrize("text", [
    "require example.org/web v1.2.3\n", "require (\n\texample.org/web v1.2.3\n)\n", "require (\n\texample.org/web v1.2.3 // indirect\n)\n",
])
def test_the_version_in_a_go_mod(text: str) -> None:
    assert recipes.requirement(text, "example.org/web") == "1.2.3"


def test_a_module_that_go_mod_does_not_require() -> None:
    with pytest.raises(LabError, match="requires no example.org/web"):
        recipes.requirement("require example.org/webby v1.0.0\n", "example.org/web")


def test_kubernetes_is_told_its_version_and_others_are_not() -> None:
    flags = recipes.linker_flags("kubernetes", "1.35.4")
    assert "gitVersion=v1.35.4" in flags
    assert "gitMinor=35" in flags
    assert recipes.linker_flags("kwok", "0.8.0") == "-s -w"


@pytest.mark.parametrize("line", ["a:b:zip:1.0", "a:b:1.0 --hash=sha256:" + HASH, "a:b:zip:1.0 --hash=sha256:abc", "a:b:zip:1.0 --hash=md5:" + HASH])
def test_a_loose_line_of_the_artifacts_lock_is_refused(line: str) -> None:
    with pytest.raises(LabError, match=r"maven\.txt: «a:b.*» is not of the form «group:artifact:type:version --hash=sha256:…»"):
        recipes.artifacts(line + "\n")


def test_a_lock_of_artifacts() -> None:
    found = recipes.artifacts(f"# a comment\norg.example:web-dist:zip:1.2.Final --hash=sha256:{HASH}\n")
    assert found == {"org.example:web-dist:zip": ("1.2.Final", f"org.example:web-dist:zip:1.2.Final --hash=sha256:{HASH}")}


def test_other_settings_of_keycloaks_build_change_its_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    before = recipes.load(FILES, ["keycloak"])["keycloak"].folder
    monkeypatch.setattr(recipes, "KEYCLOAK_BUILD", ("--db=postgres",))
    assert recipes.load(FILES, ["keycloak"])["keycloak"].folder != before


def copy(target: pathlib.Path, go_sum: str = "") -> str:
    """Writes a folder of lock files with one Go module."""
    module = target / "go/kwok"
    module.mkdir(parents=True, exist_ok=True)
    (module / "go.mod").write_text("module x\nrequire sigs.k8s.io/kwok v0.8.0\n")
    (module / "go.sum").write_text(go_sum)
    (target / "wheels.txt").write_text(f"supervisor==4.3.0 --hash=sha256:{HASH}\n")
    return str(target)


def test_any_input_changes_the_folder(tmp_path: pathlib.Path) -> None:
    first = recipes.load(copy(tmp_path), ["kwok"])["kwok"].folder
    assert recipes.load(copy(tmp_path), ["kwok"])["kwok"].folder == first
    assert recipes.load(copy(tmp_path, "changed"), ["kwok"])["kwok"].folder != first


def test_a_virtual_environment_is_shared_by_all_pythons(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = copy(tmp_path)
    before = recipes.load(folder, ["supervisor"])["supervisor"].folder
    monkeypatch.setattr("sys.version", "3.99")
    assert recipes.load(folder, ["supervisor"])["supervisor"].folder == before


def test_an_unknown_name_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(LabError, match="no recipe for «etcdd»; known are .*kubernetes.*versitygw"):
        recipes.load(FILES, ["etcdd"])


def test_every_go_module_of_ours_has_a_recipe_and_flags() -> None:
    folders = {path.name for path in (ROOT / "roles/lab/files/go").iterdir()}
    assert folders == set(recipes.GO) == set(recipes.GO_FLAGS)


def test_every_locked_package_is_used() -> None:
    locked = recipes.wheels((ROOT / "roles/lab/files/wheels.txt").read_text())
    assert set(locked) == {entry[1] for entry in recipes.WHEELS.values()}


def test_every_locked_artifact_is_used() -> None:
    assert set(recipes.artifacts((ROOT / "roles/lab/files/maven.txt").read_text())) == {entry[0] for entry in recipes.MAVEN.values()}


def test_go_sums_are_there_where_modules_are_required() -> None:
    for name in recipes.GO:
        module = ROOT / "roles/lab/files/go" / name
        assert (module / "go.sum").exists() == ("require" in (module / "go.mod").read_text()), name


@pytest.mark.parametrize("read", [recipes.wheels, recipes.artifacts])
def test_an_empty_lock_pins_nothing(read) -> None:
    assert read("") == read("# only a comment\n\n") == {}


def test_another_version_or_hash_of_keycloak_changes_its_folder(tmp_path: pathlib.Path) -> None:
    folders = set()
    for version, sha256 in (("1.0", "a"), ("1.0", "b"), ("1.1", "b")):
        (tmp_path / "wheels.txt").write_text("")
        (tmp_path / "maven.txt").write_text(f"org.keycloak:keycloak-quarkus-dist:zip:{version} --hash=sha256:{sha256 * 64}\n")
        folders.add(recipes.load(str(tmp_path), ["keycloak"])["keycloak"].folder)
    assert len(folders) == 3
