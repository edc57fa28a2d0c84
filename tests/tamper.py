"""What `oms audit verify` is for: an administrator of the database changes a row behind the system's back. `--undo` changes it back.

The row is the first command that the audit holds; its bytes then name another desk of the same length.
"""

import argparse
import os
from pathlib import Path

from oms.cli.instance import running_instance
from oms.runtime.clickhouse import ClickHouse, ClickHouseSettings

DESK, OTHER = "alpha", "omega"
CHANGE = """
ALTER TABLE oms.records UPDATE value = replaceOne(value, '{old}', '{new}')
WHERE topic = 'oms.orders' AND desk_id = '{desk}'
  AND offset = (SELECT min(offset) FROM oms.records WHERE topic = 'oms.orders' AND desk_id = '{desk}')
SETTINGS mutations_sync = 1
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--undo", action="store_true", help="change the row back")
    old, new = (OTHER, DESK) if parser.parse_args().undo else (DESK, OTHER)
    data = os.environ.get("OMS_DATA")
    database = ClickHouse(
        ClickHouseSettings(running_instance(Path(data) if data else None).clickhouse_url("oms_admin"))
    )
    try:
        database.command(CHANGE.format(old=old, new=new, desk=DESK))
    finally:
        database.close()
    print(f"one row of oms.records: {old} is now {new}")


if __name__ == "__main__":
    main()
