"""No loop reads or writes beyond what it was given: processes that would are killed by a signal."""

import signal
import sys

import pytest
from processes import finish, start

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mmap and mprotect as on Linux")

PARTS = 4  # for as many processes of tests
DTYPES = ("uint8", "uint16", "int16", "int32", "float32", "float64")


def run(*arguments):
    script = "import sys, protected_pages as p; getattr(p, sys.argv[1])(*sys.argv[2:])"
    return finish(start(script, *arguments), timeout_s=300)


@pytest.mark.parametrize("number", range(PARTS))
def test_every_array_of_a_loop_is_touched_inside_only(number):
    assert run("run_loops", number, PARTS) == (0, "", "")


@pytest.mark.parametrize("dtype", DTYPES)
def test_correlate_stays_inside_image_and_out(dtype):
    assert run("run_correlate", dtype) == (0, "", "")


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_loops_stay_inside_the_tables_that_they_are_given(dtype):
    assert run("run_tables", dtype) == (0, "", "")


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_loops_stay_inside_the_room_that_they_are_given(dtype):
    assert run("run_rooms", dtype) == (0, "", "")


@pytest.mark.parametrize("deed", ["over_read", "over_write"])
def test_one_number_too_many_kills_the_process(deed):
    status, out, _ = run(deed)
    assert out == "alive\n"
    assert status == -signal.SIGSEGV
