from mtc_tf.files.text_table import text_table


def test_numbers_stand_right_and_texts_left():
    rows = [
        {"name": "one", "rows": 5, "share": "1,005", "why": "arp 2"},
        {"name": "twenty", "rows": 12, "share": "7", "why": ""},
    ]
    assert text_table(rows, left=["name", "why"]).splitlines() == [
        "name      rows    share  why",
        "one          5    1,005  arp 2",
        "twenty      12        7",
    ]


def test_texts_are_neither_numbers_nor_cut_off():
    rows = [{"name": "1e3", "long": "x" * 300}]
    _, line = text_table(rows, left=["name"]).splitlines()
    assert line.split() == ["1e3", "x" * 300]
