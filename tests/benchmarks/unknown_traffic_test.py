from benchmarks.unknown_traffic import tables


def _figures(auroc, found, unknown=4):
    own = {
        "known": 20,
        "unknown": unknown,
        "auroc": auroc,
        "found": found,
        "false_alarms": 0.05,
    }
    return {"row": own, "flow": own}


def _result(name, energy, distance):
    scores = {"energy": energy, "class_distance": distance}
    return {"left_out": name, "validation": scores, "test": scores}


def test_means_and_choice_by_hand():
    text = tables(
        [
            _result("Tor", _figures(0.5, 0.25), _figures(0.9, 0.75)),
            _result("SIP", _figures(0.9, 0.75), _figures(0.7, 0.25)),
            # No packet of the part is of it: it counts in no mean.
            _result("XMPP", *[_figures(None, None, unknown=0)] * 2),
        ]
    )
    assert text.count(" part, by ") == 4
    lines = text.splitlines()
    [mean, *_] = [line.split() for line in lines if line.startswith("mean")]
    assert mean == ["mean", *"0.700 0.500 0.050 0.800 0.500 0.050".split()]
    [xmpp, *_] = [line.split() for line in lines if line.startswith("XMPP")]
    assert xmpp == ["XMPP", "20", "0", *"- - 0.050 - - 0.050".split()]
    assert lines[-1].startswith("best by validation: class_distance, by its")
