"""Players of video and audio, whose pictures and sounds go nowhere."""

import signal
import time


def play_stream(session, url, seconds):
    """Lets the session's client play a stream, at the speed of its clock.

    Args:
        session: `lab.session.Session`.
        url: str.
        seconds: float. How long.

    Raises:
        LabError: if nothing was played.
    """
    _PLAYERS[session.programs[1]](session, url, seconds)


def _ffmpeg(session, url, seconds):
    said = session.client.run(
        *("ffmpeg", "-nostdin", "-loglevel", "info", "-re", "-i", url),
        *("-t", f"{seconds:.1f}", "-f", "null", "-"),
    )
    session.check("time=" in said, "the stream is played")


def _mpv(session, url, seconds):
    said = session.client.run(
        *("mpv", "--no-config", "--ytdl=no", "--vo=null", "--ao=null"),
        *(f"--length={seconds:.1f}", "--term-playing-msg=it plays", url),
    )
    session.check("it plays" in said, "the stream is played")


def _vlc(session, url, seconds):
    home = session.folder / "vlc"
    home.mkdir()
    home.chmod(0o777)
    said = session.client.run(
        # It refuses to be run by root.
        *("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"),
        *("env", f"HOME={home}", f"XDG_RUNTIME_DIR={home}"),
        *("vlc", "-I", "dummy", "--vout=vdummy", "--aout=adummy"),
        *("--verbose=2", f"--run-time={seconds:.0f}", "--play-and-exit", url),
    )
    session.check("Decoder wait done" in said, "the stream is played")


def _gstreamer(session, url, seconds):
    _play_for(
        session,
        seconds,
        *("gst-launch-1.0", "playbin", f"uri={url}"),
        *("video-sink=fakesink sync=true", "audio-sink=fakesink sync=true"),
        says="PLAYING",
    )


def _curl(session, url, seconds):
    """Takes a stream without an end, as it comes."""
    got = session.folder / "got"
    _play_for(
        session,
        seconds,
        *("curl", "-sS", "--fail", "-o", got, url),
        ready=lambda: got.exists() and got.stat().st_size,
    )


def _play_for(session, seconds, *command, **started):
    """Ends a player after some seconds of playing."""
    player = session.client.start(*command, **started)
    time.sleep(seconds)
    session.check(player.poll() is None, "the stream is played to the end")
    player.send_signal(signal.SIGINT)
    player.wait()


_PLAYERS = {
    "ffmpeg": _ffmpeg,
    "mpv": _mpv,
    "vlc": _vlc,
    "gstreamer": _gstreamer,
    "curl": _curl,
}
