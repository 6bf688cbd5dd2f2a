"""What detection gets wrong on the development corpus: an explicit set, renewed on purpose.

    python -m tests.anonymize.known_failures

writes known_failures.json anew. A mention is named by its document, its offsets and its label; a referent by its group
and cluster. For each variant of the corpus:

- ``leaks``: mentions whose identifying part shows;
- ``inconsistent``: referents with several mentions that were split, or joined with another;
- ``roles``: youths and other persons taken for one another, or for something else;
- ``types``: everything else that is found under a wrong label.
"""

import json
from pathlib import Path

from anonymize.detect import Detector
from anonymize.evaluate import PEOPLE, Judged, inconsistent, judge
from benchmarks.corpora import read_corpus
from benchmarks.deid import found_in

FILE = Path(__file__).with_suffix(".json")

Failures = dict[str, dict[str, list[str]]]


def failures(detector: Detector) -> Failures:
    """Return what the detector gets wrong, by variant and by kind of failure."""
    found: Failures = {}
    for variant in read_corpus():
        mentions = judge(variant.gold, found_in(variant.gold, detector))
        wrong = [mention for mention in mentions if mention.found not in (None, mention.label)]
        found[variant.name] = {
            "leaks": sorted(_place(mention) for mention in mentions if not mention.core),
            "inconsistent": sorted(f"{group} {cluster}" for group, cluster in inconsistent(mentions)),
            "roles": sorted(f"{_place(m)} as {m.found}" for m in wrong if m.label in PEOPLE),
            "types": sorted(f"{_place(m)} as {m.found}" for m in wrong if m.label not in PEOPLE),
        }
    return found


def _place(mention: Judged) -> str:
    return f"{mention.document} {mention.start}-{mention.end} {mention.label}"


def known() -> Failures:
    """Return the failures that are known."""
    read: Failures = json.loads(FILE.read_text(encoding="utf-8"))
    return read


def main() -> None:
    """Write the failures of today, and say how many there are."""
    found = failures(Detector())
    FILE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for variant, kinds in found.items():
        print(f"{variant}: " + ", ".join(f"{len(places)} {kind}" for kind, places in kinds.items()))


if __name__ == "__main__":
    main()
