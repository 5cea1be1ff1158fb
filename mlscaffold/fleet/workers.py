"""Worker processes, as many as asked for: one repo each at a time, answers in the order of the questions."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.outcome import Outcome, Standing
from mlscaffold.fleet.answering import answer
from mlscaffold.fleet.work import Answered, Job
from mlscaffold.project.gather import keep_stores
from mlscaffold.shells import forks

_AHEAD = 4
"""How many jobs are given out for each worker: however many repos there are, no more are in memory."""


_MOST_SUPPLIES = 20
"""How often contents are brought for one job; each time all that were asked for."""

Supply = Callable[[Job, Sequence[str]], None]
"""Brings contents that a job's repository lacks."""


def answers(
    jobs: Iterable[Job | Outcome], count: int, supply: Supply | None
) -> Generator[Answered, None, None]:
    """Yield what becomes of each job, in their order; one that is an outcome already passes through.

    supply: brings what a job lacks, which is then done again; None where no job lacks anything.

    Where no more jobs are to be had, as of a forge that stopped answering, those that were given are finished first.
    """
    crew = Crew(count, supply)
    stopped: MlscaffoldError | None = None
    asked = iter(jobs)
    try:
        while stopped is None:
            try:
                crew.give(next(asked))
            except StopIteration:
                break
            except MlscaffoldError as error:
                stopped = error
            while crew.busy:
                yield crew.first()
        while crew.waited_for:
            yield crew.first()
        if stopped:
            raise stopped
    finally:
        crew.dismiss()


class Crew:
    """Some worker processes, and what they were given to do.

    A job whose process dies takes no other with it: those that were under way are tried again, the first of them alone.
    """

    def __init__(self, count: int, supply: Supply | None) -> None:
        self._count = count
        self._supply = supply
        self._pool = _pool(count)
        self._given: deque[tuple[Job, Future[Answered]] | Outcome] = deque()

    @property
    def waited_for(self) -> int:
        """How many were given and not asked for yet."""
        return len(self._given)

    @property
    def busy(self) -> bool:
        """Whether there is enough to do for now."""
        return self.waited_for > _AHEAD * self._count

    def give(self, job: Job | Outcome) -> None:
        """Give the crew one more to do."""
        self._given.append(job if isinstance(job, Outcome) else (job, self._submit(job)))

    def first(self) -> Answered:
        """Return what became of the one that was given first, when it is done."""
        each = self._given.popleft()
        if isinstance(each, Outcome):
            return Answered(each)
        job, future = each
        found = self._result(job, future)
        for _ in range(_MOST_SUPPLIES):
            if not found.lacks or self._supply is None:
                break
            try:
                self._supply(job, found.lacks)
            except MlscaffoldError as error:
                return Answered(replace(found.outcome, why=f"{error.what} {error.hint}".strip()))
            found = self._result(job, self._submit(job))
        return found

    def _result(self, job: Job, future: "Future[Answered]") -> Answered:
        try:
            return future.result()
        except BrokenProcessPool:
            found = _alone(job)
            self._restart()
            return found

    def dismiss(self) -> None:
        """Finish what is under way, and nothing else."""
        self._pool.shutdown(cancel_futures=True)

    def _submit(self, job: Job) -> Future[Answered]:
        """Give a job to the pool; to one that is broken, a job that has failed already."""
        try:
            return self._pool.submit(answer, job)
        except BrokenProcessPool as error:
            failed: Future[Answered] = Future()
            failed.set_exception(error)
            return failed

    def _restart(self) -> None:
        """Take new processes, unless that was done already, and give them what the old ones took along."""
        try:
            self._pool.submit(os.getpid)
        except BrokenProcessPool:
            self._pool.shutdown()
            self._pool = _pool(self._count)
        for place, each in enumerate(self._given):
            if isinstance(each, tuple) and _failed(each[1]):
                self._given[place] = (each[0], self._submit(each[0]))


def _failed(future: Future[Answered]) -> bool:
    return future.done() and isinstance(future.exception(), BrokenProcessPool)


def _alone(job: Job) -> Answered:
    with _pool(1) as pool:
        try:
            return pool.submit(answer, job).result()
        except BrokenProcessPool:
            why = "The process that looked at it died: it may have run out of memory."
            return Answered(Outcome(job.name, job.asked.step, Standing.ERROR, why, head=job.head))


def _pool(count: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), initializer=_settle)


def _settle() -> None:
    """Leave it to the parent to be interrupted, so that what is under way is finished; and do not outlive it."""
    forks.keep()
    keep_stores()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
