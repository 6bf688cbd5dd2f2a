"""The packet of the invented session."""

import pytest
from invented_session import HEADING, read_session

from returns.packet import Packet, compose


@pytest.fixture(scope="session")
def packet() -> Packet:
    return compose(read_session(), HEADING)
