"""What users send: files, texts, mails."""

import email.message
import math

_WORDS = (
    "the a this that we you they it is was will can about after again and "
    "because before but if not or so then when where which who yes no maybe "
    "today tomorrow later now meeting report draft figure table budget plan "
    "travel train ticket lunch coffee garden weather rain music film book "
    "picture server network packet capture question answer idea problem fix "
    "good great small large new old first last next week month thanks please "
    "send read write look call bring find keep change check finish"
).split()


def log_uniform(rng, low, high):
    """Draws a float whose logarithm is even between those of the bounds."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def some_bytes(rng, size):
    """Makes the contents of a file: bytes that do not compress."""
    return rng.randbytes(size)


def some_text(rng, low, high):
    """Makes a text of between `low` and `high` words."""
    words = rng.choices(_WORDS, k=round(log_uniform(rng, low, high)))
    return " ".join(words).capitalize() + rng.choice((".", "!", "?", ""))


def some_mail(rng, sender, recipient):
    """Makes a mail; one in three has an attachment of 3 to 30 kB.

    Args:
        rng: `random.Random`.
        sender: str. Address.
        recipient: str. Address.

    Returns:
        bytes.
    """
    mail = email.message.EmailMessage()
    mail["From"], mail["To"] = sender, recipient
    mail["Subject"] = some_text(rng, 2, 7)
    mail["Message-ID"] = f"<{rng.getrandbits(64):x}@{sender.split('@')[1]}>"
    mail["Date"] = "Mon, 02 Nov 2026 10:00:00 +0000"
    paragraphs = (some_text(rng, 10, 120) for _ in range(rng.randint(1, 5)))
    mail.set_content("\n\n".join(paragraphs))
    if rng.random() < 1 / 3:
        mail.add_attachment(
            some_bytes(rng, round(log_uniform(rng, 3e3, 30e3))),
            maintype="image",
            subtype="jpeg",
            filename=f"IMG_{rng.randrange(10_000):04}.jpg",
        )
    return mail.as_bytes()
