# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A release's files on the controller: from a folder as they lie there, or from a URL into a cache. Nothing is used whose sha256 isn't the lock's.

A file that is being fetched is named by its digest, so that a broken transfer goes on where it ended, and never with the bytes of another file.
"""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import os
import ssl
import time
import typing as t
import urllib.error
import urllib.parse
import urllib.request

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_files

MARKS = "verified.json"
PARTIAL = ".partial"
ATTEMPTS = 5


class FetchError(Exception):
    """A file couldn't be had; the text says which, from where, why, and what to do."""


class Store:
    """Where files come from and where they lie. ``source``: https://…, http://… or a folder; ``cache``: a folder of ours."""

    def __init__(self, source: str, cache: str, *, ca_file: str | None = None, timeout: float = 30.0, pause: float = 1.0):
        self.source, self.cache, self.timeout, self.pause = source.rstrip("/"), cache, timeout, pause
        self.remote = urllib.parse.urlsplit(source).scheme in ("http", "https")
        context = ssl.create_default_context(cafile=ca_file)
        # As in _http_tls: a site's own CA may be older than what Python 3.13 asks of one.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        self._opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context))
        self._marks: dict[str, t.Any] = node_files.record(os.path.join(cache, MARKS)) or {}

    @property
    def folder(self) -> str:
        """The folder below which the files lie once they are there."""
        return self.cache if self.remote else self.source

    def place(self, version: str, arch: str, name: str) -> str:
        """Where a file lies, or will."""
        if self.remote:
            return os.path.join(self.cache, version, arch, name)
        places = [os.path.join(self.source, *parts, name) for parts in ((version, arch), (version,), ())]
        return next((place for place in places if os.path.isfile(place)), places[-1])

    def url(self, version: str, name: str) -> str:
        """Where a file comes from, as the releases' own address has it."""
        return f"{self.source}/{urllib.parse.quote(version, safe='')}/{name}"

    def there(self, path: str, digest: str) -> bool:
        """Is it the file that it should be? It is read only where its size or time is another than when that was seen last."""
        try:
            found = os.stat(path)
        except OSError:
            return False
        mark = [digest, found.st_size, found.st_mtime_ns]
        if self._marks.get(path) == mark:
            return True
        if node_files.sha256(path) != digest:
            return False
        self._mark(path, mark)
        return True

    def fetch(self, version: str, arch: str, name: str, digest: str, say: t.Callable[[str], None] = lambda _text: None) -> str:
        """Have a file; its path. Raises FetchError."""
        path = self.place(version, arch, name)
        if self.there(path, digest):
            return path
        if not self.remote:
            state = f"has sha256 {node_files.sha256(path)}, the lock says {digest}" if os.path.isfile(path) else "is not there"
            raise FetchError(f"{path} {state}; put the file of the release {version} there, or name another source")
        partial = os.path.join(self.cache, PARTIAL, digest)
        node_files.folder(os.path.dirname(partial), 0o700)
        with _alone(partial + ".lock"):
            if not self.there(path, digest):
                self._download(self.url(version, name), partial, digest, say)
                node_files.folder(os.path.dirname(path))
                os.replace(partial, path)
                found = os.stat(path)
                self._mark(path, [digest, found.st_size, found.st_mtime_ns])
        return path

    def _download(self, url: str, partial: str, digest: str, say: t.Callable[[str], None]) -> None:
        fault: Exception | None = None
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._transfer(url, partial, say)
                break
            except urllib.error.HTTPError as error:
                if error.code < 500 and error.code not in (408, 429):
                    raise FetchError(f"{url} answered {error.code} {error.reason}; is that version published there? Correct version or source") from error
                fault = error
            except (OSError, http.client.HTTPException) as error:
                if isinstance(getattr(error, "reason", error), ssl.SSLCertVerificationError):
                    raise FetchError(f"{url}: {error}; give ca_file, the CA of that server") from error
                if isinstance(error, OSError) and error.errno == 28:
                    raise FetchError(f"{partial}: the disk is full; make room and run again, it goes on from there") from error
                fault = error
            if attempt == ATTEMPTS:
                raise FetchError(f"{url}: {fault}, {ATTEMPTS} times; look at the way there (proxy, DNS) and run again, it goes on from there") from fault
            time.sleep(self.pause * attempt)
        found = node_files.sha256(partial)
        if found != digest:
            os.unlink(partial)
            raise FetchError(f"{url} has sha256 {found}, the lock says {digest}; the file was thrown away. Compare both with the release's sha256sum "
                             "file: either the source or the lock is wrong")

    def _transfer(self, url: str, partial: str, say: t.Callable[[str], None]) -> None:
        """Fetch what is lacking. A server that doesn't know ranges sends all."""
        done = os.path.getsize(partial) if os.path.exists(partial) else 0
        headers = {"User-Agent": "unifiedmeta.platform", **({"Range": f"bytes={done}-"} if done else {})}
        try:
            # Other schemes are taken for the name of a folder (__init__).
            answer = self._opener.open(urllib.request.Request(url, headers=headers), timeout=self.timeout)  # noqa: S310
        except urllib.error.HTTPError as error:
            if error.code != 416:
                raise
            # Nothing is lacking, or what is there is no part of it; its digest tells.
            return
        with answer, open(partial, "ab" if answer.status == 206 else "wb") as handle:
            length = int(answer.headers.get("Content-Length") or 0)
            told = time.monotonic()
            whole = length + (done if answer.status == 206 else 0)
            for block in iter(lambda: answer.read(node_files.BLOCK), b""):
                handle.write(block)
                if time.monotonic() - told > 5:
                    told = time.monotonic()
                    say(f"{os.path.basename(url)}: {handle.tell() >> 20} of {whole >> 20} MiB")
            handle.flush()
            os.fsync(handle.fileno())
            if whole and handle.tell() < whole:
                raise http.client.IncompleteRead(b"", whole - handle.tell())

    def _mark(self, path: str, mark: list[t.Any]) -> None:
        self._marks[path] = mark
        with contextlib.suppress(OSError):
            node_files.write(os.path.join(self.cache, MARKS), json.dumps(self._marks, indent=1) + "\n", 0o644)


@contextlib.contextmanager
def _alone(path: str) -> t.Iterator[None]:
    """One run at a time fetches a file."""
    with open(path, "w", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
