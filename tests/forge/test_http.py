"""What a forge, or somebody in its place, may answer: bounded, refused, and never shown the token."""

import base64
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlscaffold.core.errors import ForgeError, ForgeLostError, ForgeRefusedError, ForgeStopError, UsageError
from mlscaffold.core.forge import Owner
from mlscaffold.core.pace import Pace
from mlscaffold.core.secret import Secret
from mlscaffold.shells.http import Bounds, Http
from tests.forge.lab import OWN, Lab, github_only, new_server
from tests.forge.server import ForgeServer, serving
from tests.forge.world import TOKEN, Fault, World

pytestmark = github_only


@pytest.fixture
def attacker(tmp_path: Path) -> Iterator[ForgeServer]:
    """A server on another port, which writes down whatever it is asked."""
    with serving(new_server("github", World(tmp_path / "attacker"))) as server:
        yield server


def test_link_to_another_host_is_refused_and_nothing_is_sent_there(lab: Lab, attacker: ForgeServer) -> None:
    link = f'<{attacker.origin}/api/v3/orgs/acme/repos?page=2>; rel="next"'
    lab.world.faults = [Fault("/orgs/acme/repos", status=200, body=b"[]", headers={"Link": link})]

    with pytest.raises(ForgeError, match="which is not its own address"):
        list(lab.forge.repos(Owner.ORG, "acme"))

    assert attacker.world.log == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_to_another_host_is_refused(lab: Lab, attacker: ForgeServer, status: int) -> None:
    lab.world.faults = [Fault("/user", status=status, headers={"Location": f"{attacker.origin}/api/v3/user"})]

    with pytest.raises(ForgeError, match="which is not its own address"):
        lab.forge.whoami()

    assert attacker.world.log == []


@pytest.mark.parametrize(
    "place",
    [
        "https://127.0.0.1:{port}/api/v3/user",
        "http://127.0.0.1:{port}@evil.invalid/api/v3/user",
        "//evil.invalid/api/v3/user",
        "http://127.0.0.1:{port}/elsewhere",
        "http://127.0.0.1:{port}/api/v3/../../elsewhere",
        "http://127.0.0.1:{port}/api/v3/%2e%2e/%2E%2E/elsewhere",
    ],
)
def test_only_the_apis_own_address_is_followed(lab: Lab, place: str) -> None:
    location = place.format(port=lab.server.server_address[1])
    lab.world.faults = [Fault("/user", status=307, headers={"Location": location})]

    with pytest.raises(ForgeError, match="which is not its own address"):
        lab.forge.whoami()

    assert len(lab.world.log) == 1


def test_renamed_repo_is_found_under_its_new_name(lab: Lab) -> None:
    lab.world.faults = [
        Fault("/repos/acme/old$", status=301, headers={"Location": "/api/v3/repos/acme/ranker"})
    ]

    repo = lab.forge.repo("acme/old")

    assert repo is not None
    assert repo.name == "acme/ranker"


def test_write_to_a_renamed_repo_asks_for_the_new_name(lab: Lab) -> None:
    repo = lab.seen()
    lab.world.faults = [Fault("POST", status=301, headers={"Location": "/api/v3/repositories/1/pulls"})]

    with pytest.raises(ForgeError) as caught:
        lab.forge.open_pull(repo, "x", "Title", "", draft=False)

    assert caught.value.hint == "The repo was renamed: use its new name."


def test_list_without_end_is_ended(lab: Lab) -> None:
    link = f'<{lab.server.origin}/api/v3/orgs/acme/repos?page=2>; rel="next"'
    fault = Fault("/orgs/acme/repos", status=200, body=b"[]", headers={"Link": link}, times=99)
    lab.world.faults = [fault]

    with pytest.raises(ForgeError, match="does not end"):
        list(lab.forge.repos(Owner.ORG, "acme"))

    assert fault.times == 97


def test_list_of_ever_new_pages_is_ended(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlscaffold.shells.http.MOST_PAGES", 5)
    lab.world.per_page = 1
    for number in range(10):
        lab.world.add(f"acme/r{number}")

    with pytest.raises(ForgeError, match="does not end"):
        list(lab.forge.repos(Owner.ORG, "acme"))


def test_answer_without_end_is_cut(lab: Lab) -> None:
    lab.world.faults = [Fault("/user", endless=b" " * 65536)]

    with pytest.raises(ForgeError, match="an answer that does not end"):
        lab.forge.whoami()


def test_answer_that_trickles_is_cut_after_its_time(lab: Lab) -> None:
    ticks = iter(range(1_000_000))
    bounds = Bounds(size=2**40, silence=5.0, whole=0.5)  # the clock ticks once each time it is read
    forge = lab.client(bounds=bounds, clock=lambda: next(ticks))
    lab.world.faults = [Fault("/user", endless=b" ")]

    with pytest.raises(ForgeError, match="an answer that does not end"):
        forge.whoami()


def test_packed_answer_is_refused_unopened(lab: Lab) -> None:
    lab.world.faults = [Fault("/user", status=200, body=b"bomb", headers={"Content-Encoding": "gzip"})]

    with pytest.raises(ForgeError, match="packs its answers"):
        lab.forge.whoami()


def test_silent_server_is_not_waited_for(lab: Lab) -> None:
    forge = lab.client(bounds=Bounds(silence=0.05))
    lab.world.faults = [Fault("/user", stall=True, times=99)]

    with pytest.raises(ForgeError, match="the forge keeps failing"):
        forge.whoami()

    assert len(lab.world.log) == 5


@pytest.mark.parametrize("status", [200, 404, 422])
def test_web_page_in_place_of_an_answer_is_said(lab: Lab, status: int) -> None:
    page = Fault("/repos", status=status, body=b"<html>Sign in</html>", headers={"Content-Type": "text/html"})
    lab.world.faults = [page]

    with pytest.raises(ForgeError) as caught:
        lab.forge.repo("acme/ranker")

    assert "answers with text/html, not with JSON" in caught.value.what
    assert "--base-url" in caught.value.hint


@pytest.mark.parametrize("body", [b"[" * 200_000, b"\xff\xfe", b'{"login": 5}', b"[]", b"null"], ids=range(5))
def test_answer_of_another_shape_is_one_sentence(lab: Lab, body: bytes) -> None:
    lab.world.faults = [Fault("/user", status=200, body=body)]

    with pytest.raises(ForgeError, match=r"not with JSON|not what it should be"):
        lab.forge.whoami()


def test_token_that_is_no_longer_accepted_stops_the_run_at_once(lab: Lab) -> None:
    lab.world.tokens.clear()

    with pytest.raises(ForgeStopError) as caught:
        lab.forge.whoami()

    assert caught.value.hint == "Make a new token, set it, and run the same command again."
    assert len(lab.world.log) == 1


def test_missing_permission_is_named_and_not_repeated(lab: Lab) -> None:
    repo = lab.seen()
    needed = {"X-Accepted-GitHub-Permissions": "pull_requests=write"}
    lab.world.faults = [
        Fault("POST", status=403, body=b'{"message": "Resource not accessible"}', headers=needed)
    ]

    with pytest.raises(ForgeRefusedError) as caught:
        lab.forge.open_pull(repo, "x", "Title", "", draft=False)

    assert caught.value.hint == "The token needs the permission pull_requests=write."


@pytest.mark.parametrize(
    ("status", "headers", "body", "seconds"),
    [
        (429, {"Retry-After": "7"}, b"{}", 7),
        (403, {"Retry-After": "7"}, b"{}", 7),
        (403, {}, b'{"message": "You have exceeded a secondary rate limit"}', 60),
        (
            403,
            {
                "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset": "1000000090",
                "Date": "Sun, 09 Sep 2001 01:46:40 GMT",
            },
            b"{}",
            90,
        ),
        (503, {"Retry-After": "7"}, b"<html>", 7),
        (502, {}, b"", 1),
    ],
    ids=["429", "403", "secondary", "primary", "503", "502"],
)
def test_read_is_repeated_when_the_forge_says(
    lab: Lab, status: int, headers: dict[str, str], body: bytes, seconds: int
) -> None:
    lab.world.faults = [Fault("/user", status=status, headers=headers, body=body)]

    assert lab.forge.whoami().login == "robot"
    assert seconds <= sum(lab.slept) <= seconds + 1


def test_limit_makes_the_reads_of_the_run_wait_too(lab: Lab) -> None:
    lab.publish(lab.target())
    repo = lab.seen()
    quiet = Pace(windows=((1, 0.0),)).quiet(30.0)
    forge = lab.client(pace=quiet)

    forge.head(repo, "main")
    forge.edit_pull(repo, 1, "Title", "Text", draft=False)

    assert lab.slept == [30.0]


def test_limit_that_lasts_ends_the_run_with_a_word_on_how_to_go_on(lab: Lab) -> None:
    lab.world.faults = [Fault("/user", status=429, headers={"Retry-After": "90000"})]

    with pytest.raises(ForgeStopError) as caught:
        lab.forge.whoami()

    assert caught.value.hint == "Run the same command again in an hour: it goes on where it stopped."
    assert lab.slept == []


@pytest.mark.parametrize("fault", [{"status": 502}, {"lose_reply": True}, {"stall": True}], ids=str)
def test_post_without_an_answer_is_never_sent_twice(lab: Lab, fault: dict[str, int]) -> None:
    forge = lab.client(bounds=Bounds(silence=0.2))
    repo = lab.seen()
    lab.world.faults = [Fault("POST", times=99, **fault)]  # type: ignore[arg-type]

    with pytest.raises(ForgeLostError):
        forge.open_pull(repo, OWN.branch, "Title", "", draft=False)

    assert len(lab.world.writes()) == 1


def test_limited_post_was_not_done_and_is_repeated(lab: Lab) -> None:
    lab.world.faults = [Fault("POST .*/pulls$", status=403, headers={"Retry-After": "5"})]

    assert lab.publish(lab.target()).number == 1
    assert 5 <= sum(lab.slept) <= 6


def test_writes_keep_the_pace_and_reads_do_not(lab: Lab) -> None:
    forge = lab.client(pace=Pace())
    lab.publish(lab.target())
    repo = lab.seen()

    for text in ("a", "b", "c"):
        forge.edit_pull(repo, 1, "Title", text, draft=False)
        forge.whoami()

    assert lab.slept == [1.0, 1.0]


def test_token_is_in_no_error_whatever_the_forge_echoes(lab: Lab) -> None:
    packed = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
    body = f'{{"message": "bad {TOKEN} and {packed} \\u001b[31m"}}'.encode()
    lab.world.faults = [Fault("/user", status=418, body=body), Fault("/user", status=502, body=body, times=9)]

    with pytest.raises(ForgeRefusedError) as refused:
        lab.forge.whoami()
    with pytest.raises(ForgeError) as failed:
        lab.forge.whoami()

    for caught in (refused, failed):
        assert "bad *** and " in str(caught.value)
        assert TOKEN not in str(caught.value)
        assert packed[-20:] not in str(caught.value)
        assert "\x1b" not in str(caught.value)


def test_token_is_sent_to_the_forge_and_shown_nowhere(lab: Lab) -> None:
    lab.forge.whoami()

    assert lab.world.seen_headers[0]["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in repr(lab)


def test_netrc_does_not_take_the_tokens_place(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    assert lab.forge.whoami().login == "robot"


def test_address_where_nothing_answers_is_said_in_plain_words(lab: Lab) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"http://127.0.0.1:{free.getsockname()[1]}"

    with pytest.raises(ForgeError) as caught:
        Http(address, {}, lab.secret, sleep=lab.slept.append).get("/user")

    assert caught.value.what.endswith("the forge keeps failing (nothing answers there).")
    assert caught.value.hint.startswith("Check --base-url")


def test_server_that_speaks_no_tls_is_not_asked_again(lab: Lab) -> None:
    address = lab.server.origin.replace("http:", "https:")

    with pytest.raises(ForgeStopError) as caught:
        Http(address, {}, lab.secret, sleep=lab.slept.append).get("/user")

    assert "does not speak TLS" in caught.value.what
    assert "Check --base-url" in caught.value.hint
    assert lab.slept == []


@pytest.mark.parametrize(
    "address",
    [
        "https://forge.example.com:port",
        "https://[forge.example.com",
        "http://forge.example.com",
        "ftp://forge.example.com",
        "forge.example.com",
        "https://me@forge.example.com",
        "",
    ],
)
def test_address_to_which_no_token_may_go_is_refused(lab: Lab, address: str) -> None:
    with pytest.raises(UsageError):
        Http(address, {}, lab.secret)


@pytest.mark.parametrize("value", ["", "short", "with space 12345", "line\nend1234567"])
def test_what_is_no_token_is_refused(lab: Lab, value: str) -> None:
    with pytest.raises(UsageError, match="The token for the forge is not one"):
        Secret(value)
    assert lab.world.log == []
