import csv

import pytest
from lab_captures import unpacked_lab_capture

from lab import report
from lab.errors import LabError
from lab.missing import Missing
from lab.plans import make_plans
from mtc_tf.data.labels import read_label_map

_COUNTS = {"packets": 9, "kept": 5, "flows": 1, "seconds": 1.0, "bytes": 900}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the captures of one scenario, and their report."""
    monkeypatch.setattr(report, "installed_packages", lambda: {"some": "1.0"})
    plans = make_plans(["sftp"], 2, 0)
    for plan in plans:
        (tmp_path / f"{plan.name}.pcap").write_bytes(
            unpacked_lab_capture(plan.name)
        )
    report.write_report(plans, [], tmp_path)
    return tmp_path


def test_labels_can_be_read_by_the_dataset(folder):
    label_map = read_label_map(
        (folder / "labels.csv").read_bytes(), name="labels.csv"
    )
    assert label_map.classes["application"] == ["SFTP"]
    [labels] = label_map.lookup("vpn_openvpn_tcp_sftp_2").labels
    assert labels.traffic_type == "VPN: File Transfer"
    assert labels.group == "vpn_openvpn_tcp_sftp_2"


def test_what_is_never_to_be_seen_has_labels_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "installed_packages", dict)
    monkeypatch.setattr(report, "count_capture", lambda path: _COUNTS)
    plans = make_plans(["sftp", "web", "mqtt"], 1, 0)
    report.write_report(plans, [], tmp_path)

    def rows(name, column):
        with (tmp_path / name).open(newline="") as file:
            return [
                (row["capture"], row[column]) for row in csv.DictReader(file)
            ]

    assert rows("labels.csv", "application") == [
        ("sftp_1", "SFTP"),
        ("vpn_openvpn_udp_sftp_1", "SFTP"),
        ("web_1", "Other"),
        ("vpn_openvpn_udp_web_1", "Other"),
    ]
    assert rows("unknown.csv", "application") == [
        ("mqtt_1", "MQTT"),
        ("vpn_openvpn_udp_mqtt_1", "MQTT"),
    ]
    assert [name for _, name in rows("sessions.csv", "scenario")] == [
        *("sftp", "sftp", "web", "web", "mqtt", "mqtt")
    ]


def test_what_is_played_beside_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "installed_packages", dict)
    monkeypatch.setattr(report, "count_capture", lambda path: _COUNTS)
    plans = make_plans(["sftp", "irc_beside_sftp"], 1, 0)
    report.write_report(plans, [], tmp_path)
    with (tmp_path / "sessions.csv").open(newline="") as file:
        alone, _, mixed = csv.DictReader(file)
    assert (alone["beside"], alone["beside_port"]) == ("", "")
    assert (mixed["scenario"], mixed["beside"]) == ("irc_beside_sftp", "sftp")
    label_map = read_label_map(
        (tmp_path / "labels.csv").read_bytes(), name="labels.csv"
    )
    filters = {
        row.labels.application: row.flow_filter and row.flow_filter.text
        for row in label_map.rows
        if row.capture == "irc_beside_sftp_1"
    }
    port = mixed["beside_port"]
    assert filters == {"IRC": None, "SFTP": f"tcp port {port}"}


def test_without_unknown_traffic_there_are_no_labels_of_it(folder):
    assert not (folder / "unknown.csv").exists()


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
        assert 1 <= int(row["routers"]) <= 20
        assert row["ipv6"] in ("True", "False")
        for end in ("client", "server"):
            assert int(row[f"{end}_ttl"]) in (64, 128, 255)
            # That of the programs is there as well.
            assert row[end] in ("openssh", "dropbear", "putty")
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


def test_missing_sessions_are_told_and_have_no_label(folder):
    *played, last = make_plans(["sftp"], 2, 0)
    other = make_plans(["imap"], 1, 0)[0]
    missing = [
        Missing(last, "no route"),
        Missing(other, lacks=("isync",)),
    ]
    report.write_report(played, missing, folder)
    text = (folder / "report.md").read_text()
    assert "Missing: 1 failed, 1 skipped." in text
    assert "- vpn_openvpn_tcp_sftp_2 failed: no route" in text
    assert "- isync is not installed, sessions skipped: 1" in text
    assert last.name not in (folder / "labels.csv").read_text()
    assert last.name not in (folder / "sessions.csv").read_text()


def test_nothing_missing(folder):
    assert "Missing: 0 failed, 0 skipped." in (folder / "report.md").read_text()


def test_set_without_sessions(tmp_path):
    with pytest.raises(LabError, match="no session could be played"):
        report.write_report([], [], tmp_path)


def test_capture_without_payload_is_named(tmp_path):
    path = tmp_path / "sftp_1.pcap"
    # The header of a capture, and no packet.
    path.write_bytes(unpacked_lab_capture("sftp_1")[:24])
    with pytest.raises(LabError, match="sftp_1.pcap holds no packet"):
        report.count_capture(path)
