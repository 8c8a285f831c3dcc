"""Tasks on a dask.distributed cluster: each on one worker, whose files are those that are seen here.

The client plans, and alone writes the manifest; workers read, filter and write pictures. There are
never more than a few tasks for each of their threads on the way. What a lost worker was at is done
again by another. The only import of distributed, which the extra `cluster` brings.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from convfilter.batch.budget import Budget, estimated_bytes, usual_memory
from convfilter.batch.plan import Task
from convfilter.batch.record import FAILED
from convfilter.batch.work import Finished, do, failed
from convfilter.errors import ConvfilterError, PictureError
from convfilter.images.decoded import Extent
from convfilter.images.remote import is_url

if TYPE_CHECKING:
    from distributed import Client, Future

LOCAL = "local"
TASKS_A_THREAD = 2
TRIES = 3  # of the scheduler's own, each of which lets three workers be lost
PATIENCE_S = 30  # for a scheduler, for its first worker, for another when all are lost
LOOK_EVERY_S = 0.005
LONGEST_REASON = 200
PACKAGES = ("convfilter", "numpy", "pillow", "python")


class Answer(NamedTuple):
    """What a worker says of a task; its own name is in `worker`."""

    finished: Finished
    worker: str


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
        with ExitStack() as stack:
            client = stack.enter_context(_connected(self._address, self._jobs, self._stopped))
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
            reason = " ".join(str(error).split())[:LONGEST_REASON] or type(error).__name__
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
                yield self._ended(_as_planned(task, answer, told=self._address != LOCAL))
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
            work = _absolute(task)
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


def do_there(task: Task, memory_bytes: int | None) -> Answer:
    """A task on a worker, within the budget of memory that all its threads have together."""
    from distributed import get_worker

    worker = get_worker()
    if memory_bytes is None:
        limit = worker.memory_manager.memory_limit
        memory_bytes = int(limit) // 2 if limit else usual_memory()
    budget, taken = _budget(memory_bytes), 0

    def admit(extent: Extent) -> int:
        nonlocal taken
        wanted = estimated_bytes(extent, task.job)
        budget.take(wanted)
        taken = wanted
        return 1  # core: workers have a thread for each

    try:
        finished = do(task, admit)
    finally:
        budget.give_back(taken)
    # Errors travel as text, and the task is known to whom it came from.
    return Answer(finished, str(worker.address))


def check_versions(versions: dict[str, Any], say: Callable[[str], None]) -> None:
    """Raises ConvfilterError unless all workers have this program, in this version.

    versions  as a client's `get_versions` has them; other packages that differ are said
    """
    ours = versions["client"]["packages"]
    others: dict[str, list[str]] = {}
    for address, facts in sorted(versions["workers"].items()):
        theirs = facts["packages"] if facts else {}
        there = theirs.get("convfilter")
        if there != ours["convfilter"]:
            has = f"convfilter {there}" if there else "no convfilter"
            raise ConvfilterError(
                f"worker {address} has {has}, here is {ours['convfilter']}: results could differ; "
                "install the same version everywhere"
            )
        for package in PACKAGES:
            if theirs.get(package) != ours.get(package):
                words = f"{package} is {theirs.get(package)} there, {ours.get(package)} here"
                others.setdefault(words, []).append(address)
    for words, addresses in others.items():
        more = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
        say(f"note: worker {addresses[0]}{more}: {words}; files may differ in their bytes")


@contextmanager
def _connected(address: str, jobs: int, stopped: threading.Event) -> Iterator[Client | None]:
    """A client with at least one worker; None if the run was stopped before there was one."""
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError:
        raise ConvfilterError(
            "scheduler: a cluster needs the extra: pip install 'convfilter[cluster]'"
        ) from None
    # Lost workers are told by us, and connections that end with the cluster by nobody.
    dask.config.set({"logging.distributed": "critical", "distributed.comm.timeouts.connect": "10s"})
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with ExitStack() as stack:
        try:
            if address == LOCAL:
                with _deaf_to_interrupts():
                    cluster = LocalCluster(
                        n_workers=jobs,
                        threads_per_worker=1,
                        dashboard_address="127.0.0.1:0",
                        silence_logs=logging.CRITICAL,
                    )
                where: Any = stack.enter_context(cluster)
            else:
                where = address
            client = _in_time(lambda: Client(where, set_as_default=False))
            stack.enter_context(client)
            there = _first_worker(client, stopped)
        except Exception as error:  # noqa: BLE001 - whatever answers there may be no scheduler at all
            reason = " ".join(str(error).split())[:LONGEST_REASON] or type(error).__name__
            raise ConvfilterError(
                f"scheduler {address}: {reason} (is it the scheduler's address, not the dashboard's?)"
            ) from None
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        yield client if there else None


def _in_time(make: Callable[[], Any]) -> Any:
    """What `make` gives within PATIENCE_S; raises what it raises, or TimeoutError."""
    made: SimpleQueue[Any] = SimpleQueue()

    def run() -> None:
        try:
            made.put((make(), None))
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            made.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        result, error = made.get(timeout=PATIENCE_S)
    except Empty:
        raise TimeoutError(f"no scheduler has answered for {PATIENCE_S} s") from None
    if error is not None:
        raise error
    return result


def _first_worker(client: Client, stopped: threading.Event) -> bool:
    """Waits for a worker; False if the run was stopped meanwhile. Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE_S
    while not client.nthreads():
        if stopped.wait(0.1):
            return False
        if time.monotonic() > deadline:
            raise TimeoutError(f"no worker has come for {PATIENCE_S} s")
    return True


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Processes that are started here pass over Ctrl-C, which a terminal sends to all: we tell them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _absolute(task: Task) -> Task:
    """For workers, whose working folder is another.

    What is lost with a worker may have been written: the planned output, which was not there before,
    may be replaced.
    """
    job, here = task.job, os.getcwd()
    changes: dict[str, Any] = {
        name: os.path.join(here, path)
        for name in ("source", "output", "mask")
        if (path := getattr(job, name)) and not is_url(path)
    }
    output = task.output if is_url(task.output) else os.path.join(here, task.output)
    may_replace = "" if task.exists else output
    return task._replace(job=job._replace(**changes, may_replace=may_replace))


def _as_planned(task: Task, answer: Answer, *, told: bool) -> Finished:
    """What a worker did, in the words of whoever asked for it.

    told  whether errors say which worker it was
    """
    finished = answer.finished
    record = finished.record
    if finished.error is not None:
        message = record.error.replace(f"{os.getcwd()}/{task.source.path}", task.source.path)
        where = f" (on worker {answer.worker})" if told else ""
        known = isinstance(finished.error, ConvfilterError)
        kind = type(finished.error) if known else PictureError
        again = failed(task, kind(message + where))
        return again._replace(record=again.record._replace(error_type=record.error_type))
    output = os.path.join(os.path.dirname(task.output), os.path.basename(record.output))
    record = record._replace(source=task.source.path, output=output)
    outcome = finished.outcome
    if outcome is not None:
        job = outcome.job._replace(source=task.job.source, output=task.job.output)
        outcome = outcome._replace(job=job, output=output)
    return Finished(task, record, outcome)


def _lost(error: Exception) -> str:
    if type(error).__name__ == "KilledWorker":
        return "its workers were lost, again and again: more memory a worker, or --memory, may help"
    return " ".join(str(error).split())[:LONGEST_REASON] or type(error).__name__


def _budget(memory_bytes: int) -> Budget:
    """One for all threads of a worker."""
    with _making:
        return _budgets.setdefault(memory_bytes, Budget(memory_bytes))


_making = threading.Lock()
_budgets: dict[int, Budget] = {}
