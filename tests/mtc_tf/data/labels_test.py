import fnmatch
import pathlib
import re
import time

import pytest

from mtc_tf.data.labels import Labels
from mtc_tf.data.labels import read_label_map
from mtc_tf.errors import InputError

ROOT = pathlib.Path(__file__).resolve().parents[3]
SHIPPED = ROOT / "datasets/iscx_vpn_nonvpn/labels.csv"

HEADER = "capture,application,traffic_type,auxiliary,group\n"


def _read(text):
    return read_label_map(text.encode(), name="labels.csv")


def _lookup(label_map, capture):
    """The labels of a capture all of whose flows have the same."""
    [labels] = label_map.lookup(capture).labels
    return labels


def _shipped():
    return read_label_map(SHIPPED.read_bytes(), name="shipped", version="1.0.0")


def test_shipped_map_has_the_classes_of_table_1():
    classes = _shipped().classes
    assert classes["application"] == [
        "AIM Chat", "Email", "Facebook", "FTPS", "Gmail", "Hangouts", "ICQ",
        "Netflix", "SCP", "SFTP", "Skype", "Spotify", "Tor", "Torrent",
        "Vimeo", "Voipbuster", "Youtube",
    ]  # fmt: skip
    kinds = ["Chat", "Email", "File Transfer", "Streaming", "Torrent", "VoIP"]
    assert classes["traffic_type"] == kinds + [f"VPN: {k}" for k in kinds]
    assert classes["auxiliary"] == [f"All_{kind}" for kind in kinds]


def test_shipped_map_ignores_case_and_spaces():
    expected = Labels("SCP", "File Transfer", "All_File Transfer", "scpup3")
    assert _lookup(_shipped(), "scpUp3") == expected
    assert _lookup(_shipped(), "SCP up3") == expected


def test_shipped_map_gives_tor_no_traffic_type():
    label_map = _shipped()
    labels = _lookup(label_map, "torFacebook")
    assert label_map.indices(labels) == {
        "application": 12,
        "traffic_type": -1,
        "auxiliary": -1,
    }


def test_auxiliary_is_derived_only_without_its_column():
    labels = _read("capture,application,traffic_type\na,X,VPN: Chat\nb,X,\n")
    assert _lookup(labels, "a").auxiliary == "All_Chat"
    assert _lookup(labels, "b").auxiliary == ""
    labels = _read(HEADER + "a,X,VPN: Chat,,\n")
    assert _lookup(labels, "a").auxiliary == ""


def test_glob_gives_each_capture_a_group_of_its_own_unless_named():
    labels = _read(HEADER + "call_*,X,VoIP,,\nchat_*,X,Chat,,alice\n")
    assert _lookup(labels, "call_1").group == "call_1"
    assert _lookup(labels, "chat_1").group == "alice"
    assert labels.lookup("film_1") is None


def test_unmatched_lists_labels_without_a_capture():
    labels = _read(HEADER + "call_*,X,VoIP,,\nchat_*,X,Chat,,\n")
    assert labels.unmatched(["call_1", "film_1"]) == ["chat_*"]


def test_classes_do_not_depend_on_the_order_of_rows():
    rows = ["a,b,z,,\n", "b,A,y,,\n"]
    labels = _read(HEADER + "".join(rows))
    turned = _read(HEADER + "".join(reversed(rows)))
    assert labels.classes["application"] == ["A", "b"]
    assert turned.classes == labels.classes
    assert turned.digest == labels.digest


def test_digest_counts_facts_and_no_notes():
    plain = "capture,application,traffic_type\na,X,Chat\n"
    noted = "capture,application,traffic_type,note\na,X,Chat,why\n"
    assert _read(plain).digest == _read(noted).digest
    assert _read(plain).digest != _read(plain.replace("X", "Y")).digest


def test_byte_order_mark_and_blanks_are_tolerated():
    content = b"\xef\xbb\xbfcapture, application ,traffic_type\n a , X ,Chat\n"
    labels = read_label_map(content, name="labels.csv")
    assert _lookup(labels, "a").application == "X"


def test_capture_that_matches_two_rows():
    labels = _read(HEADER + "a*,X,Chat,,\n*1,Y,Chat,,\n")
    with pytest.raises(InputError, match=r"'a1', received 2 .*'a\*', '\*1'"):
        _lookup(labels, "a1")


FLOWS = "capture,application,traffic_type,group,flows\n"


def test_rows_with_filters_share_a_capture():
    labels = _read(FLOWS + "a,X,VoIP,,udp\na,Y,Chat,g,\na*,Z,Chat,,tcp\n")
    found = labels.lookup("a")
    assert [row.filter_text for row in found.rows] == ["udp", ""]
    # The capture's own name, where no group is named.
    assert [row.group for row in found.labels] == ["a", "g"]
    # A row with the very name goes before globs here, too.
    [row] = labels.lookup("ab").rows
    assert (row.labels.application, row.filter_text) == ("Z", "tcp")
    assert labels.unmatched(["ab"]) == ["a"]


def test_examples_of_the_pages_are_label_maps():
    text = (ROOT / "docs/use/captures.md").read_text("utf-8")
    examples = re.findall("```csv\n(.*?)```", text, re.DOTALL)
    maps = list(map(_read, examples))
    assert [len(label_map.rows) for label_map in maps] == [3, 3]
    filters = [row.filter_text for row in maps[1].rows]
    assert filters[0] == "tcp port 993 or tcp port 587"
    assert filters[2] == ""


def test_digest_counts_filters():
    plain = "capture,application,traffic_type\na,X,Chat\n"
    empty = "capture,application,traffic_type,flows\na,X,Chat,\n"
    spaced = "capture,application,traffic_type,flows\na,X,Chat, tcp  port 1\n"
    assert _read(plain).digest == _read(empty).digest
    assert _read(plain).digest != _read(spaced).digest
    assert _read(spaced).digest == _read(spaced.replace("  ", " ")).digest


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("a,X,,,tcp prt 1\n", "line 2, column `flows`: expected and, or or t"),
        ("a,X,,,tcp\nA,Y,,,tcp\n", "line 3, .*'A' with the `flows` 'tcp' as i"),
        ("a,X,,,\na,Y,,,\n", "line 3, .* received 'a' as in line 2"),
        ("a,X,,,udp\na,X,,,t\x0bcp\n", "line 3, column `flows`: .*control"),
    ],
)
def test_broken_filters(rows, message):
    with pytest.raises(InputError, match=f"labels.csv, {message}") as caught:
        _read(FLOWS + rows)
    assert str(caught.value).isprintable()


def test_two_rows_without_a_filter_for_a_capture():
    labels = _read(FLOWS + "a*,X,,,\n*1,Y,,,\n*,Z,,,tcp\n")
    with pytest.raises(InputError, match=r"received 2 .*`flows`.*'a\*', '\*1'"):
        labels.lookup("a1")
    assert len(labels.lookup("a2").rows) == 2


def test_digests_of_the_shipped_maps_are_pinned():
    # They stand in every dataset and every run that was made with them.
    lab = ROOT / "datasets/traffic_lab/captures/labels.csv"
    assert _shipped().digest == (
        "583d1f1b7825dd908c3db19bd97d65168c0d6934c40af2a339dab9146954e682"
    )
    assert read_label_map(lab.read_bytes(), name="lab").digest == (
        "b40d5b7940a579827b806ba14ac9bd73d2d8cd44c6454f48913560dc4322eb32"
    )


COMPOSED, DECOMPOSED = "Café_Übung", "Cafe\u0301_U\u0308bung"


@pytest.mark.parametrize("label", [COMPOSED, DECOMPOSED, "caf?_*"])
@pytest.mark.parametrize("capture", [COMPOSED, DECOMPOSED])
def test_accents_meet_however_they_are_coded(label, capture):
    labels = _read(HEADER + f"{label},Call,VoIP,,\n")
    assert _lookup(labels, capture).application == "Call"
    assert _lookup(labels, capture).group == capture
    assert labels.unmatched([capture]) == []


def test_class_in_two_codings_is_one():
    labels = _read(HEADER + f"a,{COMPOSED},Chat,,\nb,{DECOMPOSED},Chat,,\n")
    assert labels.classes["application"] == [COMPOSED]


def test_two_rows_for_one_name_in_two_codings():
    with pytest.raises(InputError, match="as in line 2"):
        _read(HEADER + f"{COMPOSED},X,Chat,,\n{DECOMPOSED},X,Chat,,\n")


def test_row_with_the_very_name_goes_before_patterns():
    labels = _read(
        HEADER + "call[1],X,VoIP,,\ncall1,Y,VoIP,,\ncall*,Z,VoIP,,\n"
    )
    assert _lookup(labels, "call[1]").application == "X"
    assert _lookup(labels, "Call [1]").application == "X"
    assert _lookup(labels, "call1").application == "Y"
    assert _lookup(labels, "call2").application == "Z"
    assert labels.unmatched(["call[1]", "call1", "call2"]) == []
    # The pattern, where no capture has its name.
    assert _lookup(_read(HEADER + "call[1],X,VoIP,,\n"), "call1")


def test_piece_of_a_rotated_capture_has_the_labels_of_the_whole():
    labels = _read(HEADER + "dump,X,VoIP,,\ndump.pcap2,Y,VoIP,,\n")
    assert _lookup(labels, "dump.pcap1").application == "X"
    assert _lookup(labels, "dump.pcap1").group == "dump"
    assert _lookup(labels, "dump.pcap2").application == "Y"
    assert labels.unmatched(["dump.pcap1"]) == ["dump.pcap2"]
    assert (
        _lookup(_read(HEADER + "dump*,X,VoIP,,g\n"), "dump.pcap9").group == "g"
    )


def test_time_grows_with_captures_and_rows_not_with_their_product():
    names = [f"capture_{number}" for number in range(4_000)]
    labels = _read(
        HEADER + "".join(f"{name},{name},Chat,,\n" for name in names)
    )
    start = time.process_time()
    rows = [_lookup(labels, name) for name in names]
    numbers = [labels.indices(row)["application"] for row in rows]
    assert labels.unmatched(names) == []
    # A look at every row for each capture takes ten times as long.
    assert time.process_time() - start < 1
    assert sorted(numbers) == list(range(4_000))


def test_patterns_are_compiled_once(monkeypatch):
    text = "".join(f"{number}_*,X,Chat,,\n" for number in range(500))
    labels = _read(HEADER + text)
    monkeypatch.setattr(fnmatch, "translate", None)
    monkeypatch.setattr(fnmatch, "fnmatchcase", None)
    assert _lookup(labels, "7_a").group == "7_a"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('a,"X\nY",Chat,,', r"line 3, column `application`: .*'X\\nY'"),
        ('a,"X\r\nY",Chat,,', r"line 3, column `application`: .*'X\\r\\nY'"),
        ("a,X\x1b[31m,Chat,,", r"line 3, column `application`: .*x1b\[31m'"),
        ("a,X,Chat\x7fting,,", "line 3, column `traffic_type`: expected a"),
        ("a,X,Chat,All\u2028Chat,", "line 3, column `auxiliary`: expected a"),
        ("a,X,Chat,,g\x85roup", "line 3, column `group`: expected a value w"),
        ("a\tb,X,Chat,,", "line 3, column `capture`: expected a value witho"),
    ],
)
def test_control_character_in_a_label(row, message):
    with pytest.raises(InputError, match=f"labels.csv, {message}") as caught:
        _read(HEADER + f"b,X,Chat,,\n{row}\nc,X,Chat,,\n")
    assert str(caught.value).isprintable()


def test_lines_are_counted_over_notes_of_several():
    text = "capture,application,traffic_type,note\n"
    text += 'a,X,Chat,"one\ntwo\r\nthree"\nb,,Chat,"four\nfive"\n'
    with pytest.raises(InputError, match="line 5, column `application`"):
        _read(text)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"line 1: .* received an empty line"),
        (b"capture,app\na,X\n", r"line 1: .*missing: application, traffic"),
        (HEADER.encode(), "expected a row for each label, found none"),
        (
            HEADER.encode() + b"a,,Chat,,\n",
            r"line 2, column `application`: expected a value, received ''",
        ),
        (
            HEADER.encode() + b"a,X,Chat,,\n,X,Chat,,\n",
            r"line 3, column `capture`: expected a value, received ''",
        ),
        (
            HEADER.encode() + b"a*,X,Chat,,\nA *,Y,Chat,,\n",
            r"line 3, column `capture`: .* received 'A \*' as in line 2",
        ),
        (
            HEADER.encode() + b"a,X,Chat,,,more,yet\n",
            r"line 2: expected 5 fields, received 2 more: more, yet",
        ),
        (b"\xff\xfe", "expected UTF-8"),
        (HEADER.encode() + b'a,"X,Chat,,\n', "unexpected end of data"),
    ],
)
def test_broken_file(content, message):
    with pytest.raises(InputError, match=f"labels.csv.*{message}"):
        read_label_map(content, name="labels.csv")


PARTED = "capture,application,traffic_type,group,part\n"


def test_rows_may_name_a_part():
    labels = _read(PARTED + "a,X,Chat,,test\nb,X,Chat,,\n")
    assert _lookup(labels, "a").part == "test"
    assert _lookup(labels, "b").part == ""
    plain = "capture,application,traffic_type\na,X,Chat\nb,X,Chat\n"
    empty = PARTED + "a,X,Chat,,\nb,X,Chat,,\n"
    assert _read(plain).digest == _read(empty).digest != labels.digest


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            "a,X,,,tset\n",
            "line 2, column `part`: expected one of train, validation, test "
            "or an empty field, received 'tset'",
        ),
        (
            "a,X,,g,test\nb,X,,g,\n",
            "line 3, column `part`: expected 'test' as in another row of the "
            "group 'g', received ''",
        ),
    ],
)
def test_broken_parts(rows, message):
    with pytest.raises(InputError, match=f"labels.csv, {message}"):
        _read(PARTED + rows)


def test_rows_of_one_capture_agree_on_its_part():
    header = PARTED.replace("part", "flows,part")
    with pytest.raises(InputError, match="expected 'train' as in another row"):
        _read(header + "a,X,,,udp,train\na,Y,,,tcp,test\n")
