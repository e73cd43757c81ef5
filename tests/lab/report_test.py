import csv
import subprocess

import pytest
from lab_captures import LAB_CAPTURES

from lab import report
from lab.plans import make_plans
from mtc_tf.data.labels import read_label_map


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the captures of one scenario, and their report."""
    monkeypatch.setattr(report, "_package_lines", lambda: ["- some 1.0"])
    plans = make_plans(["sftp"], 2, 0)
    for plan in plans:
        (tmp_path / f"{plan.name}.pcap").write_bytes(
            (LAB_CAPTURES / f"{plan.name}.pcap").read_bytes()
        )
    report.write_report(plans, tmp_path)
    return tmp_path


def test_labels_can_be_read_by_the_dataset(folder):
    label_map = read_label_map(
        (folder / "labels.csv").read_bytes(), name="labels.csv"
    )
    assert label_map.classes["application"] == ["SFTP"]
    [labels] = label_map.lookup("vpn_openvpn_tcp_sftp_2").labels
    assert labels.traffic_type == "VPN: File Transfer"
    assert labels.group == "vpn_openvpn_tcp_sftp_2"


def test_sessions_carry_conditions_and_counts(folder):
    with (folder / "sessions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["tunnel"] for row in rows] == [
        *("", "openvpn_udp", "", "openvpn_tcp")
    ]
    for row in rows:
        path = folder / f"{row['capture']}.pcap"
        assert int(row["bytes"]) == path.stat().st_size
        assert 0 < int(row["flows"]) <= int(row["kept"]) < int(row["packets"])
        assert 3 <= float(row["rate"]) <= 100
        assert float(row["seconds"]) > 0


def test_summary_adds_up(folder):
    lines = (folder / "report.md").read_text().splitlines()
    rows = [
        [cell.strip().replace(",", "") for cell in line.split("|")[1:-1]]
        for line in lines
        if line.startswith("|")
    ]
    head, _, *parts, total = rows
    assert head[:3] == ["scenario", "through", "sessions"]
    assert [row[:3] for row in parts] == [
        ["sftp", "-", "2"],
        ["sftp", "openvpn_udp", "1"],
        ["sftp", "openvpn_tcp", "1"],
    ]
    packets = head.index("packets")
    assert sum(int(row[packets]) for row in parts) == int(total[packets])
    assert "- some 1.0" in lines


def test_every_package_of_the_list_is_asked_for(monkeypatch):
    asked = []

    def run(command, **options):
        asked.extend(command)
        return subprocess.CompletedProcess(command, 0, stdout="- a 1\n")

    monkeypatch.setattr(report.subprocess, "run", run)
    assert report._package_lines() == ["- a 1"]
    assert "tcpdump" in asked
    assert not any(name.startswith("#") for name in asked)
