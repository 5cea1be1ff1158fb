"""How fast a forge is asked, and what its refusals mean."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlscaffold.core.pace import LONGEST_WAIT, MOST_TRIES, Again, GiveUp, Pace, judge

DATE = "Sun, 09 Sep 2001 01:46:40 GMT"  # 1,000,000,000


def run(pace: Pace, gaps: list[float]) -> list[float]:
    """Write as soon as the pace and the gaps between the wishes to write allow."""
    now, times = 0.0, []
    for gap in gaps:
        now += gap
        now += pace.wait(now, write=True)
        pace = pace.wrote(now)
        times.append(now)
    return times


@given(st.lists(st.floats(0, 5000), max_size=60))
def test_no_window_has_more_writes_than_its_number(gaps: list[float]) -> None:
    pace = Pace(windows=((1, 1.0), (4, 20.0), (10, 300.0)))
    times = run(pace, gaps)

    for count, span in pace.windows:
        assert all(later - first >= span - 1e-6 for first, later in zip(times, times[count:], strict=False))


def test_default_stays_below_what_github_allows() -> None:
    times = run(Pace(), [0.0] * 2000)

    for allowed, span in ((1, 0.999), (80, 60.0), (500, 3600.0)):
        most = max(sum(first <= time < first + span for time in times) for first in times[::7])
        assert most <= allowed


def test_idle_time_is_not_saved_up() -> None:
    times = run(Pace(), [90_000.0, *[0.0] * 500])

    assert times[450] - times[0] >= 3600


def test_reads_do_not_wait_for_writes() -> None:
    pace = Pace().wrote(0.0)

    assert (pace.wait(0.0, write=True), pace.wait(0.0, write=False)) == (1.0, 0.0)


def test_silence_holds_for_reads_too_and_only_grows() -> None:
    pace = Pace().quiet(60.0).quiet(30.0)

    assert (pace.wait(10.0, write=False), pace.wait(10.0, write=True), pace.wait(60.0, write=True)) == (
        50.0,
        50.0,
        0.0,
    )


def test_estimate_is_what_it_takes() -> None:
    assert Pace().seconds_for(0) == 0
    assert Pace().seconds_for(10) == 9
    assert Pace().seconds_for(451) == 3600
    assert Pace().seconds_for(30_000) == 66 * 3600 + 299, "three writes for each of 10,000 repos"


@pytest.mark.parametrize(
    ("status", "headers", "verdict"),
    [
        (200, {}, None),
        (201, {"x-ratelimit-remaining": "0"}, None),
        (404, {}, None),
        (422, {}, None),
        (403, {}, None),
        (403, {"x-ratelimit-remaining": "17"}, None),
        (401, {}, GiveUp.UNAUTHORIZED),
        (401, {"retry-after": "1"}, GiveUp.UNAUTHORIZED),
        (429, {"retry-after": "7"}, Again(7, everyone=True)),
        (403, {"retry-after": "7"}, Again(7, everyone=True)),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000000090", "date": DATE}, Again(90, everyone=True)),
        (429, {"ratelimit-remaining": "0", "ratelimit-reset": "1000000090", "date": DATE}, Again(90, everyone=True)),
        (429, {"retry-after": "Sun, 09 Sep 2001 01:47:10 GMT", "date": DATE}, Again(30, everyone=True)),
        (403, {"retry-after": "5", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000000090", "date": DATE}, Again(5, everyone=True)),
        (429, {}, Again(60, everyone=True)),
        (429, {"retry-after": "soon"}, Again(60, everyone=True)),
        (429, {"retry-after": "Sun, 09 Sep 2001 01:47:10 GMT"}, Again(60, everyone=True)),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000000090"}, Again(60, everyone=True)),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "999999999", "date": DATE}, Again(1, everyone=True)),
        (429, {"retry-after": "0"}, Again(1, everyone=True)),
        (429, {"retry-after": "86400"}, GiveUp.LIMITED),
        (429, {"retry-after": "9" * 400}, GiveUp.LIMITED),
        (503, {"retry-after": "7"}, Again(7)),
        (500, {}, Again(1)),
    ],
)  # fmt: skip
def test_answer_means(status: int, headers: dict[str, str], verdict: Again | GiveUp | None) -> None:
    assert judge(status, headers, tries=1, jitter=0.0) == verdict


@pytest.mark.parametrize(
    "message", ["You have exceeded a secondary rate limit.", "API rate limit exceeded", "abuse detection"]
)
def test_403_that_speaks_of_a_limit_is_one(message: str) -> None:
    assert judge(403, {}, tries=1, jitter=0.0, message=message) == Again(60, everyone=True)


def test_waiting_grows_and_ends() -> None:
    limited = [judge(429, {}, tries=tries, jitter=0.5) for tries in range(1, MOST_TRIES + 1)]
    broken = [judge(502, {}, tries=tries, jitter=0.0) for tries in range(1, MOST_TRIES + 1)]

    assert limited == [*(Again(60 * 2**n + 0.5, everyone=True) for n in range(4)), GiveUp.LIMITED]
    assert broken == [Again(1), Again(2), Again(4), Again(8), GiveUp.BROKEN]


@given(
    st.integers(100, 599),
    st.dictionaries(
        st.sampled_from(
            ["retry-after", "date", "x-ratelimit-remaining", "x-ratelimit-reset", "ratelimit-remaining"]
        ),
        st.text() | st.integers().map(str) | st.just(DATE),
    ),
)
def test_no_header_breaks_it_or_makes_it_wait_for_ever(status: int, headers: dict[str, str]) -> None:
    for tries in itertools.count(1):
        verdict = judge(status, headers, tries=tries, jitter=1.0)
        if not isinstance(verdict, Again):
            break
        assert 1 <= verdict.seconds <= LONGEST_WAIT
    assert tries <= MOST_TRIES
