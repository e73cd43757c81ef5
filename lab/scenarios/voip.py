"""VoIP: calls over SIP with RTP or SRTP, and Mumble."""

import json
import re
import sys

from lab.host import in_url
from lab.scenarios.contents import some_text

# Name in the account, samples a second, channels.
_CODECS = (
    ("PCMU/8000/1", 8_000, 1),
    ("PCMA/8000/1", 8_000, 1),
    ("G722/16000/1", 16_000, 1),
    ("opus/48000/2", 48_000, 2),
)
_VOICES = ("en-gb", "en-us", "en-scotland", "de", "fr", "es")


def play_sip(session):
    """Calls somebody, and both talk."""
    rng = session.rng
    codec, rate, channels = rng.choice(_CODECS)
    account = f"audio_codecs={codec}"
    if rng.random() < 0.5:
        account += ";mediaenc=srtp-mand"
    transport = rng.choice(("udp", "tcp"))
    callee = f"boris@{session.server.url_address}:{session.port}"
    session.server.start(
        *("baresip", "-f"),
        _baresip_folder(
            session,
            *("boris", session.server.address, (rate, channels)),
            f"{account};answermode=auto",
        ),
        ready=session.server.listens(session.port, transport),
    )
    speech = _make_speech(session, "anna.wav", rate, channels)
    with session.capture():
        caller = _baresip_folder(
            session,
            *("anna", session.client_address(), (rate, channels), account),
            speech=speech,
        )
        said = session.client.run(
            *("baresip", "-f", caller, "-t", rng.randint(3, 5)),
            *("-e", f"/dial sip:{callee};transport={transport}"),
        )
        session.check("Call established" in said, "the call is taken")


def play_mumble(session):
    """Talks in turns with somebody on a Mumble server."""
    rng = session.rng
    session.server.start(
        *("murmurd", "-fg", "-ini", _murmur_file(session)),
        ready=session.server.listens(session.port),
    )
    bitrate = rng.choice((16, 24, 40))
    own, other = [], []
    for _ in range(rng.randint(2, 3)):
        mine, gap, theirs = (rng.uniform(0.6, 1.4) for _ in range(3))
        own.append((round(gap + theirs, 2), round(mine, 2)))
        other.append((round(gap + mine, 2), round(theirs, 2)))
    # The other one goes on until the first has left.
    other += [(0.5, 1.0)] * 20
    session.server.start(
        *_mumble_client(session, "boris", bitrate, other), says="online"
    )
    command = _mumble_client(session, "anna", bitrate, own)
    with session.capture():
        said = session.client.run(*command)
        heard = int(re.search(r"heard (\d+)", said)[1])
        session.check(heard > 20, "the other one is heard")


def _make_speech(session, name, rate, channels):
    """Makes a sound file of somebody who talks for some 15 seconds."""
    raw = session.folder / f"raw-{name}"
    session.client.run(
        *("espeak-ng", "-v", session.rng.choice(_VOICES)),
        *("-s", session.rng.randint(130, 190), "-w", raw),
        some_text(session.rng, 50, 60),
    )
    path = session.folder / name
    session.client.run("sox", raw, "-r", rate, "-c", channels, "-b16", path)
    return path


def _baresip_folder(session, user, address, sound, account, *, speech=None):
    """Writes the configuration of one end."""
    host = in_url(address)
    speech = speech or _make_speech(session, f"{user}.wav", *sound)
    session.write(
        f"{user}/accounts", f"<sip:{user}@{host}>;regint=0;{account}\n"
    )
    modules = ("menu", "uuid", "g711", "g722", "opus", "srtp", "aufile")
    # The accounts name codecs, which must be there when they are read.
    modules += ("aubridge", "account")
    lines = [
        "module_path /usr/lib/baresip/modules",
        *(f"module {name}.so" for name in modules),
        f"sip_listen {host}:{session.port}",
        f"net_interface {address}",
        "rtp_ports 10000-20000",
        f"audio_source aufile,{speech}",
        f"audio_player aubridge,{user}",
        f"audio_alert aubridge,{user}-alert",
    ]
    session.write(f"{user}/config", "\n".join(lines) + "\n")
    return session.folder / user


def _mumble_client(session, name, bitrate, turns):
    speech = session.folder / f"{name}.opus"
    session.client.run(
        *("ffmpeg", "-nostdin", "-loglevel", "error"),
        *("-i", _make_speech(session, f"{name}.wav", 48_000, 1)),
        *("-c:a", "libopus", "-b:a", f"{bitrate}k", "-frame_duration", 20),
        speech,
    )
    return (
        *(sys.executable, "-m", "lab.clients.talk_mumble"),
        *(session.name("mumble"), session.port, name, speech),
        json.dumps(turns),
    )


def _murmur_file(session):
    certificate, key = session.certificate
    folder = session.empty_folder("/var/lib/mumble-server")
    folder.chmod(0o777)  # it gives up its rights
    return session.write(
        "murmur.ini",
        f"database={folder}/murmur.sqlite\n"
        # Of itself it takes the version of IP that the path has, not a
        # tunnel's services.
        f"host={session.server.address}\nport={session.port}\n"
        f"sslCert={certificate}\nsslKey={key}\n"
        "bonjour=false\nusers=10\nopusthreshold=0\nlogfile=\n",
    )
