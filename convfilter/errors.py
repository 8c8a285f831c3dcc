"""Every error that convfilter raises on purpose.

    ConvfilterError
    ├── UsageError           wrong options or arguments        exit status 2
    │   ├── OptionError      a value that an option can't take
    │   ├── ShapeError       image and kernel don't fit each other
    │   ├── DTypeError       numbers of a kind that can't be filtered
    │   ├── SpecError        a kernel's text that can't be read
    │   └── UnknownKernel    no kernel of that name
    ├── KernelError          a kernel file with a fault        exit status 1, file:line:column
    └── PictureError         can't be read, held or written    exit status 1

Messages say what was given, what is allowed and what to do, with the numbers.
"""


class ConvfilterError(Exception):
    """The root: catch this to catch all of them."""

    exit_status = 1


class UsageError(ConvfilterError, ValueError):
    """The call itself is wrong; nothing was read or written."""

    exit_status = 2


class OptionError(UsageError):
    """A value that an option can't take."""


class ShapeError(UsageError):
    """Image, kernel, padding or output that don't fit each other."""


class DTypeError(UsageError, TypeError):
    """Numbers of a kind that can't be filtered."""


class SpecError(UsageError):
    """A kernel's text that can't be read, or that can be read in two ways."""


class UnknownKernel(UsageError):
    """No kernel of that name."""


class KernelError(ConvfilterError):
    """A kernel file with a fault; the message begins with file:line:column."""


class PictureError(ConvfilterError):
    """A picture that can't be read, held by the output's format, or written."""
