"""What a set of captures holds: labels, sessions, and a summary."""

import numpy as np
import pandas as pd

from lab.conditions import conditions_row
from lab.errors import LabError
from lab.missing import missing_lines
from lab.packages import installed_packages
from lab.plans import find_scenario
from lab.plans import labels_rows
from lab.plans import plan_beside
from lab.scenarios import Role
from lab.set_files import write_csv
from mtc_tf.packets import CaptureReport
from mtc_tf.packets import preprocess_capture

# What the second half of a report begins with.
MISSING = "Missing:"


def write_report(plans, missing, folder):
    """Writes `labels.csv`, `unknown.csv`, `sessions.csv` and `report.md`.

    Args:
        plans: list of `lab.plans.Plan` that were played.
        missing: list of `lab.missing.Missing`.
        folder: `pathlib.Path`. Holds the capture of each plan, and gets the
            files.

    Raises:
        LabError: if nothing was played.
    """
    if not plans:
        raise LabError("no session could be played")
    for name, unseen in (("labels.csv", False), ("unknown.csv", True)):
        write_csv(
            folder / name,
            [
                row
                for plan in plans
                if (find_scenario(plan.scenario).role is Role.UNSEEN) == unseen
                for row in labels_rows(plan)
            ],
        )
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
            **_beside_row(plan_beside(plan)),
            **conditions_row(plan.conditions),
            **count_capture(folder / f"{plan.name}.pcap"),
        }
        for plan in plans
    ]
    write_csv(folder / "sessions.csv", sessions)
    lines = [*sessions_table(sessions), "", *_missing(missing)]
    lines += ["", "Debian packages:", ""]
    lines += [f"- {name} {of}" for name, of in installed_packages().items()]
    (folder / "report.md").write_text("\n".join(lines) + "\n", "utf-8")


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
    if not batches:
        raise LabError(
            f"{path} holds no packet with a payload; without the file, the "
            "session is played again"
        )
    times = np.concatenate([batch.timestamps for batch in batches])
    flows = np.concatenate([batch.flows for batch in batches])
    return {
        "packets": report.read,
        "kept": report.kept,
        "flows": len(np.unique(flows)),
        "seconds": round(float(np.ptp(times)), 1),
        "bytes": path.stat().st_size,
    }


def _beside_row(plan):
    """The columns of what is played beside a session, empty if nothing is."""
    return {
        "beside": plan.scenario if plan else "",
        "beside_server": plan.server if plan else "",
        "beside_client": plan.client if plan else "",
        "beside_port": plan.port if plan else "",
    }


def sessions_table(sessions):
    """Sums sessions up, by scenario and tunnel.

    Args:
        sessions: list of dicts, the rows of `sessions.csv`.

    Returns:
        list of str, the lines of a table in Markdown.
    """
    sessions = pd.DataFrame(sessions)
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
    return lines


def _missing(missing):
    failed = sum(not one.lacks for one in missing)
    lines = [f"{MISSING} {failed} failed, {len(missing) - failed} skipped."]
    if missing:
        lines += ["", *(f"- {line}" for line in missing_lines(missing))]
    return lines
