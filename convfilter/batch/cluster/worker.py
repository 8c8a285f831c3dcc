"""What a worker does: one task, within the memory that all its threads have together."""

from __future__ import annotations

import threading
from typing import NamedTuple

from convfilter.batch.budget import Budget, usual_memory
from convfilter.batch.plan import Task
from convfilter.batch.work import Finished, do
from convfilter.images.decoded import Extent


class Answer(NamedTuple):
    """What a worker says of a task; its own name is in `worker`."""

    finished: Finished
    worker: str


def do_there(task: Task, memory_bytes: int | None) -> Answer:
    """A task on a worker, within the budget of memory that all its threads have together."""
    from distributed import get_worker

    worker = get_worker()
    if memory_bytes is None:
        limit = worker.memory_manager.memory_limit
        memory_bytes = int(limit) // 2 if limit else usual_memory()
    with _budget(memory_bytes).share(task.job) as take:

        def admit(extent: Extent) -> int:
            take(extent)
            return 1  # core: workers have a thread for each

        finished = do(task, admit)
    # Errors travel as text, and the task is known to whom it came from.
    return Answer(finished, str(worker.address))


def _budget(memory_bytes: int) -> Budget:
    """One for all threads of a worker."""
    with _making:
        return _budgets.setdefault(memory_bytes, Budget(memory_bytes))


_making = threading.Lock()
_budgets: dict[int, Budget] = {}
