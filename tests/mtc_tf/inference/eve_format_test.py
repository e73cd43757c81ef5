import io
import json

from mtc_tf.inference.eve_format import write_eve

PACKET = {
    "capture": "a.pcap",
    "packet": 16,
    "time": "2023-11-14T22:13:20.250000Z",
    "source": "10.0.0.1",
    "source_port": 1003,
    "destination": "10.0.0.2",
    "destination_port": 443,
    "protocol": "tcp",
    "application": "Talkie",
    "application_probability": 0.75,
}
FLOW = {
    **{key: value for key, value in PACKET.items() if key != "packet"},
    "packets": 5,
}


def _events(*rows, **arguments):
    file = io.StringIO()
    write_eve([list(rows)], file, **arguments)
    return [json.loads(line) for line in file.getvalue().splitlines()]


def test_packet():
    [event] = _events(PACKET)
    assert event.pop("flow_id") < 2**51
    assert event == {
        "timestamp": "2023-11-14T22:13:20.250000+0000",
        "pcap_filename": "a.pcap",
        "event_type": "packet",
        "src_ip": "10.0.0.1",
        "src_port": 1003,
        "dest_ip": "10.0.0.2",
        "dest_port": 443,
        "proto": "TCP",
        "pcap_cnt": 17,
        "mtc": {"application": "Talkie", "application_probability": 0.75},
    }


def test_flow_of_an_interface():
    [event] = _events({**FLOW, "capture": "eth0"}, is_live=True)
    assert event["event_type"] == "flow"
    assert event["in_iface"] == "eth0"
    assert "pcap_filename" not in event
    assert event["flow"] == {"start": event["timestamp"]}
    assert event["mtc"]["packets"] == 5


def test_both_directions_have_one_id_and_other_flows_another():
    back = {
        **PACKET,
        "source": "10.0.0.2",
        "source_port": 443,
        "destination": "10.0.0.1",
        "destination_port": 1003,
    }
    there, again, other = _events(PACKET, back, {**PACKET, "source_port": 1})
    assert there["flow_id"] == again["flow_id"] != other["flow_id"]


def test_ends_without_ports():
    for protocol, expected in (("esp", "ESP"), ("99", "099")):
        row = {
            **FLOW,
            "source": "2001:db8::1",
            "destination": "::",
            "source_port": None,
            "destination_port": None,
            "protocol": protocol,
        }
        [event] = _events(row)
        assert event["proto"] == expected
        assert event["src_ip"] == "2001:db8::1"
        assert not {"src_port", "dest_port"} & set(event)
