"""The package zarr, imported here only: 0.4 s that nobody else needs."""

from __future__ import annotations

import errno
import os
import time
from contextlib import AbstractContextManager
from typing import Any

import zarr
from zarr.core.buffer import Buffer
from zarr.storage import LocalStore

# Longest wait for pieces that are being written: a disk may hang.
PATIENCE_SECONDS = 5.0


class StoppableStore(LocalStore):
    """A folder that takes nothing more once it is told so.

    When a piece can't be written, or the command is ended, others are still on their way on threads of
    zarr's own, which would make the folder again that is being removed.
    """

    _stopped = False
    _busy = 0

    async def set(self, key: str, value: Buffer) -> None:
        if self._stopped:
            raise OSError(errno.ECANCELED, os.strerror(errno.ECANCELED))
        self._busy += 1  # on the one thread that all calls to a store come from
        try:
            await super().set(key, value)
        finally:
            self._busy -= 1

    def stop(self) -> None:
        """Comes back when nothing is being written any more."""
        self._stopped = True
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._busy and time.monotonic() < deadline:
            time.sleep(0.001)


def open_array(path: str) -> Any:
    """An array, to be read; raises whatever zarr raises."""
    return zarr.open_array(path, mode="r")


def create_array(store: StoppableStore, **options: Any) -> tuple[Any, Any]:
    """A new array twice; parts of which nothing was written are 0.

    The first writes all chunks, the second none that is all 0, which it finds out in twice the time that
    writing takes.
    """
    dense = zarr.create_array(store, fill_value=0, config={"write_empty_chunks": True}, **options)
    return dense, zarr.open_array(store, mode="r+", config={"write_empty_chunks": False})


def at_once(count: int) -> AbstractContextManager[Any]:
    """So many chunks are decoded or encoded at once at most: for their memory, and the cores in use."""
    setting: AbstractContextManager[Any] = zarr.config.set({"async.concurrency": count})
    return setting
