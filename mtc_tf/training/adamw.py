"""AdamW that knows which weights decay."""

import keras

_UNDECAYED = ("bias", "gamma", "beta")


@keras.saving.register_keras_serializable(package="mtc_tf")
class AdamW(keras.optimizers.AdamW):
    """AdamW whose decay leaves out biases, normalisations and positions.

    They are told by their names: `bias`, of normalisations `gamma` and `beta`,
    and whatever has `position` in its path. Keras does not save what its
    `exclude_from_weight_decay` was told, so that a training that is gone on
    with would let all weights decay; here each one tells it anew.

    Args:
        **kwargs: arguments of `keras.optimizers.AdamW`.
    """

    def build(self, variables):
        if not self.built:
            self.exclude_from_weight_decay(
                [
                    variable
                    for variable in variables
                    if variable.name in _UNDECAYED
                    or "position" in variable.path
                ]
            )
        super().build(variables)
