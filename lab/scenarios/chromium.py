"""Chromium, without a screen."""


def show_page(session, site, root, page, *, quic=False):
    """Shows a page, and fails if it does not.

    Args:
        session: `lab.session.Session`.
        site: str. What the URL of each file begins with.
        root: `pathlib.Path`. The folder that the server hands out.
        page: list of str. Names of files, that of the page first.
        quic: bool. Whether the server speaks HTTP/3, and nothing else.
    """
    host = site.removeprefix("https://")
    said = session.client.run(
        *("chromium", "--headless", "--no-sandbox", "--disable-gpu"),
        *("--disable-dev-shm-usage", "--disable-background-networking"),
        *("--disable-component-update", "--no-first-run"),
        # It starts anew for each page, with what it has kept of the others.
        # It refuses many ports of other protocols.
        f"--explicitly-allowed-ports={session.port}",
        f"--user-data-dir={session.folder}/chromium",
        f"--ignore-certificate-errors-spki-list={_key_digest(session)}",
        f"--origin-to-force-quic-on={host}" if quic else "--disable-quic",
        *("--dump-dom", f"{site}/{page[0]}"),
    )
    text = (root / page[0]).read_text().splitlines()[-1]
    session.check(text in said, f"{page[0]} is shown")


def _key_digest(session):
    """The digest of the server's public key, by which Chromium trusts it."""
    return session.client.run(
        *("sh", "-ec"),
        'openssl x509 -noout -pubkey -in "$0" | '
        "openssl pkey -pubin -outform der | "
        "openssl dgst -sha256 -binary | base64",
        session.certificate[0],
    ).strip()
