"""Tasks on this machine's cores: a thread for each, with a helper that filters where there can be one.

Without helpers the threads filter themselves: decoders, loops and encoders let go of Python's lock.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from itertools import chain, islice, repeat
from queue import SimpleQueue

from convfilter.batch.budget import Budget, Stopped
from convfilter.batch.helpers import Helper
from convfilter.batch.plan import Task
from convfilter.batch.record import FAILED
from convfilter.batch.work import Finished, do
from convfilter.images.decoded import Extent
from convfilter.images.memory import return_large_pieces

Begin = Callable[[Task], Finished | None]
End = Callable[[Finished], Finished]


class LocalRun:
    """Tasks being done, at most `jobs` at once, within a budget of memory.

    begin  is called before a task, in its thread; what it gives is the end of it: nothing to do
    end    is called when it came to its end, in its thread; what it gives is handed over
    fail_fast  whether nothing is begun any more after a failure
    helpers  for the first threads
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        jobs: int,
        memory_bytes: int,
        begin: Begin,
        end: End,
        *,
        fail_fast: bool = False,
        helpers: Sequence[Helper] = (),
    ) -> None:
        self._fail_fast = fail_fast
        self._pending = deque(tasks)
        self._helpers = helpers
        self._jobs = jobs
        self._budget = Budget(memory_bytes)
        self._begin, self._end = begin, end
        self._turn = threading.Lock()
        self._in_flight = 0
        self._finished: SimpleQueue[Finished | BaseException | None] = SimpleQueue()

    def __iter__(self) -> Generator[Finished]:
        """Tasks as they come to their ends. Raises what `begin` or `end` raised; then nothing goes on."""
        return_large_pieces()
        count = min(self._jobs, len(self._pending))
        helpers = islice(chain(self._helpers, repeat(None)), count)
        threads = [
            threading.Thread(target=self._work, args=(helper,), daemon=True) for helper in helpers
        ]
        for thread in threads:
            thread.start()
        fault: BaseException | None = None
        ended = 0
        try:
            while ended < len(threads):
                finished = self._finished.get()
                if finished is None:
                    ended += 1
                elif isinstance(finished, BaseException):
                    fault = fault or finished
                    self.stop()
                else:
                    yield finished
        finally:  # whoever listened may have gone: nothing is left half-written
            self.stop()
            for thread in threads:
                thread.join()
        if fault is not None:
            raise fault

    def stop(self) -> None:
        """Begins no more; what is in flight comes to its end."""
        with self._turn:
            self._pending.clear()
        self._budget.stop()

    def _work(self, helper: Helper | None) -> None:
        try:
            while (task := self._next()) is not None:
                try:
                    self._finished.put(self._done(task, helper))
                except Stopped:
                    continue
                finally:
                    with self._turn:
                        self._in_flight -= 1
        except BaseException as error:  # noqa: BLE001 - raised again where the tasks are waited for
            self._finished.put(error)
        finally:
            self._finished.put(None)

    def _next(self) -> Task | None:
        with self._turn:
            if not self._pending:
                return None
            self._in_flight += 1
            return self._pending.popleft()

    def _done(self, task: Task, helper: Helper | None) -> Finished:
        if (finished := self._begin(task)) is None:
            with self._budget.share(task.job) as take:

                def admit(extent: Extent) -> int:
                    return self._cores(take(extent))

                if helper is not None and helper.takes(task):
                    finished = helper.do(task, admit)
                else:
                    finished = do(task, admit)
        finished = self._end(finished)
        if self._fail_fast and finished.record.status == FAILED:
            self.stop()
        return finished

    def _cores(self, wanted_bytes: int) -> int:
        """One for each of many pictures; all for one that is the only one left, or has no room beside it."""
        with self._turn:
            others = self._in_flight - 1 + len(self._pending)
        room = self._budget.total_bytes // max(1, wanted_bytes)
        return max(1, self._jobs // max(1, min(self._jobs, 1 + others, room)))
