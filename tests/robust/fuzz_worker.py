"""The command, called again and again in one process: a job a line on standard input, its ending a line back.

Here a fault ends nobody else's work: whoever started this sees it end, or be silent, and starts another.
"""

import json
import os
import re
import resource
import sys
import traceback
from contextlib import suppress
from pathlib import Path

from fork_server import prepare
from judge import complaint, whole

EXPECTED = ("hint: ", "compiling a loop")
# Formats that can hold little are asked for, too: then something has to be said.
FORMATS = ("png", "jpg", "tif", "webp", "bmp", "ppm", "npy", "gif", "avif", "jp2", "tga")


def work(memory_bytes):
    """Until standard input ends; `memory_bytes` limits the address space."""
    prepare(compiled=True)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for line in sys.stdin:
        job = json.loads(line)
        kind, text = _ending(job["words"], Path(job["out"]), job["name"])
        answers.write(json.dumps({"kind": kind, "text": text, "peak_bytes": peak_bytes()}) + "\n")
        answers.flush()


def _ending(words, out, name):
    """The kind of ending, and what was said: 'picture', 'refused', or the name of a fault."""
    from convfilter import signals
    from convfilter.cli.main import main
    from convfilter.errors import ConvfilterError, UsageError

    _forget_peak()
    os.ftruncate(signals.standard_error, 0)
    os.lseek(signals.standard_error, 0, os.SEEK_SET)
    kind, text = "picture", ""
    try:
        main(words, prog_name="convfilter", standalone_mode=False)
    except UsageError:  # a picture that is smaller than the kernel: no fault of its file
        return "refused", ""
    except ConvfilterError as error:
        kind, text = "refused", str(error)
    except MemoryError:
        kind, text = "refused", f"{name}: out of memory"  # as the command says it
    except BaseException:  # noqa: BLE001 - that is what is looked for
        return "traceback", traceback.format_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    return _fault(kind, text, out, name) or (kind, text)


def _fault(kind, text, out, name):
    """What is wrong with an ending that looked right, if anything."""
    left = list(out.iterdir())
    if len(left) != (kind == "picture"):
        return "left", f"{[path.name for path in left]} after: {kind} {text}"
    if kind == "refused":
        try:
            complaint(f"convfilter: {_printable(text)}\n", "out/" if "out/" in text else name)
        except AssertionError:
            return "message", text
    else:
        try:
            assert whole(left[0])
        except Exception:  # noqa: BLE001 - whatever a file that is not whole leads to
            return "unreadable", traceback.format_exc()
    from convfilter.signals import standard_error

    said = os.pread(standard_error, 10_000, 0).decode(errors="backslashreplace")
    if stray := [line for line in said.splitlines() if not line.startswith(EXPECTED)]:
        return "stray", "\n".join(stray)
    return None


def _printable(text):
    from convfilter.report.terminal import printable

    return printable(text)


def _forget_peak():
    with suppress(OSError), open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def peak_bytes():
    """The most memory in use since it was forgotten; 0 where the system doesn't say."""
    with suppress(OSError), open("/proc/self/status", encoding="ascii") as file:
        return 1024 * int(re.search(r"VmHWM:\s*(\d+)", file.read())[1])
    return 0


if __name__ == "__main__":
    work(int(sys.argv[1]))
