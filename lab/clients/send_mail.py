"""Sends a mail over SMTP with STARTTLS by Python's smtplib.

`python -m lab.clients.send_mail HOST PORT SENDER RECIPIENT < MAIL`
"""

import smtplib
import ssl
import sys


def main():
    """Sends the mail."""
    host, port, sender, recipient = sys.argv[1:]
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # it is self-signed
    with smtplib.SMTP(host, int(port)) as server:
        server.starttls(context=context)
        server.sendmail(sender, recipient, sys.stdin.buffer.read())


if __name__ == "__main__":
    main()
