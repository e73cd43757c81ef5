"""Streaming: HLS video over HTTPS, and Icecast audio over TLS."""

import pathlib

from lab.scenarios.players import play_stream
from lab.scenarios.web_servers import start_web_server

_SOURCES = ("testsrc2", "mandelbrot", "life", "smptehdbars")
_HLS_LIST = "video/list.m3u8"
# Of Icecast, for what it is to play: within the server.
_SOURCE_PORT = 60_000


def play_hls(session):
    """Plays a video at speed; it is live, or ready when it is asked for."""
    rng = session.rng
    session.trust_certificate()
    url = f"https://{session.name('video')}:{session.port}/{_HLS_LIST}"
    root = session.write("www/robots.txt", "User-agent: *\n").parent
    live = rng.random() < 0.5
    seconds = rng.uniform(6, 10)
    if not live:
        session.server.run(*_encode_video(session, root, seconds))
    start_web_server(session, root)
    if live:
        session.server.start(
            *_encode_video(session, root, seconds + 8, live=True),
            ready=lambda: _segments(root / _HLS_LIST) >= 2,
        )
    with session.capture():
        play_stream(session, url, seconds)


def play_icecast(session):
    """Listens to a radio station for some seconds."""
    rng = session.rng
    session.trust_certificate()
    password = f"{rng.getrandbits(64):x}"
    session.server.start(
        *("icecast2", "-c", _icecast_file(session, password)),
        ready=session.server.listens(session.port),
    )
    codec, container, mount = rng.choice(
        (
            ("libopus", "ogg", "radio.opus"),
            ("libmp3lame", "mp3", "radio.mp3"),
            ("libvorbis", "ogg", "radio.ogg"),
        )
    )
    session.server.start(
        *("ffmpeg", "-nostdin", "-loglevel", "error", "-re"),
        *("-f", "lavfi", "-i", _music(rng), "-c:a", codec),
        *("-b:a", f"{rng.choice((32, 48, 64))}k", "-f", container),
        *("-content_type", f"audio/{'mpeg' if container == 'mp3' else 'ogg'}"),
        f"icecast://source:{password}@127.0.0.1:{_SOURCE_PORT}/{mount}",
    )
    session.pause(1.5, 3)  # what the server has by then comes as a burst
    url = f"https://{session.name('radio')}:{session.port}/{mount}"
    with session.capture():
        play_stream(session, url, rng.uniform(6, 10))


def _encode_video(session, root, seconds, *, live=False):
    """The command that makes an HLS stream below `root`."""
    rng = session.rng
    width, height = rng.choice(((256, 144), (320, 180), (426, 240)))
    (root / _HLS_LIST).parent.mkdir(parents=True, exist_ok=True)
    kinds = ("delete_segments",) if live else ("independent_segments",)
    return (
        *("ffmpeg", "-nostdin", "-loglevel", "error"),
        *(("-re",) if live else ()),
        *("-f", "lavfi", "-i"),
        f"{rng.choice(_SOURCES)}=size={width}x{height}:rate=15",
        *("-f", "lavfi", "-i", _music(rng)),
        *("-t", f"{seconds:.1f}", "-c:v", "libx264", "-preset", "ultrafast"),
        *("-b:v", f"{rng.randint(30, 60)}k", "-maxrate", "70k"),
        *("-bufsize", "70k", "-g", 15, "-c:a", "aac", "-b:a", "24k"),
        *("-f", "hls", "-hls_time", rng.choice((1, 2))),
        *("-hls_list_size", 4 if live else 0, "-hls_flags", *kinds),
        root / _HLS_LIST,
    )


def _music(rng):
    """A chord with a beat, as a source of ffmpeg's `lavfi`."""
    tones = "+".join(
        f"0.2*sin(2*PI*{rng.choice((220, 247, 262, 294, 330, 392, 440))}*t)"
        for _ in range(3)
    )
    beat = rng.uniform(1, 3)
    return f"aevalsrc='({tones})*(1+sin(2*PI*{beat:.2f}*t))/2':s=44100"


def _segments(playlist):
    return playlist.read_text().count("#EXTINF") if playlist.exists() else 0


def _icecast_file(session, password):
    certificate, key = session.certificate
    both = session.folder / "icecast.pem"
    both.write_text(
        pathlib.Path(certificate).read_text() + pathlib.Path(key).read_text()
    )
    both.chmod(0o644)  # icecast gives up its rights
    logs = session.empty_folder("/var/log/icecast2")
    logs.chmod(0o777)
    return session.write(
        "icecast.xml",
        f"""
        <icecast>
          <hostname>radio</hostname>
          <limits><burst-size>{session.rng.choice((0, 8192, 16384))}
          </burst-size></limits>
          <authentication>
            <source-password>{password}</source-password>
            <admin-user>admin</admin-user>
            <admin-password>{password}</admin-password>
          </authentication>
          <listen-socket><port>{_SOURCE_PORT}</port></listen-socket>
          <listen-socket><port>{session.port}</port><ssl>1</ssl></listen-socket>
          <paths>
            <basedir>/usr/share/icecast2</basedir>
            <logdir>{logs}</logdir>
            <webroot>/usr/share/icecast2/web</webroot>
            <adminroot>/usr/share/icecast2/admin</adminroot>
            <ssl-certificate>{both}</ssl-certificate>
          </paths>
          <security>
            <changeowner><user>icecast2</user><group>icecast</group>
            </changeowner>
          </security>
        </icecast>
        """,
    )
