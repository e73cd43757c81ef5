"""Programs that get a web page and what it shows."""

import sys


def visit(session, site, root, page):
    """Lets the session's client get a page, and fails if it does not.

    Args:
        session: `lab.session.Session`.
        site: str. What the URL of each file begins with.
        root: `pathlib.Path`. The folder that the server hands out.
        page: list of str. Names of files, that of the page first.
    """
    got = session.folder / "got"
    got.mkdir(exist_ok=True)
    command = _COMMANDS[session.programs[1]](session, got, site, page)
    session.client.run(*command)
    for name in page:
        session.check(
            (got / name).read_bytes() == (root / name).read_bytes(),
            f"{name} comes as it is",
        )


def _curl(session, got, site, page):
    version = session.rng.choice(("--http1.1", "--http2"))
    at_once = session.rng.choice(("--parallel", "--no-parallel"))
    urls = (f"{site}/{name}" for name in page)
    return (
        *("curl", "-sS", "--fail", version, at_once),
        *("--output-dir", got, "--remote-name-all", *urls),
    )


def _wget(session, got, site, page):
    """Reads itself what else there is to get."""
    return (
        *("wget", "--no-verbose", "--page-requisites", "--timestamping"),
        *("--no-directories", "--execute", "robots=off"),
        *("--directory-prefix", got, f"{site}/{page[0]}"),
    )


def _requests(session, got, site, page):
    return (
        # Debian's Python has requests.
        *("/usr/bin/python3", "-m", "lab.clients.get_by_requests"),
        *(got, *(f"{site}/{name}" for name in page)),
    )


def _aioquic(session, got, site, page):
    host, port = site.removeprefix("https://").split(":")
    return (
        *(sys.executable, "-m", "lab.clients.get_by_aioquic", got),
        *(session.certificate[0], host, port, *page),
    )


_COMMANDS = {
    "curl": _curl,
    "wget": _wget,
    "requests": _requests,
    "aioquic": _aioquic,
}
