import csv

import pytest
from small_captures import write_small_capture

from lab import parts

SESSIONS = [
    (f"{way}{scenario}_{number}", scenario, tunnel)
    for scenario in ("sip", "irc")
    for number in range(1, 8)
    for way, tunnel in (("", ""), ("vpn_ssh_", "ssh"))
]


@pytest.fixture
def lab_set(tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    rows = ["capture,scenario,tunnel"]
    labels = ["capture,application,traffic_type,auxiliary,group"]
    for name, scenario, tunnel in SESSIONS:
        rows.append(f"{name},{scenario},{tunnel}")
        labels.append(f"{name},{scenario.upper()},,,{name}")
        write_small_capture(folder / f"{name}.pcap")
    # One that no model is to learn.
    rows.append("mqtt_1,mqtt,")
    write_small_capture(folder / "mqtt_1.pcap")
    (folder / "sessions.csv").write_text("\n".join(rows) + "\n")
    (folder / "labels.csv").write_text("\n".join(labels) + "\n")
    return folder


def _divide(lab_set, *arguments):
    """The names of the captures of each part."""
    output = lab_set.with_name("out")
    assert parts.main([str(lab_set), str(output), *map(str, arguments)]) == 0
    with (output / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    links = {path.stem: path for path in output.glob("*.pcap")}
    assert set(links) == {row["capture"] for row in rows}
    assert all(path.exists() and path.is_symlink() for path in links.values())
    return {
        part: {row["capture"] for row in rows if row["part"] == part}
        for part in ("train", "validation", "test")
    }


def test_every_fifth_session_is_tested(lab_set):
    divided = _divide(lab_set)
    assert divided["test"] == {
        *("sip_5", "vpn_ssh_sip_5", "irc_5", "vpn_ssh_irc_5")
    }
    ends = {name.rpartition("_")[2] for name in divided["validation"]}
    assert ends == {"1", "6"}
    assert len(divided["train"]) == 4 * 4


def test_first_sessions_for_training(lab_set):
    divided = _divide(lab_set, "--train=2")
    assert {name[-1] for name in divided["train"]} == {"2", "3"}
    assert len(divided["train"]) == 2 * 4
    assert len(divided["test"]) == 4 and len(divided["validation"]) == 8


def test_tunnel_left_out(lab_set):
    divided = _divide(lab_set, "--test=tunnel=ssh", "--test=scenario=irc")
    assert divided["test"] == {
        name
        for name, scenario, tunnel in SESSIONS
        if tunnel == "ssh" or scenario == "irc"
    }
    assert divided["validation"] == {"sip_1", "sip_6"}
    assert len(divided["train"]) == 5


def test_captures_of_others(lab_set, tmp_path):
    others = tmp_path / "others"
    others.mkdir()
    for name in ("call", "chat", "strange"):
        write_small_capture(others / f"{name}.pcap")
    (others / "labels.csv").write_text(
        "capture,application,traffic_type,flows\n"
        "call,SIP,VoIP,udp\ncall,Other,,\nchat,IRC,Chat,\nstrange,QUIC,,\n"
    )
    divided = _divide(lab_set, f"--others={others}")
    assert divided["test"] == {"call", "chat"}
    assert len(divided["train"]) == 4 * 5
    text = (tmp_path / "out/labels.csv").read_text()
    assert "call,SIP,VoIP,All_VoIP,call,test,udp\n" in text
    # Not all applications of a capture are the set's.
    assert "strange" not in text and text.count("\ncall,") == 1


def test_condition_that_no_session_meets(lab_set, tmp_path, capsys):
    command = [str(lab_set), str(tmp_path / "out"), "--test=tunel=ssh"]
    assert parts.main(command) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "received tunel=ssh, which no session has" in line
    assert not (tmp_path / "out").exists()


def test_condition_without_a_value(lab_set, tmp_path, capsys):
    with pytest.raises(SystemExit):
        parts.main([str(lab_set), str(tmp_path / "out"), "--test=ssh"])
    assert "expected COLUMN=VALUE" in capsys.readouterr().err


def test_capture_that_is_missing(lab_set, tmp_path, capsys):
    (lab_set / "sip_3.pcap").unlink()
    assert parts.main([str(lab_set), str(tmp_path / "out")]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "sip_3.pcap" in line
    assert not (tmp_path / "out").exists()


def test_output_must_be_new(lab_set, capsys):
    assert parts.main([str(lab_set), str(lab_set)]) == 1
    assert "OUT must be a new folder" in capsys.readouterr().err
