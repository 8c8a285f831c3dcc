"""A client with workers: a cluster that is there, or one started here, answering in time and of one version."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from convfilter.errors import ConvfilterError

if TYPE_CHECKING:
    from distributed import Client

LOCAL = "local"
PATIENCE_S = 30  # for a scheduler, for its first worker, for another when all are lost
LONGEST_REASON = 200
PACKAGES = ("convfilter", "numpy", "pillow", "python")


@contextmanager
def connected(address: str, jobs: int, stopped: threading.Event) -> Iterator[Client | None]:
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
            reason = reason_of(error)
            raise ConvfilterError(
                f"scheduler {address}: {reason} (is it the scheduler's address, not the dashboard's?)"
            ) from None
        yield client if there else None


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


def reason_of(error: Exception) -> str:
    """What an error says, on one line."""
    return " ".join(str(error).split())[:LONGEST_REASON] or type(error).__name__


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
