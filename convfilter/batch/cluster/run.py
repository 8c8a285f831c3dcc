"""Tasks on a dask.distributed cluster: each on one worker, whose files are those that are seen here.

The client plans, and alone writes the manifest; workers read, filter and write pictures. There are
never more than a few tasks for each of their threads on the way. What a lost worker was at is done
again by another.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from convfilter.batch.cluster.connect import (
    LOCAL,
    PACKAGES,
    PATIENCE_S,
    check_versions,
    connected,
    reason_of,
)
from convfilter.batch.cluster.sent import absolute, as_planned
from convfilter.batch.cluster.worker import do_there
from convfilter.batch.plan import Task
from convfilter.batch.record import FAILED
from convfilter.batch.work import Finished, failed
from convfilter.errors import ConvfilterError, PictureError

if TYPE_CHECKING:
    from distributed import Client, Future

TASKS_A_THREAD = 2
TRIES = 3  # of the scheduler's own, each of which lets three workers be lost
LOOK_EVERY_S = 0.005


class ClusterRun:
    """Tasks being done by workers; begin, end and iteration as in LocalRun, all in this thread.

    address  of a scheduler, or LOCAL: a cluster of as many processes as `jobs`
    memory_bytes  of each worker; None: half of what it may use
    say      is told of versions that differ
    fail_fast  whether nothing is begun any more after a failure
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        address: str,
        jobs: int,
        memory_bytes: int | None,
        begin: Callable[[Task], Finished | None],
        end: Callable[[Finished], Finished],
        say: Callable[[str], None],
        *,
        fail_fast: bool,
    ) -> None:
        self._pending = deque(tasks)
        self._fail_fast = fail_fast
        self._address, self._jobs, self._memory_bytes = address, jobs, memory_bytes
        self._begin, self._end, self._say = begin, end, say
        self._tries: dict[str, int] = {}
        self._run, self._numbers = uuid4().hex, count()
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Begins no more; what is on the way comes to its end."""
        self._stopped.set()

    def __iter__(self) -> Generator[Finished]:
        """Tasks as they come to their ends.

        Raises ConvfilterError where there is no scheduler, no worker, another version of this program,
        or when the scheduler is lost.
        """
        if not self._pending:
            return
        with connected(self._address, self._jobs, self._stopped) as client:
            if client is None:
                return
            if self._address != LOCAL:
                check_versions(client.get_versions(packages=list(PACKAGES)), self._say)
            ends = self._all(client)
            while (finished := self._next(ends)) is not None:
                yield finished

    def _next(self, ends: Iterator[Finished]) -> Finished | None:
        """What a lost scheduler makes of calls to it is of many kinds."""
        try:
            return next(ends, None)
        except ConvfilterError:
            raise
        except Exception as error:  # noqa: BLE001 - as the docstring says
            reason = reason_of(error)
            raise ConvfilterError(
                f"scheduler {self._address}: it is gone ({reason}); --resume does the rest"
            ) from None

    def _all(self, client: Client) -> Iterator[Finished]:
        from distributed import as_completed

        waiting: dict[Future, Task] = {}
        completed = as_completed((), loop=client.loop)
        while True:
            yield from self._fill(client, waiting, completed)
            if not waiting:
                return
            self._wait(client, completed)
            future = next(completed)
            task = waiting.pop(future)
            if future.status == "cancelled":
                raise ConvfilterError(
                    f"scheduler {self._address}: it is gone; --resume does the rest"
                )
            error = future.exception()
            if error is None:
                answer = future.result()
                yield self._ended(as_planned(task, answer, told=self._address != LOCAL))
            elif not self._again(task):
                fault = PictureError(f"{task.source.path}: {_lost(error)}")
                yield self._ended(failed(task, fault))
            future.release()

    def _wait(self, client: Client, completed: Any) -> None:
        """Until a task has come to its end; without any worker that is said now and then."""
        told_at = time.monotonic()
        while not completed.has_ready():
            time.sleep(LOOK_EVERY_S)
            if time.monotonic() - told_at > PATIENCE_S:
                told_at = time.monotonic()
                if not client.nthreads():
                    self._say(f"{self._address}: there is no worker: waiting for one")

    def _ended(self, finished: Finished) -> Finished:
        finished = self._end(finished)
        if self._fail_fast and finished.record.status == FAILED:
            self.stop()
        return finished

    def _fill(
        self, client: Client, waiting: dict[Future, Task], completed: Any
    ) -> Iterator[Finished]:
        """Hands out as many tasks as the workers of the moment may have; yields those that need none."""
        most = TASKS_A_THREAD * max(1, sum(client.nthreads().values()))
        while self._pending and len(waiting) < most and not self._stopped.is_set():
            task = self._pending.popleft()
            if task.place not in self._tries and (finished := self._begin(task)) is not None:
                yield self._ended(finished)
                continue
            self._tries.setdefault(task.place, 0)
            # Keys are known to all clients of a scheduler, and have no room for odd names.
            key = f"convfilter-{self._run}-{next(self._numbers)}"
            work = absolute(task)
            future = client.submit(do_there, work, self._memory_bytes, key=key, pure=False)
            waiting[future] = task
            completed.add(future)

    def _again(self, task: Task) -> bool:
        """Whether a task that was lost with its workers is tried once more."""
        self._tries[task.place] += 1
        if self._tries[task.place] >= TRIES or self._stopped.is_set():
            return False
        self._pending.appendleft(task)
        return True


def _lost(error: Exception) -> str:
    if type(error).__name__ == "KilledWorker":
        return "its workers were lost, again and again: more memory a worker, or --memory, may help"
    return reason_of(error)
