import numpy as np
from lab_captures import lab_capture

from mtc_tf.packets import CaptureReport
from mtc_tf.packets import preprocess_capture
from mtc_tf.packets.packet_flows import packet_flows


def test_kept_packets_have_the_flows_of_preprocessing():
    capture, report = lab_capture("irc_1"), CaptureReport()
    [batch] = preprocess_capture(capture, report=report)
    [(numbers, flows)] = packet_flows(capture)
    found = dict(zip(numbers.tolist(), flows.tolist(), strict=True))
    kept = [found[number] for number in batch.numbers.tolist()]
    assert kept == batch.flows.tolist()
    # And those of the same connection that carry nothing.
    assert len(numbers) == report.kept + report.dropped["empty_tcp"]
    assert set(flows.tolist()) == set(batch.flows.tolist())
    assert np.all(np.diff(numbers) > 0)
