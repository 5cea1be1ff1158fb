"""An address is trusted by its host and path segments; whatever could be read in two ways is not."""

import pytest

from mlscaffold.core.trust import address, trusted, without_password

ACME = ("https://github.com/acme/template",)


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/acme/template",
        "https://github.com/acme/template.git",
        "https://github.com/acme/template/",
        "https://github.com/acme/template.git/",
        "https://GitHub.COM/acme/template",
        "https://github.com./acme/template",
        "https://github.com:443/acme/template",
        "HTTPS://github.com/acme/template",
        "git@github.com:acme/template.git",
        "git@github.com:/acme/template.git",
        "github.com:acme/template",
        "ssh://git@github.com/acme/template",
        "ssh://github.com:22/acme/template",
    ],
)
def test_the_same_place_written_in_another_way_is_trusted(url: str) -> None:
    assert trusted(url, ACME)


@pytest.mark.parametrize(
    "url",
    [
        # prefixes and neighbours
        "https://github.com/acme",
        "https://github.com/acme/template-evil",
        "https://github.com/acme/template/evil",
        "https://github.com/acme-evil/template",
        "https://github.com/Acme/template",
        "https://github.com/acme/Template",
        # other hosts that look alike
        "https://github.com.evil.com/acme/template",
        "https://evil-github.com/acme/template",
        "https://xgithub.com/acme/template",
        "https://githu\u0432.com/acme/template",
        "https://github\u3002com/acme/template",
        "https://github.com../acme/template",
        "https://evil.com/github.com/acme/template",
        "git@evil.com:acme/template",
        # user names and passwords that hide the host
        "https://github.com@evil.com/acme/template",
        "https://github.com:443@evil.com/acme/template",
        "https://evil.com\\@github.com/acme/template",
        "https://user@github.com/acme/template",
        "https://user:token@github.com/acme/template",
        "https://@github.com/acme/template",
        "root@github.com:acme/template",
        "ssh://git:token@github.com/acme/template",
        "ssh://-oProxyCommand=id@github.com/acme/template",
        "ssh://-oProxyCommand=id/acme/template",
        "-oProxyCommand=id:acme/template",
        # ports and protocols
        "https://github.com:8443/acme/template",
        "ssh://git@github.com:2222/acme/template",
        "https://github.com:/acme/template",
        "http://github.com/acme/template",
        "git://github.com/acme/template",
        "ftp://github.com/acme/template",
        "ext::sh -c id",
        "ext::https://github.com/acme/template",
        "file://github.com/acme/template",
        "fd::17",
        # paths that lead elsewhere
        "https://github.com/acme/evil/../template",
        "https://github.com/acme/../acme/template",
        "https://github.com/acme/./template",
        "https://github.com/acme/%2e%2e/acme/template",
        "https://github.com/acme/%2E/template",
        "https://github.com/acme%2ftemplate",
        "https://github.com/acme%5ctemplate",
        "https://github.com/acme\\template",
        "https://github.com/%61cme/template",
        "https://github.com/acme/template?x=1",
        "https://github.com/acme/template#x",
        "https://github.com?/acme/template",
        "https://github.com#/acme/template",
        "https://github.com/acme/template ",
        " https://github.com/acme/template",
        "https://github.com/acme/tem\nplate",
        "https://github.com/acme/template\0",
        "https:///acme/template",
        "https://[::1]/acme/template",
        "acme/template",
        "gh:acme/template",
        "/github.com/acme/template",
        "",
    ],
)
def test_anything_else_is_not(url: str) -> None:
    assert not trusted(url, ACME)


@pytest.mark.parametrize(
    ("pattern", "url", "named"),
    [
        ("https://github.com/acme/*", "https://github.com/acme/template", True),
        ("https://github.com/acme/*", "git@github.com:acme/other.git", True),
        ("https://github.com/acme/*", "https://github.com/acme/a/b", False),
        ("https://github.com/acme/*", "https://github.com/acme", False),
        ("https://github.com/acme/*", "https://github.com/acme-evil/template", False),
        ("https://github.com/*/template", "https://github.com/acme/template", True),
        ("https://github.com/*/*", "https://github.com/evil/x", True),
        ("https://github.com/acme/temp*", "https://github.com/acme/template", False),
        ("https://*/acme/template", "https://github.com/acme/template", False),
        ("https://github.com/acme/template", "https://github.com/acme/*", False),
        ("https://git.acme.io:8443/t/*", "https://git.acme.io:8443/t/x", True),
        ("https://git.acme.io:8443/t/*", "https://git.acme.io/t/x", False),
        ("http://127.0.0.1:8000/t", "http://127.0.0.1:8000/t", True),
        ("http://127.0.0.1:8000/t", "https://127.0.0.1:8000/t", False),
        ("/srv/templates/*", "/srv/templates/one", True),
        ("/srv/templates/one", "/srv/templates/one/", True),
        ("/srv/templates/one", "file:///srv/templates/one", True),
        ("/srv/templates/one", "file://localhost/srv/templates/one", True),
        ("/srv/templates/*", "/srv/templates/../evil", False),
        ("/srv/templates/*", "/srv/templates/a/../b", False),
        ("/srv/templates/*", "/srv/templates-evil/x", False),
        ("/srv/templates/*", "/srv/templates", False),
        ("/srv/templates/*", "https://./srv/templates/x", False),
        ("/srv/templates/*", "ssh://./srv/templates/x", False),
        ("/srv/templates/*", ".:srv/templates/x", False),
        ("not an address", "not an address", False),
        ("", "https://github.com/acme/template", False),
        ("*", "https://github.com/acme/template", False),
    ],
)
def test_a_star_stands_for_one_whole_segment_of_the_path(pattern: str, url: str, named: bool) -> None:
    assert trusted(url, (pattern,)) is named


def test_nothing_is_trusted_without_a_pattern() -> None:
    assert not trusted("https://github.com/acme/template", ())


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://github.com/acme/template", "https://github.com/acme/template"),
        ("https://token@github.com/acme/template", "https://github.com/acme/template"),
        ("https://user:token@github.com/acme/template", "https://github.com/acme/template"),
        ("https://user:to@ken@github.com/acme/template", "https://github.com/acme/template"),
        ("HTTPS://user:token@github.com/x", "HTTPS://github.com/x"),
        ("ssh://git:token@github.com/acme/template", "ssh://git@github.com/acme/template"),
        ("ssh://git@github.com/acme/template", "ssh://git@github.com/acme/template"),
        ("git@github.com:acme/template", "git@github.com:acme/template"),
        ("https://github.com/acme/template@v1", "https://github.com/acme/template@v1"),
        ("fatal: 'https://a:b@x/y' not 'https://c@z/y'", "fatal: 'https://x/y' not 'https://z/y'"),
    ],
)
def test_a_password_is_never_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown


def test_an_address_of_this_machine_is_no_address_of_a_host() -> None:
    local = address("/srv/templates/x")
    assert local is not None
    assert local.host == ""
    assert address("https:///srv/templates/x") is None
