"""anonyfy: what its vault would replace, by its own mode of observation. It names no referents."""

import secrets
import tempfile
from pathlib import Path

from anonyfy import Vault
from lines import Entity, answer

_LABELS = {
    "PATRONYME": "PERSON", "PRENOM": "PERSON", "COMMUNE": "PLACE", "VOIE": "PLACE", "CODE_POSTAL": "PLACE",
    "TELEPHONE": "CONTACT", "EMAIL": "CONTACT", "DATE": "DATE",
}  # fmt: skip


def main() -> None:
    """Answer the documents on stdin."""
    with tempfile.TemporaryDirectory() as folder:
        vault = Vault(key=secrets.token_bytes(32), scope="bench", registry_path=str(Path(folder) / "registry.db"))

        def find(text: str) -> list[Entity]:
            return [
                {"start": span.start, "end": span.end, "label": _LABELS.get(span.type.value, "ID")}
                for span in vault.mask(text, observe=True).entities
            ]

        answer(find)
        vault.close()


if __name__ == "__main__":
    main()
