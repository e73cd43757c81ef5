"""Datasets that the workers of Apache Beam's runners build."""

import operator
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import beam_servers
import pytest
import tensorflow_datasets as tfds
from apache_beam.options.pipeline_options import PipelineOptions
from etils import epath
from file_contents import file_contents
from iscx_vpn_nonvpn.iscx_vpn_nonvpn_dataset_builder import Builder
from small_captures import DUMMY_DATA

from mtc_tf.data import beam_pool
from mtc_tf.data import capture_dataset
from mtc_tf.data import capture_scan
from mtc_tf.data import dataset_files
from mtc_tf.data.beam_call import answer_beating
from mtc_tf.data.beam_pool import BeamPool
from mtc_tf.data.file_calls import Step
from mtc_tf.data.worker_pool import read_jobs
from mtc_tf.errors import InputError

pytestmark = pytest.mark.beam

HERE = ("--runner=DirectRunner", "--direct_running_mode=in_memory")
TWO_PROCESSES = (
    "--runner=DirectRunner",
    "--direct_num_workers=2",
    "--direct_running_mode=multi_processing",
)
PAIRS = [(7, 2), (1, 1), (9, 4)]
# Of ARP, in a pcap file. Many of them take a worker seconds, and are dropped.
FRAME = bytes.fromhex("00f15365000000003c0000003c000000")
FRAME += bytes(12) + bytes.fromhex("0806") + bytes(46)


@pytest.fixture(autouse=True)
def local_ports():
    restore = beam_servers.keep_ports_local()
    yield
    restore()


@pytest.fixture
def cluster(tmp_path):
    """Options of a job service, whose two workers begin in another folder."""
    script = pathlib.Path(beam_servers.__file__)
    port_file = tmp_path / "port"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        workers = free.getsockname()[1]
    path = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    servers = [
        subprocess.Popen(
            [sys.executable, script, *arguments],
            cwd="/",
            env={**os.environ, "PATH": path},
        )
        for arguments in (
            ("jobs", f"--port_file={port_file}"),
            ("workers", f"--service_port={workers}"),
        )
    ]
    try:
        _wait_until(port_file.exists)
        _wait_until(lambda: _is_open(workers))
        yield (
            "--runner=PortableRunner",
            f"--job_endpoint=localhost:{port_file.read_text()}",
            "--environment_type=EXTERNAL",
            f"--environment_config=localhost:{workers}",
        )
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait(60)


def _is_open(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def _wait_until(condition):
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < 120
        time.sleep(0.05)


@pytest.fixture
def pool(tmp_path):
    """A function of Beam's options that makes a `BeamPool`."""
    return lambda flags: BeamPool(
        epath.Path(tmp_path), PipelineOptions(flags), None
    )


def _call(workers, function, arguments):
    return workers.call_all(Step("", function, arguments))


def _prepare(data_dir, captures=DUMMY_DATA, flags=None, config="flow"):
    """Builds a dataset, and reads its files."""
    options = None if flags is None else PipelineOptions(flags)
    Builder(data_dir=data_dir, config=config).download_and_prepare(
        download_config=tfds.download.DownloadConfig(
            manual_dir=captures, num_shards=2, beam_options=options
        )
    )
    return file_contents(data_dir)


def test_results_come_in_order(pool, tmp_path):
    assert list(_call(pool(HERE), operator.sub, PAIRS)) == [5, 0, 5]
    assert list(_call(pool(HERE), operator.sub, [])) == []
    assert list(tmp_path.iterdir()) == []


def test_errors_are_one_line(pool):
    with pytest.raises(InputError, match="^--jobs must be a whole number"):
        list(_call(pool(HERE), read_jobs, [("none", "--jobs")]))
    message = "^the Beam pipeline failed: .*division by zero"
    with pytest.raises(InputError, match=message):
        list(_call(pool(HERE), operator.truediv, [(1, 1), (1, 0)]))


@pytest.fixture
def run(monkeypatch):
    """Has a function run pipelines; gives the calls of each step of each."""

    def replace(function):
        tries = []
        own = BeamPool._run

        def run(self, folder, names, calls):
            tries.append(list(map(len, calls)))
            function(len(tries), calls, lambda: own(self, folder, names, calls))

        monkeypatch.setattr(BeamPool, "_run", run)
        return tries

    return replace


@pytest.fixture
def pipelines(run):
    """How many calls each step of each pipeline has that is run."""
    return run(lambda number, calls, go_on: go_on())


@pytest.mark.parametrize("flags", [HERE, TWO_PROCESSES])
def test_steps_are_one_pipeline(flags, pool, pipelines, tmp_path):
    steps = [
        Step("subtract", operator.sub, PAIRS),
        Step("look", operator.contains, [(5,), (3,)]),
        Step("gather", operator.contains, [(False,)]),
    ]
    assert list(pool(flags).call_all(*steps)) == [True]
    assert pipelines == [[3, 2, 1]]
    assert list(tmp_path.iterdir()) == []


def test_error_of_an_earlier_step(pool):
    texts = [("3", "--three"), ("none", "--first")]
    steps = [
        Step("read", read_jobs, texts),
        Step("look", operator.contains, [(1,)]),
    ]
    with pytest.raises(InputError, match="^--first must be"):
        list(pool(HERE).call_all(*steps))


def _lose_worker(calls):
    # What a process leaves that is killed.
    calls[0][1].with_suffix(".1.beat").write_text("host 1 1")
    raise RuntimeError("Channel closed prematurely.")


def test_pipeline_that_fails_with_a_worker(pool, run, tmp_path):
    def lose_first(number, calls, go_on):
        if number == 1:
            answer_beating(str(calls[0][0]))
            _lose_worker(calls)
        # Else it would count as one that is silent.
        assert not list(tmp_path.rglob("*.beat"))
        go_on()

    tries = run(lose_first)
    assert list(_call(pool(HERE), operator.sub, PAIRS)) == [5, 0, 5]
    assert tries == [[3], [2]]
    assert list(tmp_path.iterdir()) == []


def test_worker_that_is_always_lost(pool, run):
    tries = run(lambda number, calls, go_on: _lose_worker(calls))
    message = "^the Beam pipeline failed: Channel closed prematurely.$"
    with pytest.raises(InputError, match=message):
        list(_call(pool(HERE), operator.sub, PAIRS))
    assert tries == [[3], [3], [3]]


def test_error_while_another_worker_is_at_work(pool, run):
    def fail(number, calls, go_on):
        calls[0][0].with_suffix(".1.beat").write_text("host 1 1")
        go_on()

    tries = run(fail)
    message = "^the Beam pipeline failed: .*division by zero"
    with pytest.raises(InputError, match=message):
        list(_call(pool(HERE), operator.truediv, [(1, 1), (1, 0)]))
    assert tries == [[2]]


def test_runner_that_is_lost_when_all_is_done(pool, run):
    def fail(number, calls, go_on):
        go_on()
        raise RuntimeError("Connection refused")

    run(fail)
    assert list(_call(pool(HERE), operator.sub, PAIRS)) == [5, 0, 5]


def test_build_is_two_pipelines(pipelines, tmp_path, monkeypatch):
    monkeypatch.setattr(capture_dataset, "_TASK_BYTES", 1)
    monkeypatch.setattr(dataset_files, "_TASK_PACKETS", 1)
    expected = _prepare(tmp_path / "one", config="flow_series")
    written = _prepare(tmp_path / "two", flags=HERE, config="flow_series")
    assert written == expected
    captures = sum(path.suffix == ".pcap" for path in DUMMY_DATA.iterdir())
    # Read, divide; encode, sort, write six shards.
    assert pipelines == [[captures, 1], [captures, 1, 6]]


def test_fault_leaves_nothing(tmp_path):
    captures = tmp_path / "captures"
    shutil.copytree(DUMMY_DATA, captures)
    (captures / "labels.csv").write_text(
        "capture,application,traffic_type,flows\n"
        "*,Phone,VoIP,udp\n"
        "*,Post,Email,port 5004\n"
    )
    lines = []
    for flags in (None, HERE):
        with pytest.raises(SystemExit) as caught:
            _prepare(tmp_path / "data", captures, flags)
        lines.append(str(caught.value))
        assert list((tmp_path / "data/iscx_vpn_nonvpn/flow").iterdir()) == []
    assert "one filter that matches the flow" in lines[0]
    assert lines[0] == lines[1]


def test_workers_go_on_from_what_one_machine_did(tmp_path, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    expected = _prepare(tmp_path / "one")
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(dataset_files, "write_shard", interrupt)
        _prepare(tmp_path / "two")
    monkeypatch.setattr(capture_scan, "preprocess_capture", None)
    assert _prepare(tmp_path / "two", flags=HERE) == expected


def test_two_processes_write_the_same_bytes(pool, tmp_path, monkeypatch):
    workers = set(_call(pool(TWO_PROCESSES), os.getpid, [()] * 16))
    assert len(workers) == 2 and os.getpid() not in workers
    monkeypatch.chdir(tmp_path)
    expected = _prepare(tmp_path / "one")
    # A relative path.
    assert _prepare(pathlib.Path("two"), flags=TWO_PROCESSES) == expected


def test_workers_of_a_service_write_the_same_bytes(
    pool, cluster, tmp_path, monkeypatch
):
    assert len(set(_call(pool(cluster), os.getpid, [()] * 16))) == 2
    monkeypatch.chdir(tmp_path)
    expected = _prepare(tmp_path / "one")
    assert _prepare(pathlib.Path("two"), flags=cluster) == expected


def test_worker_that_is_killed(cluster, pipelines, tmp_path, monkeypatch):
    monkeypatch.setattr(capture_dataset, "_TASK_BYTES", 1)
    captures = tmp_path / "captures"
    shutil.copytree(DUMMY_DATA, captures)
    with (captures / "aimchat2.pcap").open("ab") as file:
        for _ in range(20):
            file.write(FRAME * 100_000)
    expected = _prepare(tmp_path / "one", captures)
    monkeypatch.setattr(beam_pool, "_LOST_SECONDS", 15)
    killer = threading.Thread(
        target=_kill_worker, args=(tmp_path / "two", b"aimchat2.pcap")
    )
    killer.start()
    assert _prepare(tmp_path / "two", captures, cluster) == expected
    killer.join()
    # Captures and division, those that were missing, rows and shards.
    (captures, _), missing, _ = pipelines
    assert 0 < missing[0] < captures and missing[1] == 1


def _kill_worker(folder, argument):
    """Kills the worker that works on a call with this argument.

    When another call is done, which must not be done again.
    """
    found = []

    def find():
        if not list(folder.rglob("*.result")):
            return found
        for beat in folder.rglob("*.beat"):
            number, *_ = beat.name.partition(".")
            call = beat.with_name(f"{number}.call")
            if argument in call.read_bytes() and (text := beat.read_text()):
                found.append(int(text.split()[1]))
        return found

    _wait_until(find)
    os.kill(found[0], signal.SIGKILL)
