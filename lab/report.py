"""What a set of captures holds: labels, sessions, and a summary."""

import csv
import pathlib
import subprocess

import numpy as np
import pandas as pd

from lab.conditions import conditions_row
from lab.plans import labels_row
from mtc_tf.packets import CaptureReport
from mtc_tf.packets import preprocess_capture

_PACKAGES = pathlib.Path(__file__).with_name("packages.txt")


def write_report(plans, folder):
    """Writes `labels.csv`, `sessions.csv` and `report.md`.

    Args:
        plans: list of `lab.plans.Plan`.
        folder: `pathlib.Path`. Holds the capture of each, and gets the files.
    """
    labels = [labels_row(plan) for plan in plans]
    _write_csv(folder / "labels.csv", labels)
    sessions = [
        {
            "capture": plan.name,
            "scenario": plan.scenario,
            "tunnel": plan.tunnel,
            "server": plan.server,
            "client": plan.client,
            "port": plan.port,
            "tunnel_port": plan.tunnel_port,
            "seed": plan.seed,
            **conditions_row(plan.conditions),
            **count_capture(folder / f"{plan.name}.pcap"),
        }
        for plan in plans
    ]
    _write_csv(folder / "sessions.csv", sessions)
    (folder / "report.md").write_text(_format(pd.DataFrame(sessions)), "utf-8")


def count_capture(path):
    """Counts what a capture holds.

    Args:
        path: `pathlib.Path`.

    Returns:
        dict: `packets`, `kept` (after the paper's preprocessing), `flows` (of
        kept packets), `seconds` (from the first kept packet to the last), and
        `bytes` of the file.
    """
    report = CaptureReport()
    batches = list(preprocess_capture(path, report=report))
    times = np.concatenate([batch.timestamps for batch in batches])
    flows = np.concatenate([batch.flows for batch in batches])
    return {
        "packets": report.read,
        "kept": report.kept,
        "flows": len(np.unique(flows)),
        "seconds": round(float(np.ptp(times)), 1),
        "bytes": path.stat().st_size,
    }


def _write_csv(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _format(sessions):
    sessions["through"] = sessions["tunnel"].replace("", "-")
    counts = ["packets", "kept", "flows", "seconds", "bytes"]
    table = sessions.groupby(["scenario", "through"], sort=False)[counts].sum()
    table.insert(0, "sessions", sessions.groupby(table.index.names).size())
    total = pd.DataFrame(table.sum()).T
    total.index = pd.MultiIndex.from_tuples([("all", "")])
    table = pd.concat([table, total]).astype({"seconds": int, "flows": int})
    lines = ["| " + " | ".join(("scenario", "through", *table.columns)) + " |"]
    lines.append("| --- | --- |" + " ---: |" * len(table.columns))
    for names, row in table.iterrows():
        cells = (*names, *(f"{int(value):,}" for value in row))
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "Debian packages:", "", *_package_lines()]
    return "\n".join(lines) + "\n"


def _package_lines():
    names = [
        line
        for line in _PACKAGES.read_text().splitlines()
        if line and not line.startswith("#")
    ]
    done = subprocess.run(
        ["dpkg-query", "-W", "-f=- ${Package} ${Version}\n", *names],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.splitlines()
