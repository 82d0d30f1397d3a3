# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The HTTP client of every reconciler: TLS, retries, paging, token renewal, counters, one session a thread.

A call is one line, ``http.get("sys/mounts", what="mount list")``; a missing object is None where the caller says so; everything else
that fails is an :class:`ApiError` whose text is a sentence. Nothing here knows any system: a system's traps come in as the functions
``errors`` (what its error body says), ``refuse`` (an answer that no repetition helps), ``retry`` (one that it does) and ``auth``.
"""

from __future__ import annotations

import concurrent.futures
import json as jsonlib
import threading
import time
import typing as t
import urllib.parse

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http_effect as effect
from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http_retry as policy
from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http_tls as tls
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http_auth import Grant, Tokens
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http_errors import HINTS, ApiError, Fault, explain
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http_paging import by_link, by_offset, by_page
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http_path import address, origin, readable, segment

REQUESTS_IMPORT_ERROR = tls.REQUESTS_IMPORT_ERROR
__all__ = ["ApiError", "Grant", "Http", "REQUESTS_IMPORT_ERROR", "Stats", "by_link", "by_offset", "by_page", "segment"]

_REDIRECTS = (301, 302, 307, 308)


class Stats:
    """Counters of one client; ``requests`` counts every try, ``writes`` the calls that change the server, ``retries`` the repetitions."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self.requests = self.writes = self.retries = 0

    def count(self, *, write: bool = False, retry: bool = False) -> None:
        with self._lock:
            self.requests += 1
            self.writes += write and not retry
            self.retries += retry

    def as_dict(self) -> dict[str, t.Any]:
        return {"requests": self.requests, "writes": self.writes, "retries": self.retries,
                "seconds": round(time.monotonic() - self._started, 3)}


class Http(Tokens):
    """A client of one system.

    ``system``: its name in errors. ``base_url``: http(s) address that paths are appended to. ``timeout``: seconds to wait for an answer.
    ``retries``: repetitions of one request. ``patience``: seconds for which a system that has answered before is tried further where it can't be
    reached, or says that it isn't ready (502, 503, 504, ``retry``): a cluster that elects a leader needs them.
    ``concurrency``: threads of :meth:`map`. ``errors(response)``: the message in an error body.
    ``refuse(response)``: what to do, where repetition is of no use. ``retry(response)``: True where an answer is worth repeating as long as that takes,
    ``_http_retry.COLLISION`` where a few times do.
    ``auth(http)``: headers or :class:`Grant`; called before expiry and once after a 401 (or what ``expired(response)`` calls expired).
    ``observe(response)``: called with every answer.
    ``adapter``: a transport of its own, or a function that makes one of an ``ssl.SSLContext``. ``redact``: takes secrets out of a text.
    ``follow``: go where a redirect leads, with the same headers, as a cluster's standby nodes expect.
    ``secret``: what is sent must not be read on the way: plain http:// only to this machine, or through an ``adapter`` of its own.
    Raises :class:`ApiError` on an address or CA file that can't be used.
    """

    def __init__(self, system: str, base_url: str, *, headers: dict[str, str] | None = None, ca_file: str | None = None, verify: bool = True,
                 timeout: float = 30.0, retries: int = 5, concurrency: int = 16, errors: t.Callable[[t.Any], str | None] | None = None,
                 refuse: t.Callable[[t.Any], str | None] | None = None, auth: t.Callable[[Http], t.Any] | None = None,
                 client_cert: t.Any = None, adapter: t.Any = None, retry: t.Callable[[t.Any], bool | str] | None = None,
                 expired: t.Callable[[t.Any], bool] | None = None, redact: t.Callable[[str], str] | None = None, follow: bool = False,
                 patience: float = 0.0, observe: t.Callable[[t.Any], t.Any] = lambda response: None,
                 secret: bool = False):
        parts = urllib.parse.urlsplit((base_url or "").rstrip("/"))  # Schemes in lower case: whoever compares them finds them so.
        # ``base_url`` may be set to a member of a cluster; when that can't be reached any more it is the given one again.
        self.system, self.base_url, self.home = system, parts.geturl(), parts.geturl()
        self.timeout, self.retries, self.concurrency, self.patience = timeout, retries, concurrency, patience
        self.headers = {"Accept": "application/json", **(headers or {})}
        self.stats = Stats()
        super().__init__(auth)
        self._errors, self._refuse, self._retry, self._observe = errors, refuse, retry, observe
        self._expired = expired or (lambda response: response.status_code == 401)
        self._redact = redact or (lambda text: text)
        self._redirects = _REDIRECTS if follow else ()
        self._local = threading.local()
        self._pool: concurrent.futures.ThreadPoolExecutor | None = None
        # When an answer came last (0: never), and the error that every request gets once one has used up its repetitions and none got an answer meanwhile.
        self._met = 0.0
        self._silent: ApiError | None = None
        self._probed = 0.0
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ApiError(system, detail=f"«{base_url}» isn't an address", hint="give one such as https://host:port", fault="input")
        if secret and adapter is None and readable(base_url):
            raise ApiError(system, detail="plain http:// would show passwords and tokens to everybody on the way", hint="give its https:// address, and "
                           "the CA that signed its certificate as ca_file; http:// is for a server on this machine", fault="input")
        self._verify, source = verify, tls.trust_source(ca_file, verify)
        self.trust = source or "this system's certificate store"
        try:
            self._context = tls.context(source if parts.scheme == "https" else "", verify, client_cert)
        except OSError as error:
            raise ApiError(system, detail=f"the CA file {source} or the client certificate can't be used ({error})",
                           hint="give a readable PEM file", fault="input") from error
        self._proxies = tls.proxies(self.base_url)
        self._adapter = adapter

    # --- one request -------------------------------------------------------------------------------------------------------------
    def get(self, path: str, **options: t.Any) -> t.Any:
        return self.call("GET", path, **options)

    def put(self, path: str, **options: t.Any) -> t.Any:
        return self.call("PUT", path, **options)

    def post(self, path: str, **options: t.Any) -> t.Any:
        return self.call("POST", path, **options)

    def patch(self, path: str, **options: t.Any) -> t.Any:
        return self.call("PATCH", path, **options)

    def delete(self, path: str, **options: t.Any) -> t.Any:
        return self.call("DELETE", path, **options)

    def call(self, method: str, path: str, *, what: str = "", **options: t.Any) -> t.Any:
        """The parsed answer; {} for an empty one; None for a 404 with ``missing_ok``."""
        response = self.request(method, path, what=what, **options)
        if response is None:
            return None
        if not response.content:
            return {}
        try:
            return jsonlib.loads(response.content)
        except ValueError as error:
            kind = response.headers.get("Content-Type", "no type")
            raise ApiError(self.system, method, path, response.status_code, f"the answer is {kind}, not JSON",
                           "check that the address is the API's and no proxy or login page answers", what, "answer") from error

    def request(self, method: str, path: str, *, json: t.Any = None, data: t.Any = None, params: t.Any = None, missing_ok: bool = False,
                idempotent: bool | None = None, headers: dict[str, str] | None = None, what: str = "", auth: bool = True,
                write: bool | None = None, accept: t.Collection[int] | t.Callable[[t.Any], bool] = (), timeout: float | None = None,
                stream: bool = False) -> t.Any:
        """Send, follow, retry; the ``requests.Response`` of a success.

        ``json`` or ``data``: the body. ``missing_ok``: None for a 404. ``idempotent``: may be repeated (default by method).
        ``auth``: False for a login, which needs none. ``write``: False for a POST that only reads. ``accept``: statuses that are no errors,
        or a function that knows such an answer.
        """
        body = jsonlib.dumps(json, separators=(",", ":")).encode() if json is not None else data
        own = {**({"Content-Type": "application/json"} if json is not None else {}), **(headers or {})}
        write = method not in policy.READS if write is None else write
        attempt, renewed, hops, url, begun, waited = 0, False, 0, self.url(path), time.monotonic(), 0.0
        while True:
            attempt += 1
            silent = self._hushed()
            generation = self._authorise() if auth and self._auth else 0
            self.stats.count(write=write, retry=attempt > 1)
            sent = {**self.headers, **(self._granted if auth else {}), **own}
            response, fault = self._send(method, url, body, params, sent, timeout or self.timeout, stream)
            if write:
                effect.note(response.status_code if response is not None else 0, not fault or fault.sent)
            left = self.patience - max(waited, time.monotonic() - begun)
            if fault:
                # A server never met is more likely a wrong address than a restart: say so soon.
                limit = 0 if silent else self.retries if self._met else min(2, self.retries)
                safe = not fault.sent or (method in policy.IDEMPOTENT if idempotent is None else idempotent)
                lasting = left > 0 and bool(self._met) and not silent
                if fault.again and attempt > limit and not lasting and self._met < begun:
                    self._silent = ApiError(self.system, detail=f"the server has stopped answering ({self._redact(fault.detail)})",
                                            hint=fault.hint, fault="silent")
                if not (fault.again and safe and (attempt <= limit or lasting)):
                    raise ApiError(self.system, method, path, 0, self._redact(fault.detail), fault.hint, what, fault.name)
                if not fault.sent:
                    self.base_url, hops = self.home, 0
                    url = self.url(path)
                waited += policy.rest(policy.pause(attempt), attempt > limit, left)
                continue
            self._met, self._silent = time.monotonic(), None
            self._observe(response)
            status = response.status_code
            if status < 300 or (accept(response) if callable(accept) else status in accept):
                return response
            if status == 404 and missing_ok:
                return None
            if status in self._redirects and response.headers.get("Location") and hops < 3 and (status > 302 or method in policy.READS):
                hops, attempt, url = hops + 1, attempt - 1, self._follow(url, response, method, path, what)
                continue
            if auth and self._auth and not renewed and self._expired(response):
                renewed = True
                self._renew(generation)
                continue
            final, own_rule = self._refuse(response) if self._refuse else None, self._retry(response) if self._retry else False
            worth = policy.again(method, status, idempotent) or own_rule
            lasting = left > 0 and (own_rule is True or status in policy.UNREADY)
            if final is not None or not worth or (attempt > self.retries and not lasting):
                raise self._error(method, path, response, what, final, attempt, waited)
            waited += policy.rest(policy.pause(attempt, policy.retry_after(response.headers.get("Retry-After"))), attempt > self.retries, left)

    def _hushed(self) -> bool:
        """Has the server stopped answering? Then one request a second is tried, once, and all others raise the error at once."""
        if self._silent and time.monotonic() - self._probed < 1.0:
            raise self._silent
        self._probed = time.monotonic()
        return self._silent is not None

    def url(self, path: str) -> str:
        """The address of ``path``."""
        return address(self.base_url, path)

    def _send(self, method: str, url: str, body: t.Any, params: t.Any, headers: dict, seconds: float, stream: bool) -> tuple[t.Any, Fault | None]:
        try:
            return self._session().request(method, url, data=body, params=params, headers=headers, allow_redirects=False, stream=stream,
                                           timeout=(min(seconds, 10.0), seconds)), None
        except (tls.requests.RequestException, OSError) as error:
            parts = urllib.parse.urlsplit(url)
            host = f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
            fault = explain(error, host, seconds, self.trust)
            plain = fault.name == "reset" and parts.scheme == "http" and not self._met
            return None, fault._replace(hint=f"{fault.hint}, or give its https:// address where it speaks TLS") if plain else fault

    def _session(self) -> t.Any:
        if not hasattr(self._local, "session"):
            made = self._adapter or tls.Adapter
            self._local.session = tls.session(made(self._context) if callable(made) else made, self._proxies, self._verify)
        return self._local.session

    def _follow(self, url: str, response: t.Any, method: str, path: str, what: str) -> str:
        """The address a standby sends us to. Never from TLS, or from this machine, to plain HTTP: the token would be readable on the wire."""
        target = urllib.parse.urljoin(url, response.headers["Location"])
        if urllib.parse.urlsplit(url).scheme == "https" != urllib.parse.urlsplit(target).scheme or (readable(target) and not readable(url)):
            raise ApiError(self.system, method, path, response.status_code, f"it sends us to {target}, without TLS",
                           "correct the server's own address (api_addr)", what, "tls")
        return target

    def _error(self, method: str, path: str, response: t.Any, what: str, hint: str | None, tries: int, seconds: float) -> ApiError:
        # Secrets first: a part of one, at the cut, would not be known any more.
        told = self._redact((self._errors(response) if self._errors else None) or "")
        detail = told or self._redact(response.text or "")[:300].strip() or (response.reason or "refused")
        if tries > 1:
            detail = f"{detail.rstrip('.')} (tried {tries} times{f' in {seconds:.0f} s' if seconds >= 1 else ''})"
        return ApiError(self.system, method, path, response.status_code, detail,
                        hint or HINTS.get(response.status_code, ""), what)

    # --- many requests -----------------------------------------------------------------------------------------------------------
    @property
    def pool(self) -> concurrent.futures.ThreadPoolExecutor:
        """The threads of this client: they live as long as it does, so their connections are kept alive."""
        if self._pool is None:
            self._pool = concurrent.futures.ThreadPoolExecutor(self.concurrency, thread_name_prefix="http")
        return self._pool

    def map(self, function: t.Callable[[t.Any], t.Any], items: t.Iterable[t.Any]) -> list[t.Any]:
        """``function`` of every item, concurrently, in order; the first error is raised after all have ended. Inside of itself it goes on in its thread."""
        items = list(items)
        if len(items) < 2 or threading.current_thread().name.startswith("http"):
            return [function(item) for item in items]
        carried = effect.carried(function)
        futures = [self.pool.submit(carried, item) for item in items]
        concurrent.futures.wait(futures)
        return [future.result() for future in futures]

    def pages(self, path: str, following: t.Callable[[t.Any, list, dict], t.Any], *, params: dict | None = None, items: str = "",
              **options: t.Any) -> t.Iterator[t.Any]:
        """Every item of a paged list. ``following(response, items, params)``: the next page's parameters, or the link to it as the answer has it
        (RFC 8288: relative to the answer's own address), None at the end; its attribute ``first``, where it has one, holds the first page's
        parameters (module _http_paging). Raises ApiError where a link leads to another server, which would get our token."""
        params = {**getattr(following, "first", {}), **(params or {})}
        while True:
            response = self.request("GET", path, params=params, **options)
            found = (response.json() or []) if response is not None else []
            found = found[items] if items else found
            yield from found
            after = following(response, found, params) if response is not None else None
            if after is None:
                return
            path, params = (self._beside(response, after, path), {}) if isinstance(after, str) else (path, {**params, **after})

    def _beside(self, response: t.Any, link: str, path: str) -> str:
        """The whole address that a link in an answer means."""
        target = urllib.parse.urljoin(response.url, link)
        if origin(target) != origin(response.url):
            raise ApiError(self.system, "GET", path, response.status_code, f"the next page's link leads to another server, {target.partition('?')[0]}",
                           "correct the server's own external address", fault="answer")
        return target

    def close(self) -> None:
        """End the threads; the process's end closes the connections."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
