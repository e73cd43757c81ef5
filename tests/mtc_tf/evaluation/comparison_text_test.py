from mtc_tf.evaluation.comparison_text import comparison_text


def _figures(fw16, log_loss, interval=(0.25, 0.75)):
    return {
        name: {"value": value, "interval": interval and list(interval)}
        for name, value in (
            ("macro_f1", 0.125),
            ("fw16", fw16),
            ("vote_10", 0.375),
            ("vote", 0.625),
            ("log_loss", log_loss),
        )
    }


def _against(difference, interval):
    return {"difference": difference, "interval": interval}


RESULT = {
    "figures": _figures(0.5, 1.0),
    "flows": 60,
    "groups": 30,
    "interval_over": "flow",
    "baselines": {"forest": {**_figures(0.75, 2.0), "validation_fw16": 0.5}},
    "best_baseline": "forest",
    "against_best_baseline": {
        "fw16": _against(-0.25, [-0.375, -0.125]),
        "log_loss": _against(-1.0, [-1.5, -0.5]),
    },
    "averaged": _figures(0.75, 0.5),
    "averaged_against_trees": {
        "fw16": _against(0.0625, [-0.125, 0.25]),
        "log_loss": _against(0.0, None),
    },
}


def test_table_and_who_is_better():
    table, sentences = comparison_text(RESULT)
    assert table.splitlines()[0] == (
        "95 % intervals by drawing the 60 flows anew"
    )
    rows = [line.split() for line in table.splitlines()[2:]]
    figures = ["0.125", "0.500", "[0.250,", "0.750]", "0.375", "0.625", "1.000"]
    assert rows[0] == ["the", "model", *figures]
    assert [row[0] for row in rows] == ["the", "forest", "model"]
    assert sentences.splitlines() == [
        "fw16: forest is better than the model by 0.250 [0.125, 0.375]",
        "log loss: the model is better than forest by 1.000 [0.500, 1.500]",
        "fw16: model and trees averaged less trees averaged is +0.062 "
        "[-0.125, 0.250]; the interval holds zero: these 60 flows cannot tell",
        "log loss: model and trees averaged and trees averaged are level",
    ]


def test_groups_are_what_is_drawn():
    text = "\n\n".join(comparison_text({**RESULT, "interval_over": "group"}))
    assert "by drawing the 30 groups with 60 flows anew" in text
    assert "these 30 groups cannot tell" in text


def test_model_alone():
    alone = {
        key: RESULT[key]
        for key in ("figures", "flows", "groups", "interval_over")
    }
    [table] = comparison_text(alone)
    assert len(table.splitlines()) == 3


def test_records():
    figures = {
        "figures": {
            name: {"value": 0.5, "interval": None}
            for name in ("macro_f1", "log_loss")
        },
    }
    assert comparison_text(figures) == []
    beside = {
        **figures,
        "baselines": {"forest": figures["figures"]},
        "best_baseline": "forest",
        "averaged": figures["figures"],
        **dict.fromkeys(
            ("against_best_baseline", "averaged_against_trees"),
            {"macro_f1": _against(0.25, None)},
        ),
    }
    table, sentences = comparison_text(beside)
    assert table.splitlines()[0].split() == ["macro", "F1", "log", "loss"]
    assert sentences.splitlines()[0] == (
        "macro F1: the model is better than forest by 0.250"
    )


def test_figures_of_an_earlier_version():
    assert comparison_text({"rows": 3, "accuracy": 0.5}) == []
