"""What a batch has made: files of a folder, lines of JSON."""

import hashlib
import json


def objects(done):
    """The JSON objects on standard output."""
    return [json.loads(line) for line in done.text.splitlines()]


def hashes(folder):
    """Place → hash of every file below a folder, the manifest left out."""
    return {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files(folder)
    }


def files(folder):
    """The places of all files below a folder, the manifest left out; some may come and go."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return sorted(
        path.relative_to(folder).as_posix() for path in paths if path.name != ".convfilter.jsonl"
    )
