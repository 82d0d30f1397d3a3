# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who holds the keys: OpenPGP holders, a key split anew, and the way back to a root token."""
from __future__ import annotations

import base64
import json
import shutil
import subprocess

import pytest

from tests.lab.initialise import Site, steps


@pytest.fixture
def site(bao_server, tmp_path):
    return Site(bao_server(initialised=False), tmp_path)


class Holder:
    """A person with an OpenPGP key of Debian's gpg."""

    def __init__(self, folder):
        folder.mkdir(mode=0o700)
        self.home = str(folder)
        self.gpg("--batch", "--passphrase", "", "--quick-gen-key", "holder@example.com", "default", "default", "never")
        self.armoured = self.gpg("--export", "--armor", "holder@example.com").decode()
        self.binary = self.gpg("--export", "holder@example.com")

    def gpg(self, *args, stdin=None):
        return subprocess.run(["gpg", "--homedir", self.home, "--quiet", *args], input=stdin, capture_output=True, check=True).stdout

    def decrypt(self, share):
        return self.gpg("--decrypt", stdin=base64.b64decode(share)).decode()


@pytest.fixture
def holders(tmp_path):
    if not shutil.which("gpg"):
        pytest.skip("gpg isn't installed")
    made = [Holder(tmp_path / f"gpg{number}") for number in range(2)]
    yield made
    for holder in made:
        subprocess.run(["gpgconf", "--homedir", holder.home, "--kill", "all"], check=False)


def test_shares_encrypted_for_their_holders(site, holders, tmp_path):
    file = tmp_path / "second.gpg"
    file.write_bytes(holders[1].binary)
    options = {"shares": 2, "threshold": 2, "pgp_keys": [holders[0].armoured, str(file)]}
    foreseen = site.init(check=True, **options)
    first = site.init(**options)
    assert steps(first) == ["initialise"] == steps(foreseen) and first["sealed"] and foreseen["sealed"]
    assert "hand them out" in site.warnings[0]
    assert site.kept()["answer"]["encrypted"] and site.kept()["answer"]["keys"] == first["encrypted_shares"]

    said = site.refused(**options)
    assert "its shares are encrypted for people: 2 of them" in said
    keys = [holder.decrypt(share) for holder, share in zip(holders, first["encrypted_shares"])]
    assert "unseal_keys has 1" in site.refused(unseal_keys=keys[:1], **options)
    assert steps(site.init(unseal_keys=keys, **options)) == ["unseal"]
    assert not site.init(**options)["changed"], "open, it needs nobody's share"
    assert steps(site.init(root_token="absent", **options)) == ["revoke_root"], "the root token was not encrypted"


def test_a_root_token_for_one_person(site, holders):
    site.init(root_token_pgp_key=base64.b64encode(holders[0].binary).decode())
    answer = site.kept()["answer"]
    assert answer["root_token"] is None
    token = holders[0].decrypt(answer["encrypted_root_token"])
    assert site.server.call("GET", "auth/token/lookup-self", token=token)["data"]["policies"] == ["root"]
    assert not site.init(root_token="absent")["changed"], "there is none that a run could revoke"


def test_keys_that_are_none(site, holders):
    private = holders[0].gpg("--batch", "--pinentry-mode", "loopback", "--passphrase", "", "--export-secret-keys", "--armor").decode()
    assert "private key" in site.refused(pgp_keys=[private])
    holders[1].gpg("--batch", "--passphrase", "", "--quick-gen-key", "signer@example.com", "rsa2048", "sign", "never")
    said = site.refused(pgp_keys=[holders[1].gpg("--export", "--armor", "signer@example.com").decode()])
    assert "no valid encryption keys" in said and "mark" not in site.kept(), "the server said no before it began"
    assert not site.server.seal_status()["initialized"]


def test_the_key_is_split_anew(site):
    site.init()
    old = site.kept()["answer"]["keys"]
    site.init(shares=3, threshold=2)
    assert "the root key is split 1 of 1, wanted is 2 of 3" in site.warnings[0]
    assert steps(site.init(check=True, shares=3, threshold=2, rekey=True)) == ["rekey"]
    assert steps(site.init(shares=3, threshold=2, rekey=True)) == ["rekey"]
    answer = site.kept()["answer"]
    assert len(answer["keys"]) == 3 and answer["keys"] != old and "pending" not in site.kept()
    assert (site.server.seal_status()["n"], site.server.seal_status()["t"]) == (3, 2)
    assert not site.init(shares=3, threshold=2, rekey=True)["changed"]
    site.server.restart(unseal=False)
    assert steps(site.init(shares=3, threshold=2)) == ["unseal"]
    site.init(shares=3, threshold=2, root_token="absent")
    assert "rekey needs a token" in site.refused(rekey=True)


def test_recovery_shares_are_split_anew(bao_server, tmp_path):
    site = Site(bao_server(initialised=False, seal="static"), tmp_path)
    site.init()
    assert steps(site.init(shares=3, threshold=2, rekey=True)) == ["rekey"]
    assert len(site.kept()["answer"]["keys"]) == 3 and not site.init(shares=3, threshold=2, rekey=True)["changed"]


def test_a_rekey_of_somebody_else_is_left_alone(site):
    site.init()
    token = site.kept()["answer"]["root_token"]
    site.server.call("POST", "sys/rotate/root/init", {"secret_shares": 5, "secret_threshold": 3}, token=token)
    assert "somebody else is splitting its key anew" in site.refused(shares=3, threshold=2, rekey=True)
    assert site.server.call("GET", "sys/rotate/root/init", token=token)["data"]["n"] == 5


def test_a_rekey_that_was_ended_before_the_server_switched_over(site):
    """The new shares are in the store, the server has not been given them back: the old ones still count."""
    site.init()
    entry = site.kept()
    site.keep({**entry, "pending": {"kind": "rekey", "keys": ["bmV3"], "shares": 3, "threshold": 2, "encrypted": False}})
    token = entry["answer"]["root_token"]
    site.server.call("POST", "sys/rotate/root/init", {"secret_shares": 3, "secret_threshold": 2, "require_verification": True}, token=token)
    site.init()
    assert site.kept()["answer"]["keys"] == entry["answer"]["keys"] and "pending" not in site.kept()


def test_a_rekey_that_was_ended_after_the_server_switched_over(site):
    """The server has the new shares, the store still calls them pending: they count from now on."""
    site.init()
    old = site.kept()
    site.init(shares=3, threshold=2, rekey=True)
    new = site.kept()["answer"]
    pending = {key: new[key] for key in ("keys", "shares", "threshold", "encrypted")}
    site.keep({**old, "pending": {"kind": "rekey", **pending}})
    site.server.restart(unseal=False)
    assert steps(site.init(shares=3, threshold=2)) == ["unseal"]
    assert site.kept()["answer"]["keys"] == new["keys"] and "pending" not in site.kept()


# --- the way back ------------------------------------------------------------------------------------------------------------------
def open_way_back(server):
    """What docs/vault.md tells: the listener serves generate-root for as long as it's needed."""
    file = server.folder / "config.json"
    config = json.loads(file.read_text("utf-8"))
    config["listener"][0]["tcp"]["disable_unauthed_generate_root_endpoints"] = False
    file.write_text(json.dumps(config), "utf-8")
    server.restart(unseal=False)


def test_the_way_back_is_closed_by_default(site):
    if site.server.vendor == "vault":
        pytest.skip("HashiCorp Vault serves generate-root by default")
    site.init(root_token="absent")
    assert site.kept()["answer"]["root_token"] is None
    said = site.refused(root_token="present")
    assert "disable_unauthed_generate_root_endpoints" in said


@pytest.mark.parametrize("seal", [None, "static"])
def test_the_way_back(bao_server, tmp_path, seal):
    site = Site(bao_server(initialised=False, seal=seal), tmp_path)
    site.init(shares=3, threshold=2)
    site.init(shares=3, threshold=2, root_token="absent")
    open_way_back(site.server)
    site.init(shares=3, threshold=2)
    assert steps(site.init(check=True, shares=3, threshold=2, root_token="present")) == ["generate_root"]
    done = site.init(shares=3, threshold=2, root_token="present")
    assert steps(done) == ["generate_root"] and done["root_token_stored"]
    token = site.kept()["answer"]["root_token"]
    assert site.server.call("GET", "auth/token/lookup-self", token=token)["data"]["policies"] == ["root"]
    assert not site.init(shares=3, threshold=2, root_token="present")["changed"]
    assert steps(site.init(shares=3, threshold=2, root_token="absent")) == ["revoke_root"]


def test_a_root_token_that_somebody_else_makes_is_left_alone(site):
    site.init()
    site.init(root_token="absent")
    open_way_back(site.server)
    site.init()
    site.server.call("PUT", "sys/generate-root/attempt", {})
    assert "somebody else is making a root token" in site.refused(root_token="present")
    site.keep({**site.kept(), "pending": {"kind": "root"}})
    assert steps(site.init(root_token="present")) == ["generate_root"], "an attempt of ours that was ended is begun again"


def test_not_enough_shares_for_a_root_token(site):
    site.init(shares=3, threshold=2)
    entry = site.kept()
    site.init(shares=3, threshold=2, root_token="absent")
    site.keep({**site.kept(), "answer": {**site.kept()["answer"], "keys": entry["answer"]["keys"][:1]}})
    assert "a root token needs 2 shares, 1 are there" in site.refused(shares=3, threshold=2, root_token="present")
