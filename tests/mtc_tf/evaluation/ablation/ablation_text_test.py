from mtc_tf.evaluation.ablation.ablation_text import ablation_text


def _step(name, how, changed, value, difference, interval):
    figure = {"value": value, "difference": difference, "interval": interval}
    return {
        "input": name,
        "how": how,
        "masks": [],
        "changed": changed,
        "macro_f1": figure,
        "fw16": figure,
    }


RESULT = {
    "tasks": {
        "application": {
            "flows": 7,
            "groups": 3,
            "interval_over": "flow",
            "models": {
                name: [
                    _step("whole", "", 0.0, value, None, [0.25, 0.75]),
                    _step("ip.ttl", "zeroed", 0.001, 0.25, -0.25, [-0.5, 0.0]),
                    _step("ip.id", "zeroed", 0.0, value, 0.0, [0.0, 0.0]),
                ]
                for name, value in (("the model", 0.5), ("forest", 0.625))
            },
        }
    }
}


def test_a_row_for_each_part():
    lines = ablation_text(RESULT).splitlines()
    assert lines[:3] == [
        "application",
        "===========",
        "95 % intervals by drawing the 7 flows anew",
    ]
    assert lines[3].split() == [
        *("changed", "macro", "F1", "fw16", "less", "whole"),
        *("forest:", "macro", "F1", "forest:", "fw16"),
        *("forest:", "less", "whole"),
    ]
    whole, ttl, ip_id = (line.split() for line in lines[4:])
    assert whole == [
        *("whole", "0", "%", "0.500", "0.500", "-", "0.625", "0.625", "-")
    ]
    assert ttl[:6] == ["ip.ttl", "zeroed", "<1", "%", "0.250", "0.250"]
    assert ttl[6:9] == ["-0.250", "[-0.500,", "+0.000]"]
    assert ip_id[-1] == "-"
