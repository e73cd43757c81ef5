"""What commands leave in a run directory, with figures made by hand."""


def _scores(macro_f1, fw16):
    return {"macro_f1": macro_f1, "fw16": fw16}


def audit():
    """An audit of 8 test rows: a flow in two parts, and a port that tells."""
    flow = "flow: 0.50 of macro F1 by itself (application)"
    return {
        "dataset": "lab/flow/1.0.0",
        "rows": {"train": 16, "validation": 4, "test": 8},
        "findings": [
            {
                "text": flow,
                "details": "1 of 5 flows stand in several parts",
                "examples": ["- flow 3 of a"],
                "remedy": "The split by flow takes this away.",
            },
            {
                "text": "lower port: 0.38 of macro F1 by itself (application)",
                "details": "",
                "examples": [],
                "remedy": "",
            },
        ],
        "equal_rows": {
            "within": {"train": 1, "validation": 0, "test": 0},
            "test_rows": 2,
            "test_share": 0.25,
            "other_label": {"application": {"test_rows": 1, "rows": 3}},
        },
        "tells": [
            {
                "name": name,
                "kind": "field",
                "test_share": 0.5,
                "tasks": {"application": _scores(value, value / 2)},
            }
            for name, value in (
                ("lower port", 0.375),
                *((f"field {number}", 0.25) for number in range(10)),
            )
        ],
        "baselines": {
            "application": {
                "always the largest class": _scores(0.125, 0.0625),
                "forest": _scores(0.75, 0.625),
            }
        },
        "shared": {
            "flow": {
                "units": 5,
                "shared": 1,
                "test_rows": 4,
                "test_share": 0.5,
            },
            "group": {
                "units": 3,
                "shared": 0,
                "test_rows": 0,
                "test_share": 0.0,
            },
        },
        "captures": {
            "application": {
                "judged": 3,
                "doubtful": [
                    {
                        "capture": "call_1",
                        "label": "Chat",
                        "looks_like": "VoIP",
                        "flows": 4,
                        "flows_in_doubt": 3,
                        "probability": 0.875,
                    }
                ],
            }
        },
    }


def confidence():
    """Scores of known rows from 0 to 100, and of flows from 0 to 1."""
    return {
        "temperatures": {"application": 1.0, "traffic_type": 1.5},
        "unknown": {
            "score": "energy",
            "task": "application",
            "quantiles": {
                "row": [float(level) for level in range(101)],
                "flow": [level / 100 for level in range(101)],
            },
        },
    }


def unknown_traffic():
    """One score that tells all of a left-out application; none in test."""
    found = {"known": 8, "unknown": 4, "auroc": 1.0, "found": 0.75}
    nothing = {"known": 6, "unknown": 0, "auroc": None, "found": None}
    return {
        "left_out": "Torrent",
        "validation": {
            "class_distance": {"row": found | {"false_alarms": 0.0}}
        },
        "test": {"class_distance": {"row": nothing | {"false_alarms": 0.125}}},
    }


def cost():
    """1,280 rows a second, and 4 ms for one."""
    return {
        "flops": 6_854_349,
        "batch": 128,
        "rows_per_second": 1280.25,
        "seconds_of_one_row": 0.004,
        "cores": 2,
        "gpus": 1,
    }


def artefacts():
    """An export of two."""
    return {
        "saved_model/1": {"bytes": 5000, "largest_difference": 1.25e-7},
        "model.tflite": {
            "bytes": 3000,
            "largest_difference": 0.0,
            "macro_f1_lost": {"application": 0.12, "traffic_type": -0.5},
            "rows": 64,
            "speed": {
                "1": {
                    "median_ms": 0.25,
                    "p99_ms": 0.5,
                    "rows_per_second": 4200.4,
                }
            },
        },
    }
