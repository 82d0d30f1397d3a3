# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two first runs at once, and the faster one turns the database's first password while the slower one still holds it: both end well.

Not by chance: the wire stops the slower run at a chosen request, lets the other run from its beginning to its end, and goes on.
"""

from __future__ import annotations

import json
import threading

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _reconcile
from tests.lab.postgres import postgres  # noqa: F401  # pylint: disable=unused-import
from tests.lab.test_vault_config_database import FIRST, config, credentials, database  # noqa: F401  # pylint: disable=unused-import
from tests.lab.vault_runs import Runs
from tests.support.wire import Wire

LEDGER = "/v1/platform-ledger/data/vault/default"
MOMENTS = {
    "before it notes what it is going to make": ("POST", LEDGER, 1),
    "before it makes the connection": ("POST", "/v1/database/config/main", 1),
    "before it turns the password": ("POST", "/v1/database/rotate-root/main", 1),
}
SECRET = ("POST", "/v1/platform/data/database/vault", 1)
# Where a run can be held that has noted what it is going to make. The request that makes the connection may not be under way for longer than PATIENCE.
LATE = {
    "before it makes the secret": SECRET,
    "before it shows life": ("POST", LEDGER, 2),
    "before it looks whether there is a connection": ("GET", "/v1/database/config/main", 1),
    "before it shows life once more": ("POST", LEDGER, 3),
    "before it turns the password": ("POST", "/v1/database/rotate-root/main", 1),
    "before it notes that it is done": ("POST", LEDGER, 4),
}


@pytest.fixture(autouse=True)
def _patience(monkeypatch):
    """A run that waits for one that the wire holds waits in vain."""
    monkeypatch.setattr(_reconcile, "PATIENCE", 1.0)


@pytest.fixture
def wire(server, tmp_path):
    with Wire(server.addr, server.ca_file, tmp_path / "wire") as made:
        yield made


def overtaken(server, wire, moment: tuple, faster) -> list:
    """``faster()`` runs while a request of this method and path, the first one or the one of this number, waits on the wire; what it raised, and how
    often it ran."""
    ran: list = []

    def watch(event, stage):
        if stage == "arrived" and not ran and (event.method, event.path) == moment[:2] and event.count + 1 >= moment[-1]:
            ran.append(None)
            try:
                faster()
            except Exception as error:  # pylint: disable=broad-exception-caught
                ran[0] = error

    wire.watch = watch
    return ran


def noted(server) -> dict:
    return json.loads(server.call("GET", "platform-ledger/data/vault/default")["data"]["data"]["objects"])["database_connection:database/main"]


def is_whole(server, database, wanted):  # noqa: F811
    """The connection works by a password that only the server knows, the ledger says so, and nothing is left to do."""
    assert database.refuses("vault", FIRST), "only OpenBao knows the new one"
    user, password = credentials(server)
    assert database.query(user, password, "SELECT current_user") == [(user,)]
    assert noted(server)["root"] == "done"
    Runs(server).twice(wanted)
    assert not Runs(server)(wanted)["changed"]


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=[name.replace(" ", "-") for name in MOMENTS])
def test_the_slower_run_ends_well(server, database, wire, moment):  # noqa: F811
    wanted = config(database, rotate_root=True)
    ran = overtaken(server, wire, moment, lambda: Runs(server)(wanted))
    slower = Runs(server, {"url": wire.url, "ca_file": wire.ca_file})(wanted)
    assert ran == [None], ran
    assert slower["changed"]
    is_whole(server, database, wanted)


def test_a_password_that_is_not_tried_out_does_not_replace_the_turned_one(server, database, wire):  # noqa: F811
    """Without ``verify_connection`` the server takes the first password as it comes: sent now, it would cut the server off from its database."""
    wanted = config(database, rotate_root=True, verify_connection=False)
    ran = overtaken(server, wire, MOMENTS["before it notes what it is going to make"], lambda: Runs(server)(wanted))
    Runs(server, {"url": wire.url, "ca_file": wire.ca_file})(wanted)
    assert ran == [None], ran
    is_whole(server, database, wanted)


@pytest.mark.parametrize("moment", LATE.values(), ids=[name.replace(" ", "-") for name in LATE])
def test_one_that_is_slower_than_the_wait_keeps_its_hands_off(server, database, wire, moment):  # noqa: F811
    """The one that began is held until the other has waited in vain, has taken over and has ended. Its first password, sent now, would be taken."""
    wanted = config(database, rotate_root=True, verify_connection=False)
    ran = overtaken(server, wire, moment, lambda: Runs(server)(wanted))
    Runs(server, {"url": wire.url, "ca_file": wire.ca_file})(wanted)
    assert ran == [None], ran
    is_whole(server, database, wanted)


def test_one_that_waited_in_vain_does_not_put_the_first_password_back(server, database, wire, tmp_path):  # noqa: F811
    """The one that began is held until the other, which saw no connection, is about to make it; and that one until the first has ended."""
    wanted, raised = config(database, rotate_root=True, verify_connection=False), []
    with Wire(server.addr, server.ca_file, tmp_path / "second") as second_wire:
        second_is_near = threading.Event()

        def second():
            try:
                Runs(server, {"url": second_wire.url, "ca_file": second_wire.ca_file})(wanted)
            except Exception as error:  # pylint: disable=broad-exception-caught
                raised.append(error)

        def first():
            try:
                Runs(server, {"url": wire.url, "ca_file": wire.ca_file})(wanted)
            except Exception as error:  # pylint: disable=broad-exception-caught
                raised.append(error)

        runs = [threading.Thread(target=run, daemon=True) for run in (first, second)]
        held = overtaken(server, wire, SECRET, lambda: runs[1].start() or second_is_near.wait(60))
        held_too = overtaken(server, second_wire, SECRET, lambda: second_is_near.set() or runs[0].join(60))
        runs[0].start()
        for run in runs:
            run.join(120)
    assert (raised, held, held_too) == ([], [None], [None])
    is_whole(server, database, wanted)


def test_a_secret_is_turned_once_a_run_however_often_it_looks(server, database, wire):  # noqa: F811
    wanted = config(database)
    connection = wanted["database"].pop("database")
    wanted["secrets"]["platform/app/key"] = {"generate": {"key": 32}}
    Runs(server)(wanted)
    wanted["database"]["database"] = connection
    connection["connections"]["main"]["rotate_root"] = True
    ran = overtaken(server, wire, MOMENTS["before it makes the connection"], lambda: Runs(server)(wanted))
    result = Runs(server, {"url": wire.url, "ca_file": wire.ca_file})(wanted, rotate=["platform/app/key#key"])
    assert ran == [None], ran
    assert result["changed"] and server.call("GET", "platform/data/app/key")["data"]["metadata"]["version"] == 2
    is_whole(server, database, wanted)


def test_what_the_slower_run_declares_otherwise_is_still_put_in(server, database, wire):  # noqa: F811
    wanted, other = config(database, rotate_root=True), config(database, rotate_root=True, max_open_connections=3)
    ran = overtaken(server, wire, MOMENTS["before it makes the connection"], lambda: Runs(server)(wanted))
    Runs(server, {"url": wire.url, "ca_file": wire.ca_file})(other)
    assert ran == [None], ran
    assert server.call("GET", "database/config/main")["data"]["connection_details"]["max_open_connections"] == 3
    is_whole(server, database, other)


def test_a_wrong_password_is_still_an_error(server, database, wire):  # noqa: F811
    """What nobody else has made in the meantime was refused for a reason of its own."""
    wanted = config(database, rotate_root=True)
    wanted["secrets"]["platform/database/vault"]["data"]["password"] = "another-first-password"
    with pytest.raises(Exception, match="database_connection database/main: create failed"):
        Runs(server, {"url": wire.url, "ca_file": wire.ca_file})(wanted)
