# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keycloak's archive: fetched or given, verified, built. The real ones: tests/lab."""
from __future__ import annotations

import hashlib
import http.server
import os
import pathlib
import threading
import typing as t
import zipfile

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import maven
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.recipes import KEYCLOAK_BUILD, Recipe

NAME = "keycloak-quarkus-dist-1.2.3.zip"
SCRIPT = """#!/bin/sh
mkdir -p data/tmp
echo "$JAVA|$KC_DB|$*" > built
"""


@pytest.fixture
def archive(tmp_path: pathlib.Path) -> pathlib.Path:
    """A distribution as Keycloak's own is laid out."""
    place = tmp_path / "given" / NAME
    place.parent.mkdir()
    with zipfile.ZipFile(place, "w") as file:
        file.writestr("keycloak-1.2.3/bin/kc.sh", SCRIPT)
        file.writestr("keycloak-1.2.3/lib/quarkus-run.jar", "jar")
    return place


def recipe(archive: pathlib.Path) -> Recipe:
    """Returns the recipe whose lock is of this archive."""
    sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
    return Recipe("keycloak", "maven", "1.2.3", "keycloak-1.2.3-x", f"org.keycloak:keycloak-quarkus-dist:zip:1.2.3 --hash=sha256:{sha256}", {})


@pytest.fixture
def work(tmp_path: pathlib.Path) -> str:
    """The folder to fill."""
    (tmp_path / "work").mkdir()
    return str(tmp_path / "work")


def test_a_line_of_the_lock_is_taken_apart(archive: pathlib.Path) -> None:
    artifact, sha256 = maven.parts(recipe(archive))
    assert artifact == "org.keycloak:keycloak-quarkus-dist:1.2.3:zip"
    assert len(sha256) == 64


@pytest.mark.parametrize("folder", [False, True], ids=["file", "folder"])
def test_an_archive_that_is_given_is_used_where_it_lies(archive: pathlib.Path, work: str, folder: bool) -> None:
    assert maven.given(str(archive.parent if folder else archive), recipe(archive), work) == str(archive)


def test_an_archive_that_is_not_there_is_a_sentence(archive: pathlib.Path, work: str, tmp_path: pathlib.Path) -> None:
    with pytest.raises(LabError, match=f"there is no file {tmp_path}/{NAME}: put {NAME} there"):
        maven.given(str(tmp_path), recipe(archive), work)


def test_an_archive_by_url(archive: pathlib.Path, work: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    class Handler(http.server.SimpleHTTPRequestHandler):
        """Serves the folder of the archive, silently."""

        def __init__(self, *args: t.Any) -> None:
            super().__init__(*args, directory=str(archive.parent))

        def log_message(self, *_args: t.Any) -> None:
            """Says nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = maven.given(f"http://127.0.0.1:{server.server_port}/{NAME}", recipe(archive), work)
        with pytest.raises(LabError, match="can't be fetched: .*404.* leave it to Maven"):
            maven.given(f"http://127.0.0.1:{server.server_port}/other.zip", recipe(archive), work)
        server.shutdown()
    maven.verify(place, recipe(archive))


def test_another_archive_is_refused(archive: pathlib.Path) -> None:
    wanted = recipe(archive)
    archive.write_bytes(b"another")
    with pytest.raises(LabError, match="has the sha256 .* and the lock says .*: it is not used"):
        maven.verify(str(archive), wanted)


def test_maven_is_asked_for_the_one_artifact_with_a_repository_of_its_own(archive: pathlib.Path, work: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def run(argv: list[str], _advice: str, **_options: t.Any) -> str:
        asked.append(argv)
        os.mkdir(os.path.join(work, "fetched"))
        pathlib.Path(work, "fetched", NAME).write_text("x")
        return ""

    monkeypatch.setattr(maven, "run", run)
    assert maven.fetch(recipe(archive), work) == os.path.join(work, "fetched", NAME)
    assert asked[0][0] == "mvn"
    assert {"--strict-checksums", f"-Dmaven.repo.local={work}/repository", "-Dartifact=org.keycloak:keycloak-quarkus-dist:1.2.3:zip"} <= set(asked[0])


def test_a_machine_whose_maven_fails_is_told_the_other_ways(archive: pathlib.Path, work: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(LabError, match=r"mvn can't be run: .*settings\.xml.*lab_keycloak_archive.*LAB_CACHE"):
        maven.fetch(recipe(archive), work)


def test_what_is_made_is_built_and_holds_nothing_else(archive: pathlib.Path, work: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KC_DB", "a person's own")
    said: list[str] = []
    assert maven.make(recipe(archive), work, "/usr/bin/java", str(archive), said.append) == {"artifact": "org.keycloak:keycloak-quarkus-dist:1.2.3:zip"}
    assert sorted(os.listdir(work)) == ["bin", "built", "lib"]
    assert pathlib.Path(work, "built").read_text() == f"/usr/bin/java||build {' '.join(KEYCLOAK_BUILD)}\n"
    assert said == ["unpacking", "building it for PostgreSQL (about 1 minute)"]
    assert archive.exists()


def test_what_was_fetched_for_it_goes(archive: pathlib.Path, work: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(_recipe: Recipe, folder: str) -> str:
        for name in ("fetched", "repository"):
            os.mkdir(os.path.join(folder, name))
        place = os.path.join(folder, "fetched", NAME)
        pathlib.Path(place).write_bytes(archive.read_bytes())
        return place

    monkeypatch.setattr(maven, "fetch", fetch)
    maven.make(recipe(archive), work, "/usr/bin/java", "", lambda _text: None)
    assert sorted(os.listdir(work)) == ["bin", "built", "lib"]


def test_a_build_that_fails_tells_its_last_words(archive: pathlib.Path, work: str) -> None:
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("keycloak-1.2.3/bin/kc.sh", "#!/bin/sh\necho no memory >&2\nexit 1\n")
    with pytest.raises(LabError, match="no memory.*See that 1 GB of memory is free"):
        maven.make(recipe(archive), work, "/usr/bin/java", str(archive), lambda _text: None)
