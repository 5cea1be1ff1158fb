"""The token does not show."""

import base64
import pickle
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlscaffold.core.secret import Secret

TOKENS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=20, max_size=60)


@given(TOKENS, st.binary(max_size=8), st.binary(max_size=8))
def test_token_is_taken_out_in_every_form(token: str, before: bytes, behind: bytes) -> None:
    data = before + token.encode() + behind
    packed = [base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()]

    for form in (token, quote(token, safe=""), *packed):
        shown = Secret(token).redact(f"error: {form} end")
        assert "***" in shown
        assert token not in shown
        assert len(shown) <= len("error: *** end") + 28, (
            "what is left of base64 is what stood around the token"
        )


def test_token_is_taken_out_of_bytes_that_are_no_text() -> None:
    assert Secret("tok-0123456789").redact_bytes(b"\xff tok-0123456789 \x00") == b"\xff *** \x00"


def test_token_is_not_in_the_representation() -> None:
    secret = Secret("tok-0123456789")

    assert repr(secret) == str(secret) == f"{secret}" == "Secret(***)"


def test_token_goes_into_no_other_process() -> None:
    with pytest.raises(TypeError, match="stays in this process"):
        pickle.dumps(Secret("tok-0123456789"))
