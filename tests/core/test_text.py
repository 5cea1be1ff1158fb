"""Foreign text is shown as what it says, and never obeyed by a terminal or a CI runner."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlscaffold.core.text import safe_lines, safe_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("src/app.py", "src/app.py"),
        ("Grüße 模型", "Grüße 模型"),
        ("\x1b]8;;https://evil\x07x\x1b[31m", "\\x1b]8;;https://evil\\x07x\\x1b[31m"),
        ("a\nb\tc\rd\0", "a\\nb\\tc\\rd\\x00"),
        ("\x9b31m", "\\x9b31m"),
        ("abc\u202ecod.exe", "abc\\u202ecod.exe"),
        ("\u061c\u200b\ufeff\u2028", "\\u061c\\u200b\\ufeff\\u2028"),
        ("\U000e0041", "\\U000e0041"),
        ("\udcff", "\\xff"),
        ("::error::x", ": :error: :x"),
        (":::::set-output", ": : : : :set-output"),
        ("##[error]x ##VSO[task.setvariable]", "# #[error]x # #VSO[task.setvariable]"),
        ("####[group]", "### #[group]"),
        ("## heading", "## heading"),
    ],
)
def test_text_is_shown_spelled_out(text: str, shown: str) -> None:
    assert safe_text(text) == shown


def test_lines_and_tabs_stay_in_several_lines() -> None:
    assert safe_lines("one\ttwo\n::error::\x1b") == "one\ttwo\n: :error: :\\x1b"


@given(st.text(st.sampled_from(":#[]vsoVSO\x1b\u200b\0 a\r\n")))
def test_no_mix_of_characters_makes_a_command(text: str) -> None:
    shown = safe_text(text)
    assert shown.isprintable()
    assert not any(armed in shown.lower() for armed in ("::", "##[", "##vso["))
