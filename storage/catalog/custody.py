"""What the catalog holds of custody: people, openers, exports, witnesses."""

from storage.catalog.reading import RowReading
from storage.rows.custody import ExportRow, OpenerRow, PersonRow, WitnessRow


class CustodyReading(RowReading):
    """Reads who is known, who opens the keystore, what left the machine, who countersigns."""

    def people(self) -> list[PersonRow]:
        return self._rows(PersonRow, order=("registered_at", "id"))

    def openers(self, present: bool = True) -> list[OpenerRow]:
        """People with a passphrase of their own; with ``present`` False those it was taken from too."""
        rows = self._rows(OpenerRow, order=("added_at", "person"))
        return [row for row in rows if not present or row.removed_at is None]

    def exports(self, present: bool = True) -> list[ExportRow]:
        """What left the machine and may still open; with ``present`` False what was renewed or destroyed too."""
        rows = self._rows(ExportRow, order=("made_at", "id"))
        return [row for row in rows if not present or row.ended_at is None]

    def witnesses(self, present: bool = True) -> list[WitnessRow]:
        """Those who countersign checkpoints; with ``present`` False former ones too."""
        rows = self._rows(WitnessRow, order=("added_at", "witness"))
        return [row for row in rows if not present or row.removed_at is None]
