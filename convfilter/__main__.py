"""`convfilter` and `python -m convfilter`: signals first, then everything that takes time to import."""

from typing import NoReturn


def run() -> NoReturn:
    """The console script."""
    import sys

    from convfilter.early import begin, put_in_order
    from convfilter.signals import install

    install()
    put_in_order()
    begin(sys.argv[1:])
    from convfilter.cli.main import run as start

    start()


if __name__ == "__main__":
    run()
