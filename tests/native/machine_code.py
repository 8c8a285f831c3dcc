"""Object files and assembly, read just far enough to judge compiled loops."""

import re
import struct
from collections import Counter
from dataclasses import dataclass

import llvmlite.binding as llvm

from convfilter.native.link import target_machine

WIDTHS = {"xmm": 128, "ymm": 256, "zmm": 512}

# x86-64. A product: packed (vpmullw, pmuludq, vmulps, vfmadd213pd) or one number at a time.
PACKED_PRODUCT = re.compile(
    r"v?pmul(l[wdq]|u?dq|hw|huw)$|v?pmadd\w+$|v?mulp[sd]$|vfn?m(add|sub)\w*p[sd]$"
)
SINGLE_PRODUCT = re.compile(r"imul[bwlq]?$|v?muls[sd]$|vfn?m(add|sub)\w*s[sd]$")
# Arithmetic on one sample, and vectors put together number by number: nothing for a packed body.
# Counters and addresses use addq, cmpq, movq, leaq, incq and decq, which are not samples.
SINGLE = re.compile(
    r"imul|v?(add|sub|mul|div|min|max|cmp\w*|u?comi|cvt\w*|round)s[sd]$|v?cvt\w*2s[sid]l?q?$"
    r"|vfn?m(add|sub)\w*s[sd]$|(add|sub|cmp|neg|xor|and)[bwl]$|set|cmov|v?pinsr"
)
FUSED = re.compile(r"vfn?m(add|sub)\w*(p|s)d$")

REFERENCE = """
define void @reference(ptr noalias %a, ptr noalias %b, i64 %n) {
entry:
  br label %body
body:
  %i = phi i64 [0, %entry], [%next, %body]
  %pa = getelementptr float, ptr %a, i64 %i
  %pb = getelementptr float, ptr %b, i64 %i
  %x = load float, ptr %pa
  %y = load float, ptr %pb
  %z = fmul float %x, %y
  store float %z, ptr %pa
  %next = add nuw nsw i64 %i, 1
  %more = icmp slt i64 %next, %n
  br i1 %more, label %body, label %end
end:
  ret void
}
"""


@dataclass(frozen=True)
class Body:
    """A basic block that jumps back to its own start: (operation, register width in bits)."""

    operations: tuple

    def count(self, pattern):
        return sum(1 for name, _ in self.operations if pattern.match(name))

    def single(self):
        """Arithmetic on one number at a time."""
        return Counter(name for name, _ in self.operations if SINGLE.match(name))

    @property
    def arithmetic_bits(self):
        """The widest register in which the body does arithmetic (not: loads and stores)."""
        moves = re.compile(r"v?mov|v?p?broadcast|v?pmov|v?extract|v?perm")
        return max((bits for name, bits in self.operations if not moves.match(name)), default=0)


def bodies(assembly):
    """The innermost loops' bodies."""
    found, label, operations = [], None, []
    for line in assembly.splitlines():
        if start := re.match(r"(\.?L\w+):", line):
            label, operations = start[1], []
        elif part := re.match(r"\t([a-z]\w*)\s*(.*)", line):
            name, operands = part[1], part[2].partition("#")[0]
            if name.startswith("j"):
                if operands.strip() == label:
                    found.append(Body(tuple(operations)))
                label, operations = None, []
            else:
                used = [WIDTHS[r] for r in re.findall(r"%([xyz]mm)\d", operands)]
                operations.append((name, max(used, default=64)))
    return found


def product_bodies(assembly):
    """Bodies that multiply: they sum up samples, or finish them."""
    products = PACKED_PRODUCT, SINGLE_PRODUCT
    return [body for body in bodies(assembly) if any(map(body.count, products))]


def good_bodies(assembly, bits):
    """Bodies with packed products, packed arithmetic of that width or more, nothing one by one.

    More: the compiler uses wider registers than it prefers where the code asks for them.
    """
    return [
        body
        for body in product_bodies(assembly)
        if body.count(PACKED_PRODUCT) and body.arithmetic_bits >= bits and not body.single()
    ]


def operations(assembly):
    """All operations of an assembly text."""
    return re.findall(r"^\t([a-z]\w*)", assembly, re.MULTILINE)


def calls_from(module):
    """Names of all that a module's functions call, without the compiler's own operations."""
    return {
        list(instruction.operands)[-1].name
        for function in module.functions
        for block in function.blocks
        for instruction in block.instructions
        if instruction.opcode in ("call", "invoke")
    }


def full_bits():
    """The width of this processor's vector registers, as far as the compiler likes to use them."""
    machine = target_machine()
    module = llvm.parse_assembly(REFERENCE)
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(3))
    tuned = builder.getModulePassManager()
    tuned.run(module, builder)
    return max(body.arithmetic_bits for body in product_bodies(machine.emit_assembly(module)))


def is_elf64(code):
    """Whether an object file is a little-endian ELF64."""
    return code[:6] == b"\x7fELF\x02\x01"


def undefined_symbols(code):
    """Names that an ELF64 object needs from elsewhere."""
    (table,) = struct.unpack_from("<Q", code, 0x28)
    entry_bytes, count, _ = struct.unpack_from("<HHH", code, 0x3A)
    sections = [
        struct.unpack_from("<IIQQQQIIQQ", code, table + i * entry_bytes) for i in range(count)
    ]
    names = set()
    for _, kind, _, _, offset, size, link, _, _, symbol_bytes in sections:
        if kind != 2:  # SHT_SYMTAB
            continue
        strings = sections[link][4]
        for place in range(
            offset + symbol_bytes, offset + size, symbol_bytes
        ):  # the first is empty
            name, _, _, section = struct.unpack_from("<IBBH", code, place)
            if section == 0:  # SHN_UNDEF
                begin = strings + name
                names.add(code[begin : code.index(b"\0", begin)].decode())
    return names
