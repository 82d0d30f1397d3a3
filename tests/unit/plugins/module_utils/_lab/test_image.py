# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Images made of a few files, read back as containerd reads them."""
from __future__ import annotations

import hashlib
import json
import os
import pathlib
import tarfile

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import image


@pytest.fixture
def archive(tmp_path: pathlib.Path) -> pathlib.Path:
    """An image with one program."""
    (tmp_path / "web").write_bytes(b"\x7fELF program")
    target = tmp_path / "image.tar"
    image.write("localhost/web:1", str(target), {"bin/web": str(tmp_path / "web")}, ["/bin/web"])
    return target


def read(archive: pathlib.Path, name: str) -> bytes:
    """Returns a member of the archive."""
    with tarfile.open(archive) as tar:
        inside = tar.extractfile(name)
        assert inside
        return inside.read()


def test_the_manifest_leads_to_everything(archive: pathlib.Path) -> None:
    (manifest,) = json.loads(read(archive, "manifest.json"))
    assert manifest["RepoTags"] == ["localhost/web:1"]
    config = json.loads(read(archive, manifest["Config"]))
    assert config["config"]["Entrypoint"] == ["/bin/web"]
    layer = read(archive, manifest["Layers"][0])
    assert config["rootfs"]["diff_ids"] == ["sha256:" + hashlib.sha256(layer).hexdigest()]


def test_the_configuration_is_named_by_its_digest(archive: pathlib.Path) -> None:
    (manifest,) = json.loads(read(archive, "manifest.json"))
    assert manifest["Config"] == hashlib.sha256(read(archive, manifest["Config"])).hexdigest() + ".json"


def test_the_layer_holds_the_program_and_a_place_to_write(archive: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (manifest,) = json.loads(read(archive, "manifest.json"))
    place = tmp_path / "layer.tar"
    place.write_bytes(read(archive, manifest["Layers"][0]))
    with tarfile.open(place) as layer:
        modes = {member.name: member.mode for member in layer.getmembers()}
        assert modes == {"bin": 0o755, "tmp": 0o1777, "bin/web": 0o755}
        inside = layer.extractfile("bin/web")
        assert inside and inside.read() == b"\x7fELF program"


def test_the_same_files_give_the_same_image(tmp_path: pathlib.Path) -> None:
    (tmp_path / "web").write_bytes(b"x")
    manifests = []
    for name in ("a", "b"):
        image.write("localhost/web:1", str(tmp_path / name), {"bin/web": str(tmp_path / "web")}, ["/bin/web"])
        manifests.append(read(tmp_path / name, "manifest.json"))
    assert manifests[0] == manifests[1]


def test_nothing_else_is_left_behind(archive: pathlib.Path, tmp_path: pathlib.Path) -> None:
    assert sorted(os.listdir(tmp_path)) == ["image.tar", "web"]


def test_a_missing_file_leaves_no_half_layer(tmp_path: pathlib.Path) -> None:
    with pytest.raises(FileNotFoundError):
        image.write("localhost/web:1", str(tmp_path / "image.tar"), {"bin/web": str(tmp_path / "none")}, ["/bin/web"])
    assert os.listdir(tmp_path) == []
