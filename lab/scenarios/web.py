"""The web: pages and what they show, over HTTPS, QUIC and HTTP."""

import functools
import pathlib

from lab.scenarios.browsers import visit
from lab.scenarios.chromium import show_page
from lab.scenarios.contents import log_uniform
from lab.scenarios.contents import some_bytes
from lab.scenarios.contents import some_text
from lab.scenarios.http3_servers import start_http3_server
from lab.scenarios.plain_web_servers import start_plain_web_server
from lab.scenarios.web_servers import start_web_server

_TAGS = {
    "css": '<link rel="stylesheet" href="{}">',
    "js": '<script src="{}"></script>',
    "jpg": '<img src="{}">',
}


def play_web(session):
    """Visits some pages of a site."""
    _visit_site(session, start_web_server, visit)


def play_browse(session):
    """Visits them by a browser that shows them."""
    _visit_site(session, start_web_server, show_page)


def play_http(session):
    """Visits them without TLS."""
    _visit_site(session, start_plain_web_server, visit, "http")


def play_http3(session):
    """Visits them over QUIC."""
    by_quic = functools.partial(show_page, quic=True)
    shown = session.programs[1] == "chromium"
    _visit_site(session, start_http3_server, by_quic if shown else visit)


def _visit_site(session, start_server, visit_page, scheme="https"):
    rng = session.rng
    session.trust_certificate()
    root = session.write("www/robots.txt", "User-agent: *\n").parent
    pages = [_make_page(rng, root, n) for n in range(rng.randint(2, 4))]
    start_server(session, root)
    site = f"{scheme}://{session.name('www')}:{session.port}"
    with session.capture():
        for page in pages:
            visit_page(session, site, root, page)
            session.pause(0.3, 1.5)


def _make_page(rng, root, number):
    """Writes a page; gives the names of its files, itself first."""
    # The first two are those of all pages.
    names = ["style.css", "site.js"]
    names += [f"{number}-{image}.jpg" for image in range(rng.randint(1, 6))]
    for name in names:
        size = round(log_uniform(rng, 1e3, 40e3))
        (root / name).write_bytes(some_bytes(rng, size))
    tags = [_TAGS[pathlib.Path(name).suffix[1:]].format(name) for name in names]
    texts = [f"<p>{some_text(rng, 20, 200)}</p>" for _ in names]
    own = f"{number}.html"
    (root / own).write_text("<!doctype html>\n" + "\n".join(tags + texts))
    return [own, *names]
