"""What weight decay and a final normalisation do to validation figures.

    python -m benchmarks.training_choices --data_dir=DATA

Trains a small MTC once for each way, with the same seed, rows and number of
steps, and prints the best epoch on the validation part. The ways are the
package's own, weight decay apart from the gradient (as `keras.optimizers.Adam`
has it), and no normalisation between the last encoder and the application
head.
"""

import argparse
import itertools
import sys
import time

from mtc_tf.commands import startup

# Those of a small MTC, or of the Multi-task Transformer.
_SIZES = {
    "num_encoders": (1, 1, 1),
    "stem_strides": 25,
    "encoder_dropout": 0.0,
    "cnn_dropout": 0.0,
}
_ENCODERS = 3


def main():
    """Runs the benchmark; returns the exit code."""
    args = _parse_arguments()
    startup.import_tensorflow()
    print("model        decay     final norm  seed  epoch  loss    macro F1")
    for seed in args.seeds:
        for decay, final_norm in itertools.product(args.decay, args.final_norm):
            begin = time.perf_counter()
            epoch, loss, figures = _train(args, decay, final_norm, seed)
            seconds = time.perf_counter() - begin
            print(
                f"{args.model:12} {decay:9} {final_norm:11} {seed:4}"
                f"  {epoch:5}  {loss:6.4f}"
                + "".join(f"  {figure:.4f}" for figure in figures)
                + f"  ({seconds:.0f} s)",
                flush=True,
            )
    return 0


def _parse_arguments():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.training_choices",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data_dir",
        required=True,
        help="the folder given to `tfds build --data_dir`",
    )
    parser.add_argument("--dataset", default="traffic_lab/flow")
    parser.add_argument(
        "--model", choices=["mtc", "transformer"], default="mtc"
    )
    parser.add_argument("--batch_size", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument(
        "--steps", type=int, default=120, help="training steps of an epoch"
    )
    parser.add_argument("--weight_decay", type=float, default=1e-4)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument(
        "--decay",
        nargs="+",
        choices=["gradient", "apart"],
        default=["gradient", "apart"],
    )
    parser.add_argument(
        "--final_norm", nargs="+", choices=["yes", "no"], default=["yes", "no"]
    )
    return parser.parse_args()


def _train(args, decay, final_norm, seed):
    """Returns the best epoch, its loss, and its macro F1 for each task."""
    import keras

    from mtc_tf.data import input_pipeline
    from mtc_tf.data import training_batches
    from mtc_tf.training import trainer
    from mtc_tf.training.compilation import compile_model
    from mtc_tf.training.protocol import Protocol

    builder = input_pipeline.load_builder(args.dataset, args.data_dir)
    classes = builder.info.metadata["classes"]
    protocol = Protocol(
        schedule="cosine", weight_decay=args.weight_decay, seed=seed
    )
    trainer.seed_everything(seed)
    model = _make_model(args.model, classes, final_norm == "yes")
    weights = {
        task.name: task.loss_weight
        for task in input_pipeline.model_input(builder).tasks
    }
    compile_model(model, protocol, weights, args.epochs * args.steps)
    if decay == "apart":
        model.optimizer = keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(
                protocol.learning_rate, args.epochs * args.steps
            ),
            weight_decay=args.weight_decay,
        )
    validation = input_pipeline.read_part(
        builder, "validation", classes, args.batch_size
    )
    history = model.fit(
        training_batches.read_for_training(
            builder, classes, args.batch_size, seed, steps=args.steps
        ),
        epochs=args.epochs,
        steps_per_epoch=args.steps,
        validation_data=validation,
        callbacks=[
            keras.callbacks.EarlyStopping(
                patience=args.epochs, restore_best_weights=True
            )
        ],
        verbose=0,
    ).history
    loss = min(history["val_loss"])
    epoch = history["val_loss"].index(loss) + 1
    return epoch, loss, _macro_f1(model, validation, classes)


def _make_model(name, classes, final_norm):
    import keras

    from mtc_tf.models.mtc import MTC
    from mtc_tf.models.multitask_transformer import MultitaskTransformer

    num_classes = {task: len(names) for task, names in classes.items()}
    if name == "mtc":
        model = MTC(num_classes, _SIZES)
        norm = model.backbone.get_layer("final_norm")
    else:
        model = MultitaskTransformer(
            num_classes, num_encoders=_ENCODERS, dropout=0.0
        )
        norm = model.get_layer("final_norm")
    if not final_norm:
        # It stays in the model and does nothing.
        norm.trainable = False
        norm.call = keras.ops.copy
    return model


def _macro_f1(model, batches, classes):
    """The macro F1 of each task."""
    import numpy as np

    from mtc_tf.evaluation.metrics import classification_metrics
    from mtc_tf.tasks import MISSING_LABEL

    labels = {task: [] for task in classes}
    for _, targets, weights in batches:
        for task in classes:
            labels[task].append(
                np.where(weights[task], targets[task], MISSING_LABEL)
            )
    probabilities = model.predict(batches.map(lambda x, y, w: x), verbose=0)
    return [
        classification_metrics(
            np.concatenate(labels[task]), probabilities[task], names
        )["macro"]["f1"]
        for task, names in classes.items()
    ]


if __name__ == "__main__":
    sys.exit(main())
