"""FIX's codes: every member that an order session may carry has one, and no two members share one."""

from enum import Enum

import pytest

from oms.core.enums import OrdStatus
from oms.wire.fix_codes import STANDARD

WITHOUT = {OrdStatus.UNKNOWN}
"""What we say of an order, and no venue does."""


@pytest.mark.parametrize("field", [name for name in STANDARD if name != "CxlRejResponseTo"])
def test_every_member_has_a_code_of_its_own(field: str) -> None:
    codes = STANDARD[field]
    kind: type[Enum] = type(next(iter(codes)))
    assert set(kind) - set(codes) <= WITHOUT, f"{field}: what FIX calls it stands in oms/wire/fix_codes.py"
    assert len(set(codes.values())) == len(codes)
