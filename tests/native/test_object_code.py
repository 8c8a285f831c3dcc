"""What the compiler makes of the loops: nothing from outside, packed arithmetic of full width."""

import platform
from types import SimpleNamespace

import llvmlite.binding as llvm
import pytest
from loop_list import some_loops
from machine_code import (
    FUSED,
    Body,
    bodies,
    calls_from,
    full_bits,
    good_bodies,
    is_elf64,
    operations,
    product_bodies,
    undefined_symbols,
)
from processes import output_of
from thorough import part

from convfilter import native
from convfilter.native import compile as compiler
from convfilter.native.compile import compile_loop
from convfilter.native.flatten import flatten
from convfilter.native.link import host, target_machine
from convfilter.native.loops import Loop

LOOPS = {loop.name: loop for loop in part(some_loops()[::2], every=2)}
# Products of int64 and int64 → float64 exist packed from AVX-512DQ on; before, a body that does
# them number by number can be the faster one.
PACKABLE = [loop for loop in some_loops()[::2] if loop.sum != "int64"][::5]
OTHER_PROCESSORS = {"nehalem": 128, "haswell": 256, "skylake-avx512": 256, "znver4": 512}

IS_X86_64 = platform.machine().lower() in ("x86_64", "amd64")
x86_64 = pytest.mark.skipif(not IS_X86_64, reason="reads x86-64 assembly")


@pytest.fixture(scope="module", params=list(LOOPS))
def built(request):
    """A loop's module, assembly and object."""
    loop = LOOPS[request.param]
    (module, symbol), machine = compiler.llvm_module(loop), target_machine()
    code = machine.emit_object(module)
    with pytest.MonkeyPatch.context() as patch:  # tests that run it needn't compile it once more
        patch.setattr(compiler, "compile_loop", lambda *_: (symbol, code))
        native.warm(loop)
    assembly = machine.emit_assembly(module)
    return SimpleNamespace(loop=loop, module=module, symbol=symbol, assembly=assembly, code=code)


def wanted_bodies(loop):
    """How many bodies multiply, at least: those that add up, and those that finish.

    A few taps are added up where they are finished; whole sums of them have two such bodies,
    without and with mirror and shift. Running sums are not among them: each waits for the one
    before, so they are no vector code, and the multiplication of the finish is the only one.
    """
    if loop.taps:
        return 1 if loop.float_sum else 2
    return 1 + {"many1": 1, "many4": 1, "terms": 2, "box": 0}[loop.form]


def assert_full_width(loop, assembly, bits):
    """Sums up and finishes in packed arithmetic of full width.

    float64 read as float32 fills a register with half as many numbers: half the width is full.
    """
    good = good_bodies(assembly, bits)
    if (loop.source, loop.sum) == ("float64", "float32"):
        good += good_bodies(assembly, bits // 2)
    bad = [body for body in product_bodies(assembly) if body not in good]
    wanted = wanted_bodies(loop)
    assert len(good) >= wanted, f"{loop.name}: {len(good)} of {wanted} bodies; others: {bad}"


def test_an_object_needs_nothing_from_outside(built):
    if not is_elf64(built.code):
        pytest.skip("objects are not ELF64 here")
    assert undefined_symbols(built.code) == set()


def test_a_loop_needs_no_linking_at_all(built):
    if not is_elf64(built.code) or not IS_X86_64:
        pytest.skip("flattens ELF64 objects for x86-64 only")
    assert flatten(built.code, built.symbol) is not None


def test_a_loop_calls_nothing(built):
    own = {function.name for function in built.module.functions if not function.is_declaration}
    outside = {called for called in calls_from(built.module) if not called.startswith("llvm.")}
    assert outside <= own


@x86_64
def test_bodies_are_packed_arithmetic_of_full_width(built):
    if built.loop.sum == "int64" and "+avx512dq" not in host()[1]:
        pytest.skip("packed int64 products need AVX-512DQ")
    assert_full_width(built.loop, built.assembly, full_bits())


@x86_64
def test_columns_of_running_sums_are_packed_arithmetic_of_full_width(built):
    if built.loop.form != "box":
        pytest.skip("no running sums")
    down = [body for body in bodies(built.assembly) if body.arithmetic_bits == full_bits()]
    assert len([body for body in down if not body.single()]) >= wanted_bodies(built.loop) + 2


@x86_64
def test_no_float64_product_is_fused_with_a_sum(built):
    """Whole sums may: their quotients come out exact either way (test_division.py)."""
    if not built.loop.float_sum:
        pytest.skip("no float sums")
    assert not [name for name in operations(built.assembly) if FUSED.match(name)]


@x86_64
def test_full_width_is_that_of_the_processor():
    assert full_bits() >= (256 if "+avx2" in host()[1] else 128)


ON_ANOTHER_PROCESSOR = """
import sys
from convfilter.native import link
from convfilter.native.compile import llvm_module
cpu, bits, names = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
link.host = lambda: (cpu, "")
from machine_code import full_bits
from test_object_code import PACKABLE, assert_full_width, flatten, is_elf64
assert full_bits() == bits, full_bits()
for loop in PACKABLE:
    if loop.name not in names:
        continue
    module, symbol = llvm_module(loop)
    machine = link.target_machine()
    assert_full_width(loop, machine.emit_assembly(module), bits)
    code = machine.emit_object(module)
    assert not is_elf64(code) or flatten(code, symbol), f"{loop.name} has to be linked"
    print(loop.name)
"""


@x86_64
@pytest.mark.parametrize("cpu", OTHER_PROCESSORS)
def test_bodies_are_of_full_width_on_other_processors(cpu):
    bits, turn = OTHER_PROCESSORS[cpu], list(OTHER_PROCESSORS).index(cpu)
    names = [loop.name for loop in part(PACKABLE, 2 * len(OTHER_PROCESSORS), turn)]
    environment = {"NUMBA_CPU_NAME": cpu, "NUMBA_CPU_FEATURES": ""}
    printed = output_of(ON_ANOTHER_PROCESSOR, cpu, bits, *names, timeout_s=300, **environment)
    assert printed.split() == names


def test_the_object_defines_the_symbol_that_goes_with_it():
    symbol, code = compile_loop(
        Loop("few2", "uint8", "int16", "int16", "uint8", "whole"), target_machine()
    )
    assert b"\0" + symbol.encode() + b"\0" in code


# That these tests can fail:

ASSEMBLY = """
.LBB0_1:
\tvpmovzxbw\t(%rax), %zmm0
\tvpmullw\t%zmm0, %zmm1, %zmm0
\taddq\t$32, %rax
\tjne\t.LBB0_1
.LBB0_2:
\tvpmullw\t%xmm0, %xmm1, %xmm0
\tjne\t.LBB0_2
.LBB0_3:
\tvmulps\t%zmm0, %zmm1, %zmm0
\tvaddss\t%xmm0, %xmm1, %xmm0
\tjb\t.LBB0_3
\tvmulps\t%zmm0, %zmm1, %zmm0
\tjb\t.LBB0_3
.LBB0_4:
\tvmovups\t%zmm1, (%rax)
\tvmulss\t%xmm0, %xmm1, %xmm0
\tjb\t.LBB0_4
.LBB0_5:
\tvmovups\t%zmm1, (%rax)
\tjb\t.LBB0_5
"""


def test_only_packed_products_of_full_width_count():
    widths = [body.arithmetic_bits for body in bodies(ASSEMBLY)]
    assert widths == [512, 128, 512, 128, 0]
    assert len(product_bodies(ASSEMBLY)) == 4
    assert good_bodies(ASSEMBLY, 512) == [bodies(ASSEMBLY)[0]]
    assert good_bodies(ASSEMBLY, 1024) == []


def test_scalar_arithmetic_is_told_from_packed():
    body = Body((("vaddsd", 128), ("vaddpd", 512), ("addq", 64), ("addl", 64), ("vcvtsi2sd", 128)))
    assert set(body.single()) == {"vaddsd", "addl", "vcvtsi2sd"}


def test_undefined_symbols_are_found():
    text = "declare void @elsewhere()\ndefine void @here() {\n call void @elsewhere()\n ret void\n}"
    code = target_machine().emit_object(llvm.parse_assembly(text))
    if not is_elf64(code):
        pytest.skip("objects are not ELF64 here")
    assert undefined_symbols(code) == {"elsewhere"}
    assert calls_from(llvm.parse_assembly(text)) == {"elsewhere"}


@pytest.mark.parametrize("operation", ["vfmadd231pd", "vfmadd213sd", "vfnmsub132pd"])
def test_fused_float64_operations_are_recognised(operation):
    assert FUSED.match(operation)
    assert not FUSED.match(operation[:-1] + "s")
