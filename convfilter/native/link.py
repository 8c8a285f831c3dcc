"""llvmlite: the code generator for this processor, and its linker for code that isn't flat."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import llvmlite.binding as llvm

_numbers = itertools.count()


@cache
def linker() -> llvm.LLJIT:
    """The process's linker; raises RuntimeError where code can't be made executable."""
    _initialize()
    return llvm.create_lljit_compiler()


def target_machine() -> llvm.TargetMachine:
    """The code generator for this processor."""
    _initialize()
    target = llvm.Target.from_default_triple()
    cpu, features = host()
    return target.create_target_machine(
        cpu=cpu, features=features, opt=3, reloc="pic", codemodel="small"
    )


def host() -> tuple[str, str]:
    """The processor's name and its feature flags, as LLVM calls them."""
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def link(symbol: str, code: bytes) -> tuple[int, Any]:
    """The address of a symbol of an object file, and what has to stay alive."""
    builder = llvm.JITLibraryBuilder().add_object_img(code).add_current_process()
    library = builder.export_symbol(symbol).link(linker(), f"convfilter-{next(_numbers)}")
    return library[symbol], library


@cache
def _initialize() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
