"""docs/presets.md and docs/kernel.schema.json, from the presets themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.shell import NOTE

if TYPE_CHECKING:
    from convfilter.core.kernel import Kernel


def presets_page() -> str:
    """docs/presets.md: tables of all presets, by kind."""
    from convfilter.presets.build import kernel_of
    from convfilter.presets.registry import presets

    kernels = [kernel_of(text) for text in presets().values()]
    composites = [kernel for kernel in kernels if kernel.members]
    computed = [kernel for kernel in kernels if kernel.formula]
    fixed = [kernel for kernel in kernels if not kernel.members and not kernel.formula]
    text = [
        "# The presets",
        NOTE,
        "## Fixed weights",
        fixed_table(fixed),
        "## With parameters",
        (
            "`gaussian:sigma=2,size=9`; what is not said has its default. Sizes, lengths, radii and "
            "wavelengths are in pixels, angles in degrees; y points down, so positive angles turn "
            "clockwise on the screen."
        ),
        computed_table(computed),
        "## Composites",
        "Each kernel gives its sums; how they become one is said beside it. Their range is clip.",
        composite_table(composites),
        "## Sources",
        "\n".join(f"- **{kernel.name}**: {kernel.source}" for kernel in kernels),
    ]
    return "\n\n".join(text) + "\n"


def fixed_table(kernels: list[Kernel]) -> str:
    """Names, weights, sums, ranges."""
    from convfilter.core.finish import resolve_policy
    from convfilter.core.kernel import plain_number, shape_text
    from convfilter.presets.write_text import spec_text

    rows = [
        "| name | also | size | weights | Σ | range | what it does |",
        "|---|---|---|---|---|---|---|",
    ]
    for kernel in kernels:
        policy = resolve_policy("auto", kernel, biased=False).replace(",", ", ")
        short = kernel.weights.size <= 9
        weights = spec_text(kernel) if short else f"`kernels show {kernel.name}`"
        sums = ", ".join(plain_number(total) for total in kernel.map_sums)
        rows.append(
            f"| **{kernel.name}** | {', '.join(kernel.aliases)} | {shape_text(kernel.shape)} | "
            f"{weights} | {sums} | {policy} | {kernel.description} |"
        )
    return "\n".join(rows)


def computed_table(kernels: list[Kernel]) -> str:
    """Names and parameters, with defaults, bounds and units."""
    from convfilter.presets.formulas import FORMULAS

    rows = [
        "| name | also | parameter | default | what it is | what it does |",
        "|---|---|---|---|---|---|",
    ]
    for kernel in kernels:
        parameters = {each.name: each for each in FORMULAS[kernel.formula].parameters}
        name, also, about = f"**{kernel.name}**", ", ".join(kernel.aliases), kernel.description
        for key, default in kernel.parameters:
            each = parameters[key]
            names = " or ".join([key, *each.synonyms])
            rows.append(
                f"| {name} | {also} | {names} | {default} | {each.help}: {each.allowed} | {about} |"
            )
            name = also = about = ""
    return "\n".join(rows)


def composite_table(kernels: list[Kernel]) -> str:
    """Names, how sums become one, and the kernels."""
    words = {
        "magnitude": "√Σ S²",
        "sum-abs": "Σ of absolute values",
        "max": "the largest",
        "angle": "atan2(S_y, S_x): a full turn over all levels, `--range float` gives degrees",
    }
    rows = ["| name | is | of | what it does |", "|---|---|---|---|"]
    for kernel in kernels:
        members = [member.name for member in kernel.members]
        turned = len(set(members)) == 1
        first = "its kernel" if members[0] == kernel.name else members[0]
        of = f"{len(members)} turns of {first}" if turned else ", ".join(members)
        rows.append(
            f"| **{kernel.name}** | {kernel.combine}: {words[kernel.combine]} | {of} | "
            f"{kernel.description} |"
        )
    return "\n".join(rows)


def schema() -> str:
    """docs/kernel.schema.json."""
    import json

    from convfilter.presets.schema import json_schema

    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"
