"""What `mtc evaluate` and `mtc bench` find of a run, and write beside it."""

from mtc_tf.commands.run_page import write_run_page
from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import TEST
from mtc_tf.printable import printable
from mtc_tf.runs.run_directory import ANSWERS_FILE
from mtc_tf.runs.run_directory import COST_FILE
from mtc_tf.runs.run_directory import METRICS_FILE
from mtc_tf.runs.run_directory import UNKNOWN_TRAFFIC_FILE
from mtc_tf.runs.run_directory import write_confidence
from mtc_tf.runs.run_directory import write_json
from mtc_tf.tasks import APPLICATION


def evaluate_run(run, part, data_dir, baselines, out=None):
    """Evaluates a run, and writes to its directory what is found.

    Those are the figures of the part, and `confidence.json`; of the test part
    also the answers, the cost, what is found of an application that was left
    out, and the page.

    Args:
        run: `mtc_tf.runs.run_directory.Run`.
        part: str. `train`, `validation` or `test`.
        data_dir: str or None, as of `mtc_tf.evaluation.evaluate.evaluate`.
        baselines: as of `evaluate`.
        out: text file that gets the report, and the names of what is written;
            by default the standard output.

    Raises:
        InputError: as of `evaluate`.
    """
    from mtc_tf.evaluation.confidence import fit_confidence
    from mtc_tf.evaluation.confidence import left_out_class
    from mtc_tf.evaluation.evaluate import evaluate
    from mtc_tf.evaluation.model_cost import model_cost
    from mtc_tf.evaluation.report import format_report
    from mtc_tf.evaluation.unknown_traffic import unknown_traffic

    def write(name, content, what):
        path = run.path / name
        write_json(path, content)
        print(f"{what} {printable(path)}", file=out, flush=True)

    is_test = part == PARTS[TEST]
    result = evaluate(
        run,
        part,
        data_dir,
        baselines=baselines,
        answers_file=run.path / ANSWERS_FILE if is_test else None,
    )
    print(f"{format_report(result)}\n", file=out, flush=True)
    name = METRICS_FILE if is_test else f"metrics_{part}.json"
    write(name, result, "written to")
    confidence = fit_confidence(run, result, data_dir)
    if confidence:
        path = write_confidence(run.path, confidence)
        what = "temperatures, and scores of known traffic:"
        print(f"{what} {printable(path)}", file=out, flush=True)
    if not is_test:
        return
    if confidence and left_out_class(run, APPLICATION) is not None:
        found = unknown_traffic(run, data_dir)
        write(UNKNOWN_TRAFFIC_FILE, found, "the application that was left out:")
    write(COST_FILE, model_cost(run, part, data_dir), "what an answer costs:")
    write_run_page(run.path, out)
