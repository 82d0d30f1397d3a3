# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Debian packages: what is missing, and that nothing is started while they are installed."""
from __future__ import annotations

import os
import pathlib
import shutil
import stat

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import debian
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.recipes import Recipe

pytestmark = pytest.mark.skipif(not shutil.which("dpkg-query"), reason="needs Debian")


def test_installed_packages_are_not_missing() -> None:
    assert debian.missing(["dpkg", "no-such-package-here", "bash"]) == ["no-such-package-here"]
    assert debian.missing([]) == []


@pytest.fixture
def machine(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A machine of the test's own: its policy file, its PostgreSQL settings, and programs that note how they are called."""
    monkeypatch.setattr(debian, "POLICY", str(tmp_path / "policy-rc.d"))
    monkeypatch.setattr(debian, "CREATE", str(tmp_path / "postgresql-common/createcluster.conf"))
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("apt-get", "apt-cache", "dpkg-deb"):
        place = tools / name
        place.write_text(f"#!/bin/sh\necho \"{name} $*\" >> {tmp_path}/calls\n[ -e {tmp_path}/{name} ] && . {tmp_path}/{name}\nexit 0\n")
        place.chmod(place.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    (tmp_path / "apt-cache").write_text("echo 'Candidate: 1.0'\n")
    return tmp_path


def calls(machine: pathlib.Path) -> list[str]:
    """Returns the calls that were made."""
    return (machine / "calls").read_text().splitlines() if (machine / "calls").exists() else []


def test_services_are_kept_from_starting_and_the_file_goes_again(machine: pathlib.Path) -> None:
    with debian.no_services():
        assert (machine / "policy-rc.d").read_text() == debian.POLICY_TEXT
        assert os.access(machine / "policy-rc.d", os.X_OK)
        assert "create_main_cluster = false" in (machine / "postgresql-common/createcluster.conf").read_text()
    assert not (machine / "policy-rc.d").exists()


def test_a_policy_of_somebody_else_is_left_alone(machine: pathlib.Path) -> None:
    (machine / "policy-rc.d").write_text("#!/bin/sh\nexit 0\n")
    with debian.no_services():
        pass
    assert (machine / "policy-rc.d").read_text() == "#!/bin/sh\nexit 0\n"


def test_a_policy_that_a_killed_run_left_goes(machine: pathlib.Path) -> None:
    (machine / "policy-rc.d").write_text(debian.POLICY_TEXT)
    with debian.no_services():
        pass
    assert not (machine / "policy-rc.d").exists()


def test_it_goes_when_the_installation_fails(machine: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="broken"), debian.no_services():
        raise ValueError("broken")
    assert not (machine / "policy-rc.d").exists()


def test_settings_of_postgresql_that_exist_are_left_alone(machine: pathlib.Path) -> None:
    (machine / "postgresql-common").mkdir()
    (machine / "postgresql-common/createcluster.conf").write_text("theirs\n")
    with debian.no_services():
        pass
    assert (machine / "postgresql-common/createcluster.conf").read_text() == "theirs\n"


def test_packages_are_fetched_into_the_cache_and_kept(machine: pathlib.Path) -> None:
    debian.install(["postgresql"], str(machine / "cache"))
    (call,) = [line for line in calls(machine) if line.startswith("apt-get")]
    assert f"Dir::Cache::archives={machine}/cache" in call
    assert "Keep-Downloaded-Packages=true" in call
    assert call.endswith("install --no-install-recommends postgresql")


def test_lists_are_refreshed_only_where_a_package_is_unknown(machine: pathlib.Path) -> None:
    (machine / "apt-cache").write_text("echo 'Candidate: (none)'\n")
    debian.install(["postgresql"], str(machine / "cache"))
    assert [line.split()[-1] for line in calls(machine) if line.startswith("apt-get")] == ["update", "postgresql"]


def test_an_old_list_is_refreshed_once_and_the_packages_installed(machine: pathlib.Path) -> None:
    (machine / "apt-get").write_text(f'case "$*" in *update) touch {machine}/fresh;; *install*) [ -e {machine}/fresh ] || exit 100;; esac\n')
    debian.install(["chromium"], str(machine / "cache"))
    assert [line.split()[-1] for line in calls(machine) if line.startswith("apt-get")] == ["chromium", "update", "chromium"]


def test_a_filled_cache_needs_no_network(machine: pathlib.Path) -> None:
    (machine / "cache").mkdir()
    (machine / "cache/postgresql_15_all.deb").write_text("")
    debian.install(["postgresql"], str(machine / "cache"))
    installs = [line for line in calls(machine) if " install " in line]
    assert len(installs) == 2  # the trial, and the real one
    assert all("--no-download" in line and line.endswith("postgresql_15_all.deb") for line in installs)


def test_a_cache_that_lacks_a_package_is_not_enough(machine: pathlib.Path) -> None:
    (machine / "cache").mkdir()
    (machine / "cache/postgresql_15_all.deb").write_text("")
    debian.install(["postgresql", "skopeo"], str(machine / "cache"))
    assert not any("--no-download" in line for line in calls(machine))


def test_a_cache_that_apt_cannot_use_is_passed_over(machine: pathlib.Path) -> None:
    (machine / "cache").mkdir()
    (machine / "cache/postgresql_15_all.deb").write_text("")
    (machine / "apt-get").write_text('case "$*" in *" -s "*) exit 100;; esac\n')
    debian.install(["postgresql"], str(machine / "cache"))
    assert calls(machine)[-1].endswith("install --no-install-recommends postgresql")


def test_a_failing_apt_says_what_to_do(machine: pathlib.Path) -> None:
    (machine / "apt-get").write_text("echo 'E: Unable to locate package postgresql' >&2\nexit 100\n")
    with pytest.raises(LabError, match=r"Unable to locate package postgresql.*«apt-get update» must pass"):
        debian.install(["postgresql"], str(machine / "cache"))
    assert not (machine / "policy-rc.d").exists()


def test_a_package_with_a_service_is_unpacked_not_installed(machine: pathlib.Path) -> None:
    work = machine / "work"
    work.mkdir()
    (machine / "apt-get").write_text('case "$*" in *download*) : > registry_1_amd64.deb;; esac\n')
    (machine / "dpkg-deb").write_text('mkdir -p "$3/usr/bin"; echo program > "$3/usr/bin/registry"\n')
    notes = debian.unpack(Recipe("registry", "deb", "Debian's", "registry-x", "registry", {"registry": "usr/bin/registry"}), str(work))
    assert notes == {"package": "registry_1_amd64.deb"}
    assert os.listdir(work) == ["registry"]
    assert not any(" install " in line for line in calls(machine))


def test_an_old_list_is_refreshed_once(machine: pathlib.Path) -> None:
    work = machine / "work"
    work.mkdir()
    (machine / "apt-get").write_text(
        f'case "$*" in *update) touch {machine}/fresh;; *download*) [ -e {machine}/fresh ] || exit 100; : > registry_1_amd64.deb;; esac\n')
    (machine / "dpkg-deb").write_text('mkdir -p "$3/usr/bin"; echo program > "$3/usr/bin/registry"\n')
    debian.unpack(Recipe("registry", "deb", "Debian's", "registry-x", "registry", {"registry": "usr/bin/registry"}), str(work))
    assert (work / "registry").exists()
