"""What a batch has made: files of a folder, lines of JSON."""

import hashlib
import json


def objects(done):
    """The JSON objects on standard output."""
    return [json.loads(line) for line in done.text.splitlines()]


def hashes(folder):
    """Place → hash of every file below a folder, the manifest left out."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.name != ".convfilter.jsonl"
    }


def files(folder):
    """The names of all files below a folder, the manifest left out."""
    return sorted(hashes(folder)) if folder.exists() else []
