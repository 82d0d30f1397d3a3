"""The agent's way to the API servers: it listens on 127.0.0.1:6443 and passes connections to a server whose /readyz is ok."""
from __future__ import annotations

import selectors
import socket
import threading
import typing as t

from . import web


class Balancer:
    """Passes connections on. ``servers``: addresses, the healthy ones first."""

    def __init__(self, servers: t.Sequence[str], port: int = 6443, target: int = 6443) -> None:
        self.servers, self.target = list(servers), target
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", port))
        self.listener.listen(128)
        self.open: dict[str, set[socket.socket]] = {}
        threading.Thread(target=self._accept, daemon=True, name="balancer").start()

    def look(self, servers: t.Sequence[str], ca: str, pair: str) -> None:
        """Asks all servers whether they are ready, and puts those that are first; connections to the others are cut."""
        ready = []
        for address in servers:
            try:
                web.Site(f"https://{address}:{self.target}", ca, pair, timeout=3).raw("GET", "/readyz")
                ready.append(address)
            except (OSError, web.Refused):
                for sock in list(self.open.get(address, ())):
                    _shut(sock)
        self.servers = ready + [address for address in servers if address not in ready]

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        for address in list(self.servers):
            try:
                server = socket.create_connection((address, self.target), timeout=2)
            except OSError:
                continue
            server.settimeout(None)
            self.open.setdefault(address, set()).add(server)
            try:
                _pump(client, server)
            finally:
                self.open[address].discard(server)
                server.close()
                client.close()
            return
        client.close()


def _shut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def _pump(one: socket.socket, other: socket.socket) -> None:
    """Copies both ways until either side ends."""
    with selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _events in selector.select():
                try:
                    data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                    if not data:
                        return
                    key.data.sendall(data)
                except OSError:
                    return
