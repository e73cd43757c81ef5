"""What decides the answers of a trained run."""

import tqdm

from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import TRAIN
from mtc_tf.errors import InputError
from mtc_tf.evaluation.evaluate import row_facts
from mtc_tf.evaluation.randomised_fields import randomise_field
from mtc_tf.evaluation.run_dataset import open_dataset
from mtc_tf.explanation import contributions
from mtc_tf.explanation.answers import answers_of
from mtc_tf.explanation.answers import costs
from mtc_tf.explanation.answers import figure_of
from mtc_tf.explanation.answers import rank_correlations
from mtc_tf.explanation.attention import attention_received
from mtc_tf.explanation.attention import token_names
from mtc_tf.explanation.attribution import attribute
from mtc_tf.explanation.attribution import mean_entries
from mtc_tf.explanation.drawn_packets import drawn_packets
from mtc_tf.explanation.field_attribution import attribution_averages
from mtc_tf.explanation.opened_model import OpenedModel
from mtc_tf.packets.row_fields import ROW_FIELDS
from mtc_tf.runs.provenance import provenance
from mtc_tf.tasks import PACKET

# A check asks for one answer to a packet, an attribution for dozens of
# gradients.
CHECKED_PER_ATTRIBUTED = 8


def explain(run, part, count, data_dir=None):
    """Says which bytes and which pieces of a model decide its answers.

    Packets are drawn at most 16 of a flow, as fw16 counts them.

    Args:
        run: `mtc_tf.runs.run_directory.Run`.
        part: str. `train`, `validation` or `test`.
        count: int. Packets to attribute the answers to. The checks take eight
            times as many.
        data_dir: str. Where the prepared dataset lies now; by default where
            it lay when the run was trained.

    Returns:
        dict that `json` can write: `part`, the entries of `provenance`, how
        many packets were drawn, `attention` (`tokens`, and what each gets in
        each of the `blocks`), and `tasks`. Of a task: `fw16` of the packets
        that were drawn; the entries of `attribution_averages`; and as of
        `costs` what it costs to have each field `randomised`, a direction of
        the fusion cut (`without_fusion`) or a branch replaced by its mean
        (`without_branch`), with the `rank_correlations` of the first.

    Raises:
        InputError: if the run holds no model of packets, if run or dataset
            cannot be read, or if the dataset is not the one that the run was
            trained on.
    """
    if run.facts.kind is not PACKET:
        raise InputError(
            f"{run.path} holds a model of {run.facts.kind.name}; only models "
            "of packets can be explained"
        )
    facts = provenance(run)
    builder = open_dataset(run, facts, data_dir)
    model = OpenedModel(run.load_model())
    most = count * CHECKED_PER_ATTRIBUTED
    average, _ = _drawn(builder, PARTS[TRAIN], run.facts.tasks, most)
    packets, rows = _drawn(builder, part, run.facts.tasks, most)
    # None: on a terminal only.
    with tqdm.tqdm(unit=" packets", disable=None, leave=False) as progress:
        whole, changed = _changed_answers(model, packets, progress.update)
        attention = attention_received(model, packets, progress.update)
        baseline = mean_entries(model, average)
        tasks = {}
        for task, names in run.facts.tasks.items():
            # The order on disk is that of a hash, so these are drawn, too.
            attributed = packets[:count]
            found = attribute(
                model, task, baseline, attributed, progress.update
            )
            tasks[task] = {
                "fw16": figure_of(rows, task, whole[task]),
                **attribution_averages(attributed, found, names),
                **{
                    kind: costs(rows, task, whole[task], answers)
                    for kind, answers in changed[task].items()
                },
            }
            tasks[task]["rank_correlations"] = rank_correlations(
                tasks[task]["fields"], tasks[task]["randomised"]
            )
    return {
        "part": part,
        **facts,
        "packets": {
            "attributed": len(attributed),
            "checked": len(packets),
            "average": len(average),
        },
        "interval_over": rows["interval_over"],
        "attention": _attention(model, attention),
        "tasks": tasks,
    }


def _drawn(builder, part, tasks, count):
    """Draws packets of a part; returns them and what is known of each."""
    rows = row_facts(builder, part, tasks)
    chosen, packets = drawn_packets(builder, part, rows["flow"], count)
    over = rows.pop("interval_over")
    drawn = {name: values[chosen] for name, values in rows.items()}
    return packets, {**drawn, "interval_over": over}


def _changed_answers(model, packets, progress):
    """The answers to packets, and those with something changed.

    Returns:
        tuple of a dict from task to array, and a dict from task to the kind of
        change to its name to array.
    """

    def whole(rows):
        return model.model({PACKET.name: rows}, training=False)

    randomised = {}
    for field in ROW_FIELDS:
        rows = randomise_field(packets, field)
        if (rows != packets).any():
            randomised[field] = answers_of(whole, rows, progress)
    changes = {
        "randomised": randomised,
        "without_fusion": contributions.answers_without_fusion(
            model, packets, progress
        ),
        "without_branch": contributions.answers_without_branch(
            model, packets, progress
        ),
    }
    answers = answers_of(whole, packets, progress)
    return answers, {
        task: {
            kind: {name: values[task] for name, values in changed.items()}
            for kind, changed in changes.items()
        }
        for task in answers
    }


def _attention(model, received):
    if not received:
        return None
    num_tokens = len(next(iter(received.values())))
    return {
        "tokens": token_names(model, num_tokens),
        "blocks": {block: x.tolist() for block, x in received.items()},
    }
