"""`convfilter` and `python -m convfilter`: signals first, then everything that takes time to import."""

from typing import NoReturn


def run() -> NoReturn:
    """The console script."""
    from convfilter.signals import install

    install()
    from convfilter.cli.main import run as start

    start()


if __name__ == "__main__":
    run()
