"""`convfilter kernels check`."""

from __future__ import annotations

import click

from convfilter.cli.options import json_option
from convfilter.cli.sections import SectionedCommand, what
from convfilter.cli.slips import FileName


@click.command("check", cls=SectionedCommand, short_help="Check kernel files, or folders of them.")
@click.argument("files", nargs=-1, required=True, type=FileName(), metavar="FILE...")
@what("--strict", is_flag=True, section="Choice", help="Notes count as faults, too.")
@json_option
@click.pass_context
def command(ctx: click.Context, files: tuple[str, ...], strict: bool, as_json: bool) -> None:
    """Check kernel files, or folders of them: each fault on a line, with file:line:column.

    Faults are what can't be read or can't be meant: ragged rows, NaN, unknown keys, a sum that is
    nearly but not 0 or 1, a range that makes no sense. Notes can be meant: an even size, outer rows
    of zeros. Exit status 1 if there is a fault.

    \b
    convfilter kernels check my.yaml
    convfilter kernels check kernels/ --strict
    """
    from convfilter import __version__
    from convfilter.errors import UsageError
    from convfilter.presets.lint import check_file, kernel_files
    from convfilter.report.json_line import line
    from convfilter.report.terminal import fit_output

    if "-" in files:
        raise UsageError(
            "standard input is not read: name files or folders (for one called '-': ./-); "
            "'convfilter kernels import -' reads a kernel from there, and tells its faults"
        )
    paths = [path for given in files for path in kernel_files(given)]
    found = {path: check_file(path) for path in paths}
    faults = sum(strict or not finding.note for each in found.values() for finding in each)
    if as_json:
        checked = [
            {"path": path, "findings": [finding._asdict() for finding in findings]}
            for path, findings in found.items()
        ]
        click.echo(line({"version": __version__, "files": checked, "faults": faults}))
    else:
        for finding in (finding for findings in found.values() for finding in findings):
            click.echo(fit_output(str(finding)))
        good = sum(not findings for findings in found.values())
        words = f"{faults} fault{'s' * (faults != 1)}"
        click.echo(f"{len(paths)} checked, {good} without a remark, {words}", err=True)
    ctx.exit(1 if faults else 0)
