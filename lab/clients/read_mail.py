"""Reads a mailbox over IMAP with TLS, with pauses as a person makes.

`python -m lab.clients.read_mail HOST PORT USER PASSWORD < STEPS`; the steps
are a JSON object: `tls`, its latest version; `read`, numbers of mails;
`pauses`, seconds in turn; `flag`, set on the last mail; `sent`, a mail that is
put into the folder Sent.
"""

import imaplib
import itertools
import json
import ssl
import sys
import time


def main():
    """Takes the steps."""
    host, port, user, password = sys.argv[1:]
    steps = json.load(sys.stdin)
    pauses = itertools.cycle(steps["pauses"])
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # it is self-signed
    version = "TLSv" + steps["tls"].replace(".", "_")
    context.maximum_version = ssl.TLSVersion[version]
    with imaplib.IMAP4_SSL(host, int(port), ssl_context=context) as mailbox:
        _check(mailbox.login(user, password))
        _check(mailbox.list())
        _check(mailbox.select("INBOX"))
        fields = "(FLAGS BODY.PEEK[HEADER.FIELDS (FROM SUBJECT DATE)])"
        _check(mailbox.fetch("1:*", fields))
        for number in steps["read"]:
            time.sleep(next(pauses))
            _check(mailbox.fetch(str(number), "(BODYSTRUCTURE)"))
            _check(mailbox.fetch(str(number), "(BODY[])"))
        _check(mailbox.store(str(steps["read"][-1]), "+FLAGS", steps["flag"]))
        _check(mailbox.create("Sent"))
        sent = steps["sent"].encode()
        _check(mailbox.append("Sent", "\\Seen", None, sent))
        time.sleep(next(pauses))
        _check(mailbox.noop())


def _check(answer):
    status, data = answer
    if status != "OK":
        sys.exit(f"the server answered {status}: {data}")


if __name__ == "__main__":
    main()
