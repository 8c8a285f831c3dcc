"""Runs pieces of Python as if they were typed one after the other; says what each one printed.

Standard input: a JSON list of sources. Standard output: a JSON list of what they printed.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stdout
from typing import Any


def main() -> None:
    """One namespace for all."""
    names: dict[str, Any] = {"__name__": "__main__"}
    outputs = []
    for source in json.load(sys.stdin):
        with redirect_stdout(io.StringIO()) as printed:
            exec(compile(source, "<page>", "single"), names)  # noqa: S102 - the docs' own examples
        outputs.append(printed.getvalue())
    json.dump(outputs, sys.stdout)


if __name__ == "__main__":
    main()
