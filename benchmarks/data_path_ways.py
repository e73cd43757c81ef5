"""One way through captures, timed: what `benchmarks.data_path` runs.

    python -m benchmarks.data_path_ways read CAPTURES FOLDER

prints one JSON object. Each way imports what it needs and no more: other
environments run some of them.
"""

import contextlib
import io
import json
import pathlib
import resource
import shutil
import subprocess
import sys
import time

from benchmarks.peak_memory import peak_memory

DATASET, CONFIG = "iscx_vpn_nonvpn", "flow"
# scapy's rate is that of so many packets.
_SLICE = 20_000
_BATCH = 128


def main(way, captures, folder):
    """Goes one way, and prints what it took."""
    paths = sorted(pathlib.Path(captures).glob("*.pcap"))
    found = WAYS[way](paths, pathlib.Path(folder))
    # Of a child it begins with what the parent had: the largest is found.
    kilobytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    peak = max(peak_memory(), round(kilobytes * 1024 / 1e6))
    print(json.dumps({"memory_mb": peak, **found}))


def _timed(count, of="packets"):
    """Calls a function that counts, and says what that took."""
    begin = time.perf_counter()
    number = count()
    seconds = time.perf_counter() - begin
    return {"count": number, "seconds": seconds, "of": of}


def _scapy(paths, _):
    from scapy.utils import RawPcapReader

    from benchmarks.scapy_preprocessing import preprocess_frame

    def count():
        with RawPcapReader(str(paths[0])) as reader:
            for number, (frame, _) in enumerate(reader):
                if number == _SLICE:
                    break
                preprocess_frame(frame)
        return number

    return _timed(count)


def _dpkt(paths, _):
    import dpkt

    def count():
        number = 0
        for path in paths:
            with path.open("rb") as file:
                for _, frame in dpkt.pcap.Reader(file):
                    dpkt.ethernet.Ethernet(frame)
                    number += 1
        return number

    return _timed(count)


def _nfstream(paths, _):
    from nfstream import NFStreamer

    def count():
        # It counts those of IP alone.
        return sum(
            flow.bidirectional_packets
            for path in paths
            for flow in NFStreamer(str(path), n_meters=1, n_dissections=0)
        )

    return _timed(count)


def _tcpdump(paths, folder):
    for path in paths:
        command = ["tcpdump", "-r", path, "-w", folder / "again.pcap"]
        subprocess.run(command, check=True, capture_output=True)
    (folder / "again.pcap").unlink()


def _copy(paths, folder):
    for path in paths:
        shutil.copyfile(path, folder / "copy.pcap")
    (folder / "copy.pcap").unlink()


def _of_all_packets(work):
    """Makes a way of what does not count the packets itself."""

    def way(paths, folder):
        found = _timed(lambda: work(paths, folder))
        return {**found, "count": _count(paths)}

    return way


def _count(paths):
    from mtc_tf.packets import read_capture

    return sum(len(batch) for path in paths for batch in read_capture(path))


def _read(paths, _):
    from mtc_tf.packets import read_capture  # noqa: F401, not timed

    return _timed(lambda: _count(paths))


def _preprocess(paths, _):
    from mtc_tf.packets import CaptureReport
    from mtc_tf.packets import preprocess_capture

    def count():
        report = CaptureReport()
        for path in paths:
            for _ in preprocess_capture(path, report=report):
                pass
        return report.read

    return _timed(count)


def _table(paths, folder):
    output = folder / "packets.parquet"
    command = [sys.executable, "-m", "mtc_tf.cli", "preprocess", *paths]
    subprocess.run(
        [*command, f"--output={output}"], check=True, capture_output=True
    )
    output.unlink()


def _build(jobs):
    def way(paths, folder):
        from mtc_tf.cli import main as mtc
        from mtc_tf.data import capture_builder

        shutil.rmtree(folder / DATASET, ignore_errors=True)
        written = {}
        write_dataset = capture_builder.write_dataset

        def timed(dataset, *arguments, **options):
            begin = time.perf_counter()
            parts = write_dataset(dataset, *arguments, **options)
            written["seconds"] = time.perf_counter() - begin
            written["count"] = sum(
                rows for shards in parts.values() for rows, _ in shards
            )
            return parts

        capture_builder.write_dataset = timed
        command = [
            *("build", DATASET, f"--config={CONFIG}", f"--jobs={jobs}"),
            *(f"--manual_dir={paths[0].parent}", f"--data_dir={folder}"),
        ]
        with contextlib.redirect_stdout(io.StringIO()):
            command = _timed(lambda: mtc(command))
        if command["count"]:
            raise SystemExit(command["count"])
        return {
            **written,
            "of": "rows, written",
            "command_seconds": command["seconds"],
        }

    return way


def _read_back(is_shuffled):
    def way(_, folder):
        from mtc_tf.data import input_pipeline
        from mtc_tf.data.training_batches import read_for_training

        builder = input_pipeline.load_builder(f"{DATASET}/{CONFIG}", folder)
        tasks = list(builder.info.metadata["classes"])
        batches = builder.info.splits["train"].num_examples // _BATCH
        if is_shuffled:
            rows = read_for_training(builder, tasks, _BATCH, 0, steps=batches)
        else:
            rows = input_pipeline.read_part(builder, "train", tasks, _BATCH)

        def count():
            return _BATCH * sum(1 for _ in rows.take(batches))

        return _timed(count, of="rows, read")

    return way


WAYS = {
    "scapy": _scapy,
    "dpkt": _dpkt,
    "nfstream": _nfstream,
    "tcpdump": _of_all_packets(_tcpdump),
    "copy": _of_all_packets(_copy),
    "read": _read,
    "preprocess": _preprocess,
    "table": _of_all_packets(_table),
    "build": _build(jobs=1),
    "build, two processes": _build(jobs=2),
    "read back": _read_back(is_shuffled=False),
    "read back, shuffled": _read_back(is_shuffled=True),
}

if __name__ == "__main__":
    main(*sys.argv[1:])
