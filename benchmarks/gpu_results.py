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
        results = [json.loads(line) for line in lines]
        # Of several of one name the last one counts.
        self._finished = {
            result["name"]: result["finished"] for result in results
        }

    def has(self, name):
        """Returns whether that was finished when this was started."""
        return self._finished.get(name, False)

    def add(self, result):
        """Adds a result, a dict with `name` and `finished`, and prints it."""
        line = json.dumps(result, allow_nan=False)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())
        print(line, flush=True)
