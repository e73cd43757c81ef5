"""Serves files over FTP with TLS by pyftpdlib; anybody may log in.

`python3 -m lab.servers.serve_ftp PORT CERTIFICATE KEY FOLDER`
"""

import sys
import warnings

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import TLS_FTPHandler
from pyftpdlib.servers import FTPServer


class Handler(TLS_FTPHandler):
    """Takes commands and sends files over TLS only."""

    tls_control_required = True
    tls_data_required = True


def main():
    """Serves until it is ended."""
    port, Handler.certfile, Handler.keyfile, folder = sys.argv[1:]
    Handler.authorizer = DummyAuthorizer()
    with warnings.catch_warnings(action="ignore"):  # that anybody may write
        Handler.authorizer.add_anonymous(folder, perm="elrw")
    FTPServer(("::", int(port)), Handler).serve_forever()


if __name__ == "__main__":
    main()
