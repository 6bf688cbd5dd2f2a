"""Measures the detector on a corpus of gold documents, and prints a table.

    python benchmarks/deid.py [--corpus benchmarks/corpus] [--json]

Every ``*.jsonl`` file of the folder is a variant of the corpus. Documents of one group are detected as the
sessions of one workshop. The last lines say how fast, on which machine, and when.
"""

import argparse
import datetime
import json
import os
import platform
import sys
import time
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from anonymize.detect import Detector  # noqa: E402
from anonymize.detect_file import detect_documents  # noqa: E402
from anonymize.evaluate import Report, evaluate  # noqa: E402

COLUMNS = ("char_recall", "entity_recall", "core_recall", "precision", "consistency")


def table(report: Report) -> str:
    lines = [f"{'label':12s} {'mentions':>8s}" + "".join(f" {name:>13s}" for name in COLUMNS)]
    for label, row in report.rows.items():
        values = (getattr(row, name) for name in COLUMNS)
        cells = "".join(f" {'-' if value is None else format(value, '.3f'):>13s}" for value in values)
        lines.append(f"{label:12s} {row.mentions:8d}{cells}")
    accuracy = "-" if report.role_accuracy is None else f"{report.role_accuracy:.3f}"
    return "\n".join([*lines, f"role accuracy (YOUTH, PERSON): {accuracy}"])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--corpus", type=Path, default=ROOT / "benchmarks" / "corpus")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    arguments = parser.parse_args()
    files = sorted(arguments.corpus.glob("*.jsonl"))
    if not files:
        sys.exit(f"{arguments.corpus}: no .jsonl file; give a corpus folder with --corpus")
    began = time.perf_counter()
    detector = Detector()
    loading = time.perf_counter() - began
    results: dict[str, object] = {}
    for path in files:
        lines = path.read_text(encoding="utf-8").splitlines()
        gold = [json.loads(line) for line in lines]
        began = time.perf_counter()
        found = {row["id"]: row["entities"] for row in map(json.loads, detect_documents(lines, detector))}
        seconds = time.perf_counter() - began
        words = sum(len(document["text"].split()) for document in gold)
        report = evaluate(gold, found)
        results[path.stem] = {"report": asdict(report), "words_per_second": round(words / seconds)}
        if not arguments.json:
            print(f"{path.name}: {len(gold)} documents, {words} words, {words / seconds:.0f} words/s")
            print(table(report), end="\n\n")
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    if arguments.json:
        print(json.dumps({"detector": detector.version, "machine": machine, "date": today, "results": results}))
    else:
        print(f"{detector.version}\nloaded in {loading:.1f} s; {machine}; {today}")


if __name__ == "__main__":
    main()
