"""Gets files over HTTPS by requests.

`python3 -m lab.clients.get_by_requests FOLDER URL…`: each goes into the
folder, over one connection where the server keeps it.
"""

import pathlib
import sys

import requests


def main():
    """Gets the files."""
    folder, *urls = sys.argv[1:]
    with requests.Session() as session:
        for url in urls:
            answer = session.get(url, timeout=30)
            answer.raise_for_status()
            name = url.rsplit("/", 1)[1]
            (pathlib.Path(folder) / name).write_bytes(answer.content)


if __name__ == "__main__":
    main()
