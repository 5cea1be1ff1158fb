"""Which addresses are a forge's own."""

import pytest

from mlscaffold.core.address import address, below


@pytest.mark.parametrize(
    ("api", "link", "asked"),
    [
        (
            "https://git.acme.com/api/v3",
            "https://Git.Acme.com/api/v3/user",
            "https://git.acme.com/api/v3/user",
        ),
        (
            "https://Git.Acme.com/api/v3",
            "https://git.acme.com/api/v3/user",
            "https://Git.Acme.com/api/v3/user",
        ),
        (
            "https://git.acme.com/api/v3",
            "https://git.acme.com:443/api/v3/user",
            "https://git.acme.com/api/v3/user",
        ),
        (
            "https://git.acme.com:443/a",
            "https://git.acme.com/a/user?page=2",
            "https://git.acme.com:443/a/user?page=2",
        ),
        ("https://git.acme.com/api/v3", "https://git.acme.com:444/api/v3/user", None),
        ("https://git.acme.com/api/v3", "https://git.acme.com:x/api/v3/user", None),
        ("https://git.acme.com/api/v3", "https://me@git.acme.com/api/v3/user", None),
        ("https://git.acme.com/api/v3", "https://[git.acme.com/api/v3/user", None),
        ("https://git.acme.com/api/v3", "http://git.acme.com:443/api/v3/user", None),
    ],
)
def test_address_is_the_forges_own_however_its_host_is_spelled(
    api: str, link: str, asked: str | None
) -> None:
    assert below(address(api), link) == asked
