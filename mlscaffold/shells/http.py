"""HTTP to one forge, and to no other host: bounded in time and size, at the forge's pace, without the token in sight."""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from posixpath import normpath
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from mlscaffold.core.address import address, below
from mlscaffold.core.broken import LATER, broken
from mlscaffold.core.errors import ForgeError, ForgeLostError, ForgeStopError
from mlscaffold.core.fields import Fields
from mlscaffold.core.forge import Reply
from mlscaffold.core.pace import Again, GiveUp, Pace, judge
from mlscaffold.core.secret import Secret
from mlscaffold.core.text import safe_text

if TYPE_CHECKING:
    import requests

MOST_PAGES = 1_000
MOST_REDIRECTS = 3
_KEEPS_METHOD = {307, 308}
_IDS = ("x-github-request-id", "x-request-id")
"""What GitHub, and GitLab and Gitea, call the id of a request."""
_MOVED = {301, 302, 303} | _KEEPS_METHOD


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one exchange may take: bytes of an answer, seconds of silence, seconds in all."""

    size: int = 32 * 2**20
    silence: float = 30.0
    whole: float = 120.0


class Http:
    """A forge's API below one address. All requests of a run go through one of these, so that one pace holds for all."""

    def __init__(
        self,
        api: str,
        headers: Mapping[str, str],
        secret: Secret,
        *,
        pace: Pace | None = None,
        turn: Callable[[], None] | None = None,
        bounds: Bounds | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the API's address and what every request carries; `turn` waits for those who write there beside this one."""
        self._api = address(api)
        self._headers = {**headers, "Accept-Encoding": "identity"}  # what is not packed cannot be a bomb
        self._secret = secret
        self._pace = pace or Pace()
        self._turn = turn
        self._bounds = bounds or Bounds()
        self._sleep = sleep
        self._clock = clock
        self._written: list[str] = []

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Reply:
        """Ask, again where that may help."""
        return self._exchange("GET", self._address(path), params=params or {})

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[Reply]:
        """Ask for a list, page after page, as the forge's `Link` headers lead."""
        import requests

        reply = self.get(path, params)
        yield reply
        seen: set[str] = set()
        while links := reply.headers.get("link"):
            following = [
                link["url"] for link in requests.utils.parse_header_links(links) if link.get("rel") == "next"
            ]
            if not following:
                return
            if following[0] in seen or len(seen) >= MOST_PAGES:
                raise ForgeError(
                    f"The list at {self._api.netloc}{path} does not end.", "Name fewer repos, with --repo."
                )
            seen.add(following[0])
            reply = self._exchange("GET", self._pinned(following[0]), params={})
            yield reply

    def ask(self, path: str, question: Mapping[str, object]) -> Reply:
        """Ask what no address can say: a POST that changes nothing, and so may be sent again.

        path: what lies below the API's own address, or beside it, with `../`.
        """
        return self._exchange("POST", self._address(path), body=question, write=False)

    def send(self, method: str, path: str, body: Mapping[str, object]) -> Reply:
        """Write, at the pace the forge allows; `path` as in `ask`."""
        return self._exchange(method, self._address(path), body=body, write=True)

    def written(self) -> tuple[str, ...]:
        """Return the writes since this was last asked: method, path, status, and the id that the forge gave its answer."""
        written, self._written = tuple(self._written), []
        return written

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    @cached_property
    def _session(self) -> "requests.Session":
        import requests

        session = requests.Session()
        session.auth = self._sign  # a session with an auth of its own reads no ~/.netrc
        return session

    def _sign(self, request: "requests.PreparedRequest") -> "requests.PreparedRequest":
        request.headers.update(self._headers)
        return request

    def _address(self, path: str) -> str:
        if path.startswith("../"):
            return self._api._replace(path=normpath(f"{self._api.path}/{path}")).geturl()
        return self._pinned(f"{self._api.geturl()}{path}")

    def _pinned(self, url: str) -> str:
        """Return the address if it is the forge's own: scheme, host, port, and below the API."""
        own = below(self._api, url)
        if own is None:
            raise ForgeError(
                f"The forge at {self._api.netloc} points to {safe_text(url)}, which is not its own address.",
                "The token goes to the forge it is for, and nowhere else. Check --base-url.",
            )
        return own

    def _exchange(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        write: bool = False,
    ) -> Reply:
        """Send until there is a definite answer; a POST that writes and whose answer is lost is never sent twice."""
        tries = 0
        while True:
            tries += 1
            self._wait(write=write)
            answer = self._attempt(method, url, params, body)
            if write:
                request = next((answer.headers[name] for name in _IDS if name in answer.headers), "")
                path = urlsplit(url).path.removeprefix(self._api.path)
                self._written.append(safe_text(f"{method} {path} {answer.status} {request}".strip()))
            if write and method == "POST" and answer.status >= 500:
                raise ForgeLostError(f"No answer to a write to {urlsplit(url).netloc}: {answer.said()}")
            message = answer.said() if answer.status == 403 else ""
            verdict = judge(
                answer.status, answer.headers, tries=tries, jitter=random.random(), message=message
            )
            if verdict is None:
                return self._reply(url, answer)
            if isinstance(verdict, GiveUp):
                raise self._given_up(url, verdict, answer)
            self._rest(verdict)

    def _attempt(
        self, method: str, url: str, params: Mapping[str, str] | None, body: Mapping[str, object] | None
    ) -> "_Answer":
        """Send, and take a connection that breaks for the answer of a server that does."""
        try:
            return self._follow(method, url, params, body)
        except OSError as error:  # as all errors of requests are
            found = broken(error)
            if found.for_good:
                raise ForgeStopError(f"{self._api.netloc}: {found.why}.", found.hint) from None
            return _Answer(503, {}, found.why.encode("utf-8", "replace"), found.hint)

    def _wait(self, *, write: bool) -> None:
        while (seconds := self._pace.wait(self._clock(), write=write)) > 0:
            self._sleep(seconds)
        if write:
            if self._turn is not None:
                self._turn()
            self._pace = self._pace.wrote(self._clock())

    def _rest(self, verdict: Again) -> None:
        if verdict.everyone:
            self._pace = self._pace.quiet(self._clock() + verdict.seconds)
        else:
            self._sleep(verdict.seconds)

    def _follow(
        self, method: str, url: str, params: Mapping[str, str] | None, body: Mapping[str, object] | None
    ) -> "_Answer":
        """Send once, and go where the forge's own redirects lead: a repo that was renamed answers with one."""
        for _ in range(MOST_REDIRECTS):
            answer = self._send_once(method, url, params, body)
            target = answer.headers.get("location")
            if answer.status not in _MOVED or not target:
                return answer
            if method != "GET" and answer.status not in _KEEPS_METHOD:
                raise ForgeError(
                    f"{safe_text(url)} has moved to {safe_text(target)}.",
                    "The repo was renamed: use its new name.",
                )
            url, params = self._pinned(urljoin(url, target)), None
        raise ForgeError(f"{safe_text(url)} is redirected too often.")

    def _send_once(
        self, method: str, url: str, params: Mapping[str, str] | None, body: Mapping[str, object] | None
    ) -> "_Answer":
        started = self._clock()
        with self._session.request(
            method,
            url,
            params=params,
            json=body,
            allow_redirects=False,
            stream=True,
            timeout=self._bounds.silence,
        ) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            if headers.get("content-encoding", "identity") != "identity":
                raise ForgeError(f"The forge at {self._api.netloc} packs its answers, though asked not to.")
            parts, size = [], 0
            for part in response.iter_content(65536):
                parts.append(part)
                size += len(part)
                if size > self._bounds.size or self._clock() - started > self._bounds.whole:
                    raise ForgeError(f"The forge at {self._api.netloc} gives an answer that does not end.")
            return _Answer(response.status_code, headers, self._secret.redact_bytes(b"".join(parts)))

    def _reply(self, url: str, answer: "_Answer") -> Reply:
        source = f"{urlsplit(url).netloc}{urlsplit(url).path}"
        try:
            value = json.loads(answer.body) if answer.body.strip() else None
        except (ValueError, RecursionError):
            raise ForgeError(
                f"{source} answers with {safe_text(answer.headers.get('content-type', 'something'))}, not with JSON "
                f"(HTTP {answer.status}).",
                "Check --base-url: it has to be the forge itself, without a login page or a proxy's page before it.",
            ) from None
        return Reply(answer.status, answer.headers, Fields(value, source))

    def _given_up(self, url: str, verdict: GiveUp, answer: "_Answer") -> ForgeError:
        what = f"{urlsplit(url).netloc}: {verdict}"
        if verdict is GiveUp.UNAUTHORIZED:
            return ForgeStopError(f"{what}.", "Make a new token, set it, and run the same command again.")
        if verdict is GiveUp.LIMITED:
            return ForgeStopError(
                f"{what}.", "Run the same command again in an hour: it goes on where it stopped."
            )
        return ForgeError(f"{what} ({answer.said()}).", answer.hint)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came over the wire, the token already taken out, and what to do if it is a failure."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    hint: str = LATER

    def said(self) -> str:
        """Return one short line for a person."""
        return (
            safe_text(" ".join(self.body[:500].decode("utf-8", "replace").split())) or f"HTTP {self.status}"
        )
