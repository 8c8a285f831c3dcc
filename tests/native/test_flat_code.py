"""Code that needs no linking: the same results, in memory that is never writable and executable."""

import ctypes
import struct
import sys

import llvmlite.binding as llvm
import pytest
from cache_trial import LOOP, TWICE, assert_right, filtered, read_entry, write_entry
from loop_list import some_loops
from loop_trial import assert_trial, compiled, make_trial
from machine_code import is_elf64
from pictures import assert_same
from thorough import part

from convfilter import native
from convfilter.native import load
from convfilter.native.compile import compile_loop
from convfilter.native.flatten import flatten
from convfilter.native.link import target_machine

X86_64 = 62
LOOPS = {loop.name: loop for loop in part(some_loops()[::6], every=3)}


def object_of(text):
    """An object file of LLVM's assembly, skipped where it is no ELF64 for x86-64."""
    code = target_machine().emit_object(llvm.parse_assembly(text))
    if not is_elf64(code) or struct.unpack_from("<H", code, 18)[0] != X86_64:
        pytest.skip("flattens ELF64 objects for x86-64 only")
    return code


@pytest.fixture(autouse=True)
def _flat_here():
    object_of("define void @here() nounwind {\n ret void\n}")


@pytest.mark.parametrize("name", LOOPS)
def test_flat_and_linked_code_give_the_same(name):
    loop = LOOPS[name]
    symbol, code = compile_loop(loop, target_machine())
    place, flat = flatten(code, symbol)
    for width in (1, 64, 129):
        trial = make_trial(loop, width, 3)
        assert_trial(trial, compiled(load.load(symbol, code)))
        assert_trial(trial, compiled(load.load(f"{load.FLAT}{place}", flat)))


def test_constants_are_found_wherever_the_code_lies():
    text = """
@table = private constant [4 x double] [double 1.0, double 2.0, double 3.0, double 4.0], align 64
define double @second() nounwind noinline {
 ret double 0.5
}
define double @first(i64 %i) nounwind {
 %p = getelementptr [4 x double], ptr @table, i64 0, i64 %i
 %x = load double, ptr %p
 %y = call double @second()
 %z = fadd double %x, %y
 ret double %z
}
define ptr @where() nounwind {
 ret ptr @table
}"""
    place, flat = flatten(object_of(text), "first")
    where, _ = flatten(object_of(text), "where")
    for _ in range(3):
        memory = load.executable(flat)
        address = ctypes.addressof(memory) + place
        first = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int64)(address)
        assert [first(i) for i in range(4)] == [1.5, 2.5, 3.5, 4.5]
        table = ctypes.CFUNCTYPE(ctypes.c_void_p)(ctypes.addressof(memory) + where)()
        assert table % 64 == 0, "not aligned as asked for"


@pytest.mark.parametrize(
    "text",
    [
        "declare void @elsewhere()\ndefine void @f() nounwind {\n call void @elsewhere()\n ret void\n}",
        "@v = global i64 0\ndefine ptr @f() nounwind {\n ret ptr @v\n}",
        "@v = global i64 7\n@p = global ptr @v\ndefine ptr @f() nounwind {\n ret ptr @p\n}",
        "@v = external global i64\ndefine ptr @f() nounwind {\n ret ptr @v\n}",
        "@v = thread_local global i64 7\ndefine i64 @f() nounwind {\n %x = load i64, ptr @v\n ret i64 %x\n}",
    ],
    ids=["calls away", "zeros", "address of another", "number elsewhere", "one a thread"],
)
def test_code_that_needs_more_than_distances_is_not_flat(text):
    assert flatten(object_of(text), "f") is None


def test_a_name_that_is_not_there_is_not_flat():
    code = object_of("define void @here() nounwind {\n ret void\n}")
    assert flatten(code, "here") is not None
    assert flatten(code, "there") is None


@pytest.mark.parametrize("code", [b"", b"MZ", b"\x7fELF\x01\x01" + bytes(60)])
def test_other_files_are_not_flat(code):
    assert flatten(code, "f") is None


def test_an_entry_with_code_to_be_linked_is_as_good(fresh):
    write_entry(*compile_loop(LOOP, target_machine()))
    assert_right()
    assert fresh.compiled == []


def test_flat_code_is_what_the_cache_holds(fresh):
    assert_right()
    symbol, code = read_entry()
    assert symbol.startswith(load.FLAT)
    assert not is_elf64(code)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/maps")
def test_code_lies_in_memory_that_cannot_be_written(fresh):
    assert_right()
    address = ctypes.cast(native._functions[LOOP], ctypes.c_void_p).value
    with open("/proc/self/maps", encoding="ascii") as maps:
        rows = [line.split()[:2] for line in maps]
    places = [(*(int(end, 16) for end in span.split("-")), rights) for span, rights in rows]
    assert [rights[:3] for first, last, rights in places if first <= address < last] == ["r-x"]


def test_where_no_memory_can_be_made_executable_numpy_works(fresh, monkeypatch):
    def refuse(code):
        raise OSError(13, f"no rights for {len(code)} bytes")

    monkeypatch.setattr(load, "executable", refuse)
    assert_same(filtered(), TWICE)
    assert native._functions[LOOP] is None
    assert [line for line in fresh.told if "numpy" in line] == fresh.told[-1:]
