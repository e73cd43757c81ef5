"""The file of results of `gpu_protocol`, a line of JSON for each."""

import json
import os


class Results:
    """Figures that are on the disk as soon as they are known.

    Args:
        path: `pathlib.Path` of the file, which may hold results of an earlier
            start.
    """

    def __init__(self, path):
        self._path = path
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        self._names = {json.loads(line)["name"] for line in lines}

    def has(self, name):
        """Returns whether a result of that name was there at the start."""
        return name in self._names

    def add(self, result):
        """Adds a result, a dict with its `name`, and prints it."""
        line = json.dumps(result, allow_nan=False)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())
        print(line, flush=True)
