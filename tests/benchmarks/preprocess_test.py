import json
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_small_run():
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks.preprocess"]
        + ["--packets=300", "--json"],
        capture_output=True,
        text=True,
    )
    assert (result.returncode, result.stderr) == (0, "")
    pcap, pcapng = json.loads(result.stdout)
    assert (pcap["format"], pcapng["format"]) == ("pcap", "pcapng")
    assert pcap["rows_equal"] and pcapng["rows_equal"]
    assert pcap["memory_mb"] < pcap["memory_goal_mb"]
