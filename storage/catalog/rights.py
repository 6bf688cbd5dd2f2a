"""What the catalog holds of rights: requests, and outputs called back."""

from storage.catalog.reading import RowReading
from storage.rows.rights import RecallRow, RequestRow
from vocabulary.errors import UnknownError
from vocabulary.messages import N_


class RightsReading(RowReading):
    """Reads what people concerned ask, and what is to come back for them."""

    def requests(self) -> list[RequestRow]:
        """Every request, in the order they came."""
        return self._rows(RequestRow, order=("received_on", "opened_at", "id"))

    def request(self, request_id: str) -> RequestRow:
        """UnknownError if there is none of that id."""
        for row in self._rows(RequestRow, id=request_id):
            return row
        message = N_("There is no request {id}. `huisclos request list` shows those there are.")
        raise UnknownError(message, place=request_id, id=request_id)

    def recalls(self, present: bool = True) -> list[RecallRow]:
        """Outputs to be called back; with ``present`` False those that came back too."""
        rows = self._rows(RecallRow, order=("asked_at", "id"))
        return [row for row in rows if not present or row.returned_at is None]
