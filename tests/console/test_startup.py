"""Commands that only read start at once: nothing heavy is imported for them."""

import json
import os
import subprocess
import sys

import pytest

HEAVY = ("prefect", "presidio_analyzer", "presidio_anonymizer", "spacy", "faster_whisper", "pyarrow", "duckdb", "docx")
PROBE = """
import json, sys
from console.main import main
code = main(sys.argv[1:])
sys.stderr.write("\\n" + json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["status"],
        ["log", "show"],
        ["log", "verify"],
        ["log", "prove", "0"],
        ["witness", "list"],
        ["policy", "check"],
        ["policy", "simulate"],
        ["settings", "show"],
    ],
    ids=" ".join,
)
def test_a_light_command_starts_light(at_home, words):
    """It imports none of the heavy libraries; how long it takes is measured by benchmarks/startup.py."""
    if words[0] == "policy":
        words = [*words, str(at_home / "politique.yaml")]
    ran = subprocess.run(
        [sys.executable, "-c", PROBE, *words], capture_output=True, text=True, env=dict(os.environ), timeout=30
    )
    code, modules = json.loads(ran.stderr.rsplit("\n", 1)[-1])
    assert code == 0, ran.stderr
    assert [name for name in HEAVY if name in modules] == []


def test_the_module_runs_as_the_command(at_home):
    """``python -m console`` is ``huisclos``, and standard output is UTF-8 text under the C locale."""
    ran = subprocess.run(
        [sys.executable, "-m", "console", "status"],
        capture_output=True,
        env=dict(os.environ) | {"LC_ALL": "C", "LANG": "C"},
        timeout=30,
    )
    assert ran.returncode == 0
    assert "boîte d'arrivée" in ran.stdout.decode("utf-8")
