"""The acts and events that start the clocks of a record, as the catalog knows them.

What a clock counts from is a ``Trigger`` of the policy (policies/triggers.py); this is the one place that finds its
day for the steps. The rule itself is that of storage/clocks.py, by which the due dates of the catalog are kept.
"""

from storage.catalog.catalog import Catalog
from storage.clocks import RowClocks


class Clocks(RowClocks):
    """The events of a whole catalog, read once.

    ``of`` tells those of one record, ``expected`` the latest days of those that may still come, ``extended`` whether
    a steward extended its period.
    """

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog.workshops(), catalog.sessions(), catalog.events(), catalog.extensions())
