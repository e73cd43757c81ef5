import pytest

from lab.errors import LabError
from lab.plans import make_plans
from lab.plans import plan_tries
from lab.unfinished import unfinished_set

PLANS = make_plans(["sftp"], 2, 0)
NAMES = [plan.name for plan in PLANS]


def _play(unfinished, plan, content=b"packets"):
    unfinished.log(plan).write_text("")
    unfinished.capture(plan).write_bytes(content)
    unfinished.keep(plan)


def _interrupted(output, plans, count):
    """Plays so many sessions, begins with another, and is interrupted."""
    with pytest.raises(KeyboardInterrupt):
        with unfinished_set(output, plans) as unfinished:
            for plan in plans[:count]:
                _play(unfinished, plan)
            unfinished.capture(plans[count]).write_bytes(b"half")
            raise KeyboardInterrupt


def _captures(folder):
    return sorted(path.stem for path in folder.rglob("*.pcap"))


@pytest.fixture
def output(tmp_path):
    return tmp_path / "lab"


def test_interrupted_set_goes_on_with_what_was_played(output):
    _interrupted(output, PLANS, 2)
    assert not output.exists()
    with unfinished_set(output, PLANS) as unfinished:
        assert unfinished.folder.name == "lab.unfinished"
        assert list(unfinished.played) == NAMES[:2]
        # What was being played is gone.
        assert _captures(unfinished.folder) == sorted(NAMES[:2])
        for plan in PLANS[2:]:
            _play(unfinished, plan)
    assert _captures(output) == sorted(NAMES)
    assert not (output / "playing").exists()
    assert [path.name for path in output.parent.iterdir()] == ["lab"]


def test_another_try_is_known_again(output):
    again = plan_tries(PLANS[0])[2]
    assert again.seed == "0/sftp_1/again/again"
    _interrupted(output, [again, *PLANS[1:]], 1)
    with unfinished_set(output, PLANS) as unfinished:
        assert unfinished.played == {"sftp_1": again}


def test_half_a_line_does_not_count(output):
    _interrupted(output, PLANS, 2)
    journal = output.with_name("lab.unfinished") / ".played.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-1])
    with pytest.raises(KeyboardInterrupt):
        with unfinished_set(output, PLANS) as unfinished:
            assert list(unfinished.played) == NAMES[:1]
            _play(unfinished, PLANS[1])
            raise KeyboardInterrupt
    assert journal.read_bytes() == whole


def test_session_without_its_capture_does_not_count(output):
    _interrupted(output, PLANS, 2)
    (output.with_name("lab.unfinished") / f"{NAMES[0]}.pcap").unlink()
    with unfinished_set(output, PLANS) as unfinished:
        assert list(unfinished.played) == NAMES[1:2]


def test_more_of_the_same_seed_goes_on(output):
    _interrupted(output, PLANS, 2)
    more = make_plans(["sftp", "imap"], 5, 0)
    with unfinished_set(output, more) as unfinished:
        assert list(unfinished.played) == NAMES[:2]


@pytest.mark.parametrize(
    "plans",
    [
        make_plans(["sftp"], 2, 1),
        make_plans(["imap"], 2, 0),
        make_plans(["sftp"], 1, 0)[1:],
    ],
)
@pytest.mark.parametrize("finished", [False, True])
def test_other_arguments_are_refused(output, plans, finished):
    _interrupted(output, PLANS, 2)
    if finished:
        output.with_name("lab.unfinished").rename(output)
    before = sorted(output.parent.rglob("*"))
    with pytest.raises(LabError, match="holds sftp_1, which is no session of"):
        with unfinished_set(output, plans):
            pass
    assert sorted(output.parent.rglob("*")) == before


def test_finished_set_is_unfinished_while_it_grows(output):
    with unfinished_set(output, PLANS) as unfinished:
        _play(unfinished, PLANS[0])
        (unfinished.folder / "labels.csv").write_text("sftp_1")
    with unfinished_set(output, PLANS) as unfinished:
        assert not output.exists()
        assert not (unfinished.folder / "labels.csv").exists()
        _play(unfinished, PLANS[1])
    assert _captures(output) == sorted(NAMES[:2])


def test_log_of_a_failure_stays_until_it_is_tried_again(output):
    with unfinished_set(output, PLANS) as unfinished:
        unfinished.log(PLANS[0]).write_text("no route")
        unfinished.keep_log(PLANS[0])
    assert (output / "failed" / "sftp_1.log").read_text() == "no route"
    with unfinished_set(output, PLANS):
        pass
    assert not (output / "failed").exists()


def test_two_labs_at_once(output):
    with unfinished_set(output, PLANS) as unfinished:
        with pytest.raises(
            LabError, match="another lab is at work in .*lab.un"
        ):
            with unfinished_set(output, PLANS):
                pass
        _play(unfinished, PLANS[0])
    assert _captures(output) == NAMES[:1]


@pytest.mark.parametrize("name", ["lab", "lab.unfinished"])
def test_folder_of_others_is_left_alone(output, name):
    thesis = output.with_name(name) / "thesis.txt"
    thesis.parent.mkdir()
    thesis.write_text("years of work")
    with pytest.raises(LabError, match="not of the lab|something else"):
        with unfinished_set(output, PLANS):
            pass
    assert thesis.read_text() == "years of work"
    assert list(output.parent.rglob("*.txt")) == [thesis]


def test_finished_and_unfinished_set_of_one_name(output):
    _interrupted(output, PLANS, 1)
    unfinished = output.with_name("lab.unfinished")
    output.mkdir()
    for path in unfinished.iterdir():
        if path.is_file():
            (output / path.name).write_bytes(path.read_bytes())
    with pytest.raises(LabError, match="expected one of .* found both"):
        with unfinished_set(output, PLANS):
            pass


def test_unreadable_line_is_refused(output):
    _interrupted(output, PLANS, 1)
    journal = output.with_name("lab.unfinished") / ".played.jsonl"
    journal.write_bytes(b"\0\0\n")
    with pytest.raises(LabError, match="holds something, which is no session"):
        with unfinished_set(output, PLANS):
            pass
