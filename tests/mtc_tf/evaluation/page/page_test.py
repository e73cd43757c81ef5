"""The page about runs whose figures were made by hand."""

import csv
import html.parser
import json
import re
import shutil
import subprocess

import pytest
import small_findings

from mtc_tf.cli import main
from mtc_tf.errors import InputError
from mtc_tf.evaluation.page import page

NAMES = ["Chat <b>", "VoIP $x$"]
# Beside those of `_write_findings`, by their names without the suffix.
_FILES = ("audit", "confidence", "unknown_traffic", "cost", "artefacts")


def _figure(value, interval=None):
    return {"value": value, "interval": interval}


def _reliabilities(before, after):
    bins = [
        {"share": 0.5, "confidence": 0.25, "accuracy": 0.5},
        {"share": 0.5, "confidence": 0.75, "accuracy": 0.625},
    ]
    return {
        "before": {"ece": before, "bins": bins},
        "after": {"ece": after, "bins": bins},
    }


def _task():
    def averages(f1):
        return {"precision": 0.25, "recall": 0.5, "f1": f1}

    def row(count, f1):
        return {"count": count, "precision": None, "recall": 0.75, "f1": f1}

    return {
        "rows": 40,
        "accuracy": 0.5,
        "macro": averages(0.625),
        "weighted": averages(0.5),
        "classes": {NAMES[0]: row(10, 0.5), NAMES[1]: row(30, 0.75)},
        "classes_evaluated": NAMES,
        "confusion_matrix": [[4, 6], [0, 30]],
        "figures": {
            "macro_f1": _figure(0.625, [0.5, 0.75]),
            "fw16": _figure(0.375, [0.25, 0.5]),
            "vote_10": _figure(0.25, [0.125, 0.5]),
        },
        "flows": 7,
        "groups": 3,
        "interval_over": "flow",
        "baselines": {
            "majority": {
                "macro_f1": _figure(0.125),
                "fw16": _figure(0.03125),
                "validation_fw16": 0.05,
            },
            "lower port": {
                "macro_f1": _figure(0.0),
                "fw16": _figure(0.0625),
                "validation_fw16": 0.1,
            },
            "forest": {
                "macro_f1": _figure(0.0),
                "fw16": _figure(0.4375),
                "validation_fw16": 0.3,
            },
        },
        "best_baseline": "forest",
        "against_best_baseline": {
            "fw16": {"difference": -0.0625, "interval": [-0.125, -0.03125]}
        },
        "averaged": {"fw16": _figure(0.5)},
        "averaged_against_trees": {
            "fw16": {"difference": 0.25, "interval": [-0.5, 0.75]}
        },
        "calibration": {
            "temperature": 1.5,
            "validation": _reliabilities(0.25, 0.125),
            "evaluated": _reliabilities(0.375, 0.0625),
        },
    }


def _write_run(folder, model="MTC", part="aa"):
    folder.mkdir()
    metrics = {
        "part": "test",
        "dataset": {"name": "lab", "config": "flow", "version": "1.0.0"},
        "split": "flow",
        "split_seed": 3,
        "recipe": "strict",
        "label_map": {"version": "1", "digest": "cc"},
        "digests": {"test": part},
        "training_seed": 5,
        "model": model,
        "parameters": 1234567,
        "versions": {"keras": "3"},
        "tasks": {"traffic_type": _task(), "application": {"rows": 0}},
    }
    (folder / "metrics.json").write_text(json.dumps(metrics))
    (folder / "run.json").write_text("{}")
    (folder / "history.csv").write_text("epoch,loss,val_loss\n1,2,3\n2,1,2.5\n")
    (folder / "flags.txt").write_text("--seed=5\n")
    (folder / "model.keras").write_bytes(b"x" * 4096)
    return folder


@pytest.fixture
def run(tmp_path):
    return _write_run(tmp_path / "run")


def _write_findings(run):
    """What the other commands leave in a run directory."""
    loss = {"difference": 0.125, "interval": [0.0625, 0.25]}
    explained = {
        "completeness_error": 0.001,
        "fields": {
            "ip.ttl": {"share": 0.25, "mean": 0.5},
            "transport.ports": {"share": 0.75, "mean": -0.125},
            "tcp.seq": {"share": 0.0, "mean": 0.0},
        },
        "randomised": {"transport.ports": loss},
        "without_fusion": {},
        "without_branch": {},
    }
    explanation = {
        "packets": {"attributed": 5},
        "tasks": {"traffic_type": explained},
    }
    (run / "explanation.json").write_text(json.dumps(explanation))
    others = {
        "captures": [
            {
                "capture": "theirs",
                "filter": "udp port 27015",
                "flows": 3,
                "rejected": {"0.05": 1, "0.1": 2},
                "tasks": {
                    "traffic_type": {
                        "label": "Game",
                        "knows": False,
                        "answers": {NAMES[0]: 2, NAMES[1]: 1},
                        "probability": 0.875,
                    }
                },
            }
        ],
        "tasks": {
            "traffic_type": {
                "flows": 4,
                "groups": 2,
                "unknown_classes": {"Game": 3},
                "probability_known": 0.5,
                "probability_unknown": 0.875,
                "accuracy": _figure(0.75, [0.5, 1.0]),
                "macro_f1": _figure(0.625),
            }
        },
        "flows_without_labels": {"theirs": 2},
    }
    (run / "other_captures.json").write_text(json.dumps(others))
    for name in _FILES:
        content = getattr(small_findings, name)()
        (run / f"{name}.json").write_text(json.dumps(content))


def test_what_other_commands_found(run, tmp_path):
    text = _written(tmp_path, run)
    assert "What decides" not in text and "other networks" not in text
    assert "<code>mtc audit --workdir=RUN</code> adds what the" in text
    _write_findings(run)
    text = _written(tmp_path, run)
    # The field that carries most stands first; one that carries none, not.
    assert text.index("transport.ports") < text.index("ip.ttl")
    assert "tcp.seq" not in text
    assert ">0.125 [0.062, 0.250]</td>" in text
    assert (
        "Traffic type: 4 flows in 2 groups whose class the model has: "
        "accuracy 0.750 [0.500, 1.000], macro F1 0.625."
    ) in text
    assert "Chat &lt;b&gt; 2, VoIP $x$ 1" in text
    assert "theirs, udp port 27015</td>" in text
    assert "Flows without a label, left out: theirs 2." in text
    assert "<td>1</td><td>2</td><td class=text>Chat" in text
    for title in ("gives away", "does not know", "it costs"):
        assert re.search(f"<h2>[^<]*{title}</h2>", text)
    for cell in ("6,854,349", "1,280", "4.000", "1.2e-07", "call_1", "95.000"):
        assert f">{cell}</td>" in text
    # Of what could be there, one thing was not looked for.
    assert "<code>mtc audit" not in text
    assert "<code>mtc ablate --workdir" in text
    for name in ("audit_tells", "unknown_scores", "unknown_traffic", "cost"):
        assert (tmp_path / f"report_tables/{name}.csv").exists()


def _written(tmp_path, *runs):
    output = tmp_path / "report.html"
    page.write_page(list(runs), output)
    return output.read_text("utf-8")


class _Tags(html.parser.HTMLParser):
    """Counts tags, and refuses what is left open."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.ids = [], [], []

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        self.ids += [value for name, value in attributes if name == "id"]
        if tag not in ("meta", "br", "use", "path", "rect"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.seen.append(tag)
        self.ids += [value for name, value in attributes if name == "id"]

    def handle_endtag(self, tag):
        if tag not in ("path", "use", "rect"):
            assert self.open.pop() == tag


def test_page_is_whole_and_alone(run, tmp_path):
    text = _written(tmp_path, run)
    tags = _Tags()
    tags.feed(text)
    assert tags.open == []
    # Bars, a confusion matrix, reliability and a learning curve.
    assert tags.seen.count("svg") == 4
    assert len(set(tags.ids)) == len(tags.ids)
    assert "script" not in tags.seen
    # Names of formats, which nobody follows.
    addresses = set(re.findall(r"https?://[^\"' <>]+", text))
    assert all(
        address.startswith("http://www.w3.org/") for address in addresses
    )


def test_figures_of_a_run(run, tmp_path):
    text = _written(tmp_path, run)
    assert (
        "fw16: forest is better than the model by 0.062 [0.031, 0.125]" in text
    )
    assert "40 rows of 7 flows; in brackets 95 % intervals" in text
    for cell in (
        "0.375 [0.250, 0.500]",
        "forest (best on validation)",
        "lower port",
        "1,234,567",
        "4,096",
        "1.500",
        "0.062",
    ):
        assert f">{cell}</td>" in text
    assert "Flows were kept apart: no flow stands in two parts." in text
    assert "--seed=5" in text


def test_names_are_text(run, tmp_path):
    text = _written(tmp_path, run)
    assert "Chat <b>" not in text
    assert "Chat &lt;b&gt;" in text
    assert "VoIP $x$" in text


def test_equal_runs_give_equal_pages(run, tmp_path):
    assert _written(tmp_path, run) == _written(tmp_path, run)


def test_tables_are_numbers_in_csv(run, tmp_path):
    _written(tmp_path, run)
    with open(tmp_path / "report_tables/traffic_type_figures.csv") as file:
        rows = {row["model"]: row for row in csv.DictReader(file)}
    assert list(rows) == [
        "the model",
        "majority",
        "lower port",
        "forest (best on validation)",
        "model and trees averaged",
    ]
    model = rows["the model"]
    assert (model["fw16"], model["fw16 low"]) == ("0.375", "0.25")
    assert rows["majority"]["macro F1"] == "0.125"
    assert rows["majority"]["fw16"] == "0.03125"
    assert rows["majority"]["vote of 10"] == ""


def test_runs_side_by_side(run, tmp_path):
    other = _write_run(tmp_path / "other", "MTC-Lite")
    text = _written(tmp_path, run, other)
    for label in ("MTC, lab/flow", "MTC-Lite, lab/flow"):
        assert f"<p>{label}: fw16: forest is better than the model" in text
    # Of the shallow models the bar and the best alone.
    assert text.count(">majority</td>") == 2
    assert ">lower port</td>" not in text
    assert "evaluated on different rows" not in text


def test_runs_of_different_rows_are_not_compared(run, tmp_path):
    other = _write_run(tmp_path / "other", part="bb")
    text = _written(tmp_path, run, other)
    assert "evaluated on different rows" in text
    # Of one model and dataset: told apart by their folders.
    assert f"MTC, lab/flow, {other}" in text


def test_command(run, tmp_path, capsys):
    output = tmp_path / "page.html"
    assert main(["compare", str(run), f"--output={output}"]) == 0
    assert capsys.readouterr().out.endswith(f"written to {output}\n")
    assert output.read_text("utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("history.csv", "epoch,loss\n1,x\n", "history.csv is damaged"),
        ("run.json", "[]", "run.json does not hold what it should"),
        ("metrics.json", "{}", "lacks 'part'.*mtc evaluate"),
        ("audit.json", "{}", "audit.json lacks 'dataset'"),
        ("cost.json", "[1]", "cost.json does not hold what it should"),
        ("unknown_traffic.json", "{}", "unknown_traffic.json lacks 'left_out'"),
        ("artefacts.json", '{"a": {}}', "artefacts.json lacks 'a.bytes'"),
        ("confidence.json", "{", "confidence.json is not valid JSON"),
    ],
)
def test_damaged_files_are_named(file, content, message, run, tmp_path):
    (run / file).write_text(content)
    with pytest.raises(InputError, match=message):
        page.write_page([run], tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_libraries_that_are_missing_are_named(run, tmp_path, monkeypatch):
    monkeypatch.setattr(page, "_LIBRARIES", ("jinja2", "nobody_has_this"))
    assert not page.can_write_page()
    with pytest.raises(InputError, match="nobody_has_this.*mtc-tf.report"):
        page.write_page([run], tmp_path / "report.html")


# Measures a page in a frame as wide as a telephone's screen.
_FRAME = """
<iframe src="report.html" width="400" height="800"></iframe>
<pre id="found"></pre>
<script>
onload = () => {
  const page = document.querySelector("iframe").contentDocument;
  const pictures = [...page.querySelectorAll("svg")].map(
    (svg) => svg.getBoundingClientRect());
  document.getElementById("found").textContent = JSON.stringify({
    isTooWide: page.documentElement.scrollWidth > 400,
    pictures: pictures.filter((x) => x.width > 100 && x.height > 50).length,
    loaded: page.defaultView.performance.getEntriesByType("resource").length,
    fontSize: parseFloat(getComputedStyle(page.querySelector("p")).fontSize),
  });
};
</script>
"""


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("chromium"), reason="needs Chromium")
@pytest.mark.parametrize("is_whole", [False, True])
def test_browser_shows_it_whole_on_a_narrow_screen(is_whole, run, tmp_path):
    if is_whole:
        _write_findings(run)
    _written(tmp_path, run)
    frame = tmp_path / "frame.html"
    frame.write_text(_FRAME)
    shown = subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu"),
            *("--allow-file-access-from-files", "--enable-logging=stderr"),
            f"--user-data-dir={tmp_path / 'profile'}",
            *("--virtual-time-budget=2000", "--dump-dom", frame.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    found = json.loads(re.search(r'id="found">(.*?)</pre>', shown.stdout)[1])
    assert found == {
        "isTooWide": False,
        "pictures": 4,
        "loaded": 0,
        "fontSize": 16,
    }
    # What scripts and the policy of the page complain about.
    assert "CONSOLE" not in shown.stderr
