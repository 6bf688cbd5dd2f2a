"""Progress: stage, percent and time left, and nothing of what is said."""

import io

from console.progress import BarProgress, PlainProgress


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_plain_progress_says_stage_percent_and_time_left():
    """One line when a stage begins, with what is left once that can be told."""
    stream, clock = io.StringIO(), Clock()
    shown = PlainProgress(stream, clock)
    shown.stage("essai/1", "transcribe", 0.0)
    clock.now = 30.0
    shown.stage("essai/1", "transcribe", 0.25)
    shown.stage("essai/1", "transcribe", 1.0)
    assert stream.getvalue().splitlines() == [
        "essai/1  transcription  0\u00a0%",
        "essai/1  transcription  20\u00a0%  encore 1\u00a0min\u00a030\u00a0s",
        "essai/1  transcription  100\u00a0%",
    ]


def test_plain_progress_says_each_tenth_once():
    """A thousand reports make eleven lines."""
    stream = io.StringIO()
    shown = PlainProgress(stream, Clock())
    for step in range(1001):
        shown.stage("essai/1", "draft", step / 1000)
    assert len(stream.getvalue().splitlines()) == 11


def test_speed_and_time_left_count_from_where_a_stage_began():
    """An hour of which half was done before: ten minutes for a sixth of it are the pace."""
    stream, clock = io.StringIO(), Clock()
    shown = PlainProgress(stream, clock)
    shown.stage("essai/1", "transcribe", 0.5, 3600.0)
    clock.now = 60.0
    shown.stage("essai/1", "transcribe", 0.75, 3600.0)
    assert stream.getvalue().splitlines() == [
        "essai/1  transcription  50\u00a0%",
        "essai/1  transcription  70\u00a0%  encore 1\u00a0min\u00a000\u00a0s  15 fois le temps réel",
    ]


def test_the_bar_shows_the_speed():
    """Times real time, as the lines do."""
    stream, clock = io.StringIO(), Clock()
    with BarProgress(stream, clock) as shown:
        shown.stage("essai/1", "transcribe", 0.0, 3600.0)
        clock.now = 100.0
        shown.stage("essai/1", "transcribe", 0.25, 3600.0)
    assert "9,0 fois le temps réel" in stream.getvalue()


def test_progress_survives_odd_fractions():
    """A fraction outside 0 to 1 is brought back into it."""
    stream = io.StringIO()
    shown = PlainProgress(stream, Clock())
    shown.stage("essai/1", "draft", -0.5)
    shown.stage("essai/1", "draft", 7.0)
    assert "100\u00a0%" in stream.getvalue()


def test_a_stage_without_a_word_shows_its_name():
    """A step the console does not know yet is still shown."""
    stream = io.StringIO()
    PlainProgress(stream, Clock()).stage("essai/1", "elaborate", 0.0)
    assert "elaborate" in stream.getvalue()


def test_the_bar_writes_to_the_stream_it_was_given(capsys):
    """Standard output and error stay free for answers and messages."""
    stream = io.StringIO()
    with BarProgress(stream) as shown:
        shown.stage("essai/1", "transcribe", 0.5)
        shown.stage("essai/1", "transcribe", 1.0)
    written = capsys.readouterr()
    assert (written.out, written.err) == ("", "")
    assert "transcription" in stream.getvalue()
