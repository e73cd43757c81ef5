"""One session: a client uses a server, and tcpdump sees it.

`python -m lab.session CAPTURE < PLAN` plays one; it is run in namespaces of
its own, which `lab.sandbox` makes.
"""

import concurrent.futures
import contextlib
import copy
import functools
import json
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

from lab import network
from lab.certificates import make_certificate
from lab.conditions import read_conditions
from lab.errors import LabError
from lab.host import Host
from lab.host import tail
from lab.plans import Plan
from lab.plans import find_scenario
from lab.plans import find_tunnel
from lab.plans import plan_beside

# In memory, and in the session's own mount namespace: keys and contents are
# gone when the session ends.
_FOLDER = pathlib.Path("/run/session")
_DOMAIN = "lab.test"
# After the client has ended, for what is still under way.
_LINGER_SECONDS = 0.5


class Session:
    """What a scenario can use.

    Args:
        plan: `lab.plans.Plan`.

    Attributes:
        client: `Host`.
        server: `Host`; the host names `NAME.lab.test` lead there.
        addresses: dict, see `lab.network.connect`; besides, `server`, a name
            of the gateway, which tunnels lead to by IPv4 or IPv6.
        folder: `pathlib.Path`. For configuration, contents and logs; also
            the home of all programs.
        rng: `random.Random`. The only source of what varies.
        mtu: int. Bytes of the longest packet that the path takes.
        port: int. Where the server is to listen.
        tunnel_port: int. Where the server of the tunnel is to listen.
        programs: tuple of str `(server, client)`. The programs to take.
    """

    def __init__(self, plan):
        self.rng = random.Random(plan.seed)
        self.folder = _FOLDER
        self.mtu = plan.conditions.mtu
        self.port = plan.port
        self.tunnel_port = plan.tunnel_port
        self.programs = plan.server, plan.client
        self.client = Host("client", _FOLDER)
        self.server = Host("server", _FOLDER)
        self._tunnel = find_tunnel(plan.tunnel)
        self._habits = plan.conditions.client
        self.addresses = network.connect(
            *(self.client, self.server, plan.conditions, self.rng),
            in_tunnel=self._tunnel is not None,
        )
        self.addresses["server"] = f"vpn.{_DOMAIN}"
        _tell_name(self.addresses["gateway"], self.addresses["server"])
        self._linger = _LINGER_SECONDS + 4 * plan.conditions.delay / 1e3
        self._is_beside = False
        # Of those who are played at once.
        self._meeting = threading.Barrier(1)

    def beside(self, plan):
        """Makes a session of the same hosts, of what is played beside this.

        It has an address of its own at the server, the same certificate, and
        is in the same capture, which lasts until both have ended.

        Args:
            plan: `lab.plans.Plan`.

        Returns:
            `Session`.
        """
        self._meeting = threading.Barrier(2)
        _ = self.certificate  # made once, for both
        other = copy.copy(self)
        other._is_beside = True
        other.rng = random.Random(plan.seed)
        other.folder = self.folder / "beside"
        other.folder.mkdir()
        other.port = plan.port
        other.programs = plan.server, plan.client
        other.client = Host("client", other.folder)
        other.client.address = self.client.address
        other.server = Host("server", other.folder)
        other.server.address = self.addresses["addresses"][1]
        return other

    def give_up(self):
        """Ends what is played beside as soon as it waits for this."""
        self._meeting.abort()

    @functools.cached_property
    def certificate(self):
        """Paths of certificate and key of the server."""
        return make_certificate(
            self.folder,
            f"server.{_DOMAIN}",
            *(_DOMAIN, f"*.{_DOMAIN}"),
            *self.addresses["addresses"],
            key=self.rng.choice(("rsa:2048", "ec")),
        )

    def name(self, service):
        """Gives a name of the server, which the hosts file then knows.

        Args:
            service: str, e.g. `"mail"`.

        Returns:
            str, e.g. `"mail.lab.test"`.
        """
        name = f"{service}.{_DOMAIN}"
        _tell_name(self.server.address, name)
        return name

    def client_address(self):
        """Gives the address that the client reaches the services from."""
        route = self.client.run("ip", "route", "get", self.server.address)
        return re.search(r"src (\S+)", route)[1]

    def write(self, name, content):
        """Writes a file into the folder.

        Args:
            name: str. May name folders in between.
            content: str or bytes.

        Returns:
            `pathlib.Path` of the file.
        """
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        return path

    def empty_folder(self, path):
        """Hides a folder of the system behind an empty one in memory.

        Args:
            path: str. Made if it is not there.

        Returns:
            `pathlib.Path` of it.
        """
        pathlib.Path(path).mkdir(parents=True, exist_ok=True)
        _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", path)
        return pathlib.Path(path)

    def trust_certificate(self):
        """Makes the server's certificate one that programs trust."""
        folder = self.empty_folder("/etc/ssl/certs")
        shutil.copyfile(self.certificate[0], folder / "ca-certificates.crt")

    def check(self, holds, what):
        """Fails the session if something did not happen.

        Args:
            holds: bool.
            what: str. What should have happened.

        Raises:
            LabError: if `holds` is false.
        """
        if not holds:
            raise LabError(f"expected that {what}; it did not happen")

    def wait_for(self, holds, what, *, seconds):
        """Waits until something is so.

        Args:
            holds: function without arguments that tells whether it is so.
            what: str. What is waited for.
            seconds: float. The longest to wait.

        Raises:
            LabError: if it is not so in time.
        """
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise LabError(f"not within {seconds} s: {what}")
            time.sleep(0.1)

    def pause(self, low, high):
        """Waits between `low` and `high` seconds, as a person would."""
        time.sleep(self.rng.uniform(low, high))

    @contextlib.contextmanager
    def capture(self):
        """Captures what crosses the wire while the block runs.

        The servers are started before; the tunnel, if there is one, is set
        up within. Where two are played at once, their blocks begin together.

        Raises:
            LabError: if what is played beside was given up.
        """
        with contextlib.nullcontext() if self._is_beside else self._record():
            self._meet()
            yield
            self._meet()

    def _meet(self):
        try:
            self._meeting.wait()
        except threading.BrokenBarrierError:
            raise LabError("what is played beside has failed") from None

    @contextlib.contextmanager
    def _record(self):
        if self._tunnel:
            self._tunnel.prepare(self)
        else:
            network.add_route(
                *(self.client, self._habits, self.addresses["services"]),
                *("via", self.addresses["gateway"]),
            )
        tcpdump = self.client.start(
            *("tcpdump", "-i", network.WIRE, "-w", self.folder / "wire.pcap"),
            *("-U", "-s0", "-Z", "root", "--immediate-mode"),
            says="listening on",
        )
        if self._tunnel:
            self._tunnel.connect(self)
        yield
        time.sleep(self._linger)
        tcpdump.send_signal(signal.SIGINT)
        self.check(tcpdump.wait() == 0, "tcpdump writes all packets")


def play(plan):
    """Plays a session.

    Args:
        plan: `lab.plans.Plan`.

    Returns:
        `pathlib.Path` of the capture.

    Raises:
        LabError: if a program fails.
    """
    _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    # What programs share there stays when they are killed.
    _mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", "/dev/shm")
    _FOLDER.mkdir()
    # A server that gives up its rights must still reach its files.
    _FOLDER.chmod(0o755)
    # The session's own, so that names of the lab are not written to the host.
    hosts = _FOLDER / "hosts"
    hosts.write_text("127.0.0.1 localhost\n")
    _mount("--bind", str(hosts), "/etc/hosts")
    session = Session(plan)
    beside = plan_beside(plan)
    if beside:
        _play_both((plan, session), (beside, session.beside(beside)))
    else:
        find_scenario(plan.scenario).play(session)
    return _FOLDER / "wire.pcap"


def _play_both(*both):
    """Plays pairs of a plan and a session at once; raises what failed first."""
    failed = []

    def play_one(plan, session):
        try:
            find_scenario(plan.scenario).play(session)
        except Exception as error:
            failed.append(error)
            session.give_up()

    with concurrent.futures.ThreadPoolExecutor() as pool:
        for one in both:
            pool.submit(play_one, *one)
    if failed:
        raise failed[0]


def _tell_name(address, name):
    with open("/etc/hosts", "a") as hosts:
        hosts.write(f"{address} {name}\n")


def _mount(*arguments):
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


def main():
    """Plays the plan on standard input; the capture goes to a file."""
    # In the background of a shell a lab has it ignored, and programs with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    values = json.load(sys.stdin)
    values["conditions"] = read_conditions(values["conditions"])
    try:
        shutil.copyfile(play(Plan(**values)), sys.argv[1])
    except LabError as error:
        _tell(error)
        return 1
    return 0


def _tell(error):
    """Writes the ends of all logs, and the reason in the last line."""
    logs = (*_FOLDER.glob("*.log"), *_FOLDER.glob("beside/*.log"))
    for path in sorted(logs):
        print(f"--- {path.name}", file=sys.stderr)
        print(tail(path.read_text(errors="replace")), file=sys.stderr)
    reason, *said = str(error).strip().splitlines()
    print("---", *said, sep="\n", file=sys.stderr)
    print(": ".join((reason, *said[-1:])), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
