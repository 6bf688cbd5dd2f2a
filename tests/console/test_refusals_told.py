"""What the system forbids and what is brought by mistake: told in words, with its exit code, never as a fault."""

import errno
import os
import shutil

import pytest

from console.commands.standing import following
from console.main import _fault
from tests import factory
from vocabulary.choices import Exit, Reason, SessionState


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_disk_that_takes_nothing_is_no_fault_of_the_software(number):
    """A disk mounted for reading only, a missing right, no room: 10, and what to do."""
    assert _fault(OSError(number, os.strerror(number))).exit is Exit.RESOURCE


def test_a_pipe_is_refused_and_not_waited_for(run, at_home, tmp_path):
    """Nobody writes to it: the command ends all the same."""
    pipe = tmp_path / "seance1.ogg"
    os.mkfifo(pipe)
    assert run("workshop", "add", "essai", "--policy", factory.POLICY).code == 0
    assert run("submit", pipe, "--workshop", "essai", "--session", "1").code == 2


def test_a_folder_is_no_passphrase_file(run, at_home, tmp_path):
    """Passphrase or keys: 3."""
    tmp_path.chmod(0o700)
    ran = run("archive", "verify", "--passphrase-file", tmp_path)
    assert ran.code == 3
    assert "pas un fichier ordinaire" in ran.err


def test_a_home_that_cannot_be_made_is_told_with_its_place(run, at_home, tmp_path):
    """Under a file there is no folder."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    ran = run("--home", tmp_path / "file" / "home", "init", "--accept-place")
    assert ran.code == 2
    assert "ne peut pas être créé" in ran.err


def test_a_checkpoint_that_is_none_is_called_by_the_name_of_its_file(run, at_home, tmp_path):
    """The reader gave a file, and reads its name."""
    given = tmp_path / "autre.txt"
    given.write_text("rien\n", encoding="utf-8")
    ran = run("log", "verify", "--checkpoint", given, "--json")
    assert ran.code == 2
    assert ran.value["error"]["message"].startswith("autre.txt ")
    assert ran.value["error"]["place"].startswith("autre.txt")


def test_the_same_recording_for_another_session_is_told_with_where_it_is(run, at_home, tmp_path):
    """Nothing is said of a session that is not there."""
    assert run("workshop", "add", "essai", "--policy", factory.POLICY).code == 0
    assert run("submit", factory.RECORDING, "--workshop", "essai", "--session", "1").code == 0
    ran = run("submit", factory.RECORDING, "--workshop", "essai", "--session", "2")
    assert ran.code == 0
    assert "déjà celui de la séance essai/1" in ran.out
    assert "attend" not in ran.out


def test_a_recording_for_a_session_set_aside_says_so(run, at_home, tmp_path):
    """4 for what is no recording, with what became of it; 12 for what joins it there."""
    assert run("workshop", "add", "essai", "--policy", factory.POLICY).code == 0
    text = tmp_path / "a.wav"
    text.write_text("ce n'est pas un enregistrement\n", encoding="utf-8")
    first = run("submit", text, "--workshop", "essai", "--session", "1")
    assert first.code == 4
    assert "sous un autre numéro" in first.err
    assert run("submit", factory.RECORDING, "--workshop", "essai", "--session", "1").code == 12


def test_nobody_is_told_to_erase_the_copy_of_a_cut_recording(run, at_home, tmp_path):
    """The receipt warns instead."""
    assert run("workshop", "add", "essai", "--policy", factory.POLICY).code == 0
    cut = tmp_path / "a.ogg"
    shutil.copy(factory.RECORDING, cut)
    os.truncate(cut, cut.stat().st_size - 3000)
    ran = run("submit", cut, "--workshop", "essai", "--session", "1")
    assert ran.code == 0
    assert "abîmé ou coupé" in ran.out
    assert "effacée" not in ran.out


@pytest.mark.parametrize("reason", [Reason.NOT_A_RECORDING, Reason.EMPTY, Reason.TOO_LARGE, Reason.NO_SPEECH])
def test_what_trying_again_cannot_mend_is_not_tried_again(reason):
    """The next step named is one that helps."""
    assert "retry" not in following(SessionState.QUARANTINED, None, reason)
    assert "retry" in following(SessionState.QUARANTINED, None, Reason.FAULT)
