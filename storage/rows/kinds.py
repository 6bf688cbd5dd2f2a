"""Every kind of row there is."""

from storage.rows.custody import ExportRow, OpenerRow, PersonRow, WitnessRow
from storage.rows.retention import DecisionRow, EventRow, ExtensionRow, FormerPolicyRow, HoldRow, NoticeRow, VisaRow
from storage.rows.rights import RecallRow, RequestRow
from storage.rows.walk import ClearanceRow, CopyRow, RecordRow, SessionRow, WorkshopRow

Row = (
    WorkshopRow | SessionRow | RecordRow | ClearanceRow | PersonRow | CopyRow | OpenerRow | ExportRow | WitnessRow
    | EventRow | HoldRow | ExtensionRow | VisaRow | DecisionRow | NoticeRow | FormerPolicyRow
    | RequestRow | RecallRow
)  # fmt: skip

ROW_TYPES: tuple[type[Row], ...] = (
    WorkshopRow, SessionRow, RecordRow, ClearanceRow, PersonRow, CopyRow, OpenerRow, ExportRow, WitnessRow,
    EventRow, HoldRow, ExtensionRow, VisaRow, DecisionRow, NoticeRow, FormerPolicyRow,
    RequestRow, RecallRow,
)  # fmt: skip
"""Every row type, a table before those that refer to it."""
