"""Workers: what one job does to its process is no other job's business."""

import os
from pathlib import Path
from typing import Any

from mlscaffold.core.outcome import Outcome, Standing
from mlscaffold.fleet.work import Asked, Job
from mlscaffold.fleet.workers import answers


class Deadly(Asked):
    """What ends the process that takes it in."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (9,)


def job(name: str, folder: Path, asked: Asked | None = None, seconds: int = 60) -> Job:
    return Job(name, folder, "0" * 40, asked or Asked("check"), seconds)


def test_job_whose_process_dies_is_an_error_and_all_others_are_answered_in_order(tmp_path: Path) -> None:
    skipped = Outcome("skipped", "check", Standing.SKIPPED, "for a reason")
    jobs: list[Job | Outcome] = [
        job("a", tmp_path),
        skipped,
        job("deadly", tmp_path, Deadly("check")),
        job("b", tmp_path),
        job("c", tmp_path),
    ]

    found = [each.outcome for each in answers(iter(jobs), 2, lambda *_: None)]

    assert [each.repo for each in found] == ["a", "skipped", "deadly", "b", "c"]
    assert found[2].why.startswith("The process that looked at it died")
    assert {each.state for each in found} == {Standing.ERROR, Standing.SKIPPED}, (
        "there is no git in that folder"
    )
    assert "died" not in found[3].why + found[4].why + found[0].why
