"""Files that are moved between client and server."""

import dataclasses
import pathlib

from lab.scenarios.contents import log_uniform
from lab.scenarios.contents import some_bytes


@dataclasses.dataclass(frozen=True)
class Move:
    """A file on its way.

    Args:
        direction: str. `"put"` or `"get"`, as the client sees it.
        here: `pathlib.Path` of the file at the client.
        there: `pathlib.Path` of the file at the server.
    """

    direction: str
    here: pathlib.Path
    there: pathlib.Path

    @property
    def source(self):
        """`pathlib.Path` of where the file comes from."""
        return self.here if self.direction == "put" else self.there

    @property
    def target(self):
        """`pathlib.Path` of where it goes."""
        return self.there if self.direction == "put" else self.here


def draw_moves(session, *, uploads, downloads):
    """Draws one to three moves, and writes what they move: 4 to 80 kB each.

    Args:
        session: `lab.session.Session`.
        uploads: `pathlib.Path`. The folder at the server that files go to.
        downloads: `pathlib.Path`. The one that they come from.

    Returns:
        list of `Move`.
    """
    moves = []
    for turn in range(session.rng.randint(1, 3)):
        direction = session.rng.choice(("put", "get"))
        folder = uploads if direction == "put" else downloads
        move = Move(
            direction, session.folder / f"here{turn}", folder / f"there{turn}"
        )
        size = int(log_uniform(session.rng, 4e3, 80e3))
        move.source.write_bytes(some_bytes(session.rng, size))
        moves.append(move)
    return moves


def check_moves(session, moves):
    """Fails the session if a file has not arrived as it was."""
    for move in moves:
        session.check(
            move.target.exists()
            and move.target.read_bytes() == move.source.read_bytes(),
            f"{move.target.name} is as {move.source.name}",
        )
