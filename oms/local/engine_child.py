"""The process that is the local ClickHouse server: `python -m oms.local.engine_child RUN_DIR DATA_DIR`.

Decides nothing: it runs the engine's own `clickhouse local` application in RUN_DIR (config.xml, users.xml) and asks it to listen. The entry used is
private to chdb-core 26.9.0 (`chdb.query` and `Session` are another class, which cannot listen), so the version is pinned and this file is its only user.

The application runs as long as its one query does, and that reads a FIFO which the main thread holds open. The main thread waits for the end of
its standard input, or SIGTERM: then it closes the FIFO, the query ends, and the engine shuts down in order. The parent holds the other end of
the standard input, so that the parent's death, however it dies, is an orderly stop too.
"""

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

STOP_TIMEOUT_S = 20.0  # the launcher kills after less; alone (the parent is dead) a hanging shutdown must end too


def serve(run_dir: Path, data_dir: Path) -> int:
    from chdb import _chdb  # type: ignore[attr-defined]  # 150 MB: loaded in this process only

    os.chdir(run_dir)
    fifo = run_dir / "hold"
    fifo.unlink(missing_ok=True)
    os.mkfifo(fifo, 0o600)
    listen = "SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP" if (run_dir / "http").exists() else "SYSTEM START LISTEN TCP"
    hold = f"SELECT count() FROM file('{fifo}', 'LineAsString') SETTINGS max_execution_time=0"
    faults: list[str] = []

    def run() -> None:
        try:
            # the format given here becomes the server's default output format
            _chdb.query(f"{listen}; {hold}", "TabSeparated", path=str(data_dir))
        except Exception as fault:
            faults.append(str(fault))
        finally:
            os.write(ended_out, b"x")

    ended_in, ended_out = os.pipe()
    signal.signal(signal.SIGTERM, lambda number, frame: stop_waiting(ended_out, number, frame))
    _chdb.set_signal_handlers_enabled(0)
    server = threading.Thread(target=run, daemon=True)
    server.start()
    holder = os.open(fifo, os.O_RDWR)  # does not wait for the reader
    wait_for_the_end(ended_in)
    os.close(holder)
    server.join(STOP_TIMEOUT_S)
    if faults:
        print(faults[0], file=sys.stderr, flush=True)
    return 1 if faults or server.is_alive() else 0
