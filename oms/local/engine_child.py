"""The process that is the local ClickHouse server: `python -m oms.local.engine_child RUN_DIR DATA_DIR`.

Decides nothing: it runs the engine's own `clickhouse local` application in RUN_DIR (config.xml, users.xml) and asks it to listen. The entry used is
private to chdb-core 26.9.0 (`chdb.query` and `Session` are another class, which cannot listen), so the version is pinned and this file is its only user.

The application runs as long as its one query does, and that reads a FIFO which the main thread holds open. On SIGTERM (the launcher's, or the
kernel's when the launcher died) the main thread closes the FIFO: the query ends, and the engine shuts down in order.
"""

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

STOP_TIMEOUT_S = 30.0  # the launcher kills sooner; without a launcher a hanging shutdown must end too
LISTEN = "SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP"
HOLD = "SELECT count() FROM file('{fifo}', 'LineAsString') SETTINGS max_execution_time=0"


def serve(run_dir: Path, data_dir: Path) -> int:
    """Run until SIGTERM or until the engine ends by itself (it has then written why); returns the exit code."""
    ends = {signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # before any thread: only `sigwait` below takes it
    import chdb._chdb  # 500 MB of library: loaded in this process only

    entry: Any = chdb._chdb  # its stubs do not show what is private

    os.chdir(run_dir)
    fifo = run_dir / "hold"
    fifo.unlink(missing_ok=True)
    os.mkfifo(fifo, 0o600)
    entry.set_signal_handlers_enabled(0)

    def run() -> None:
        try:
            # the format given here becomes the server's default output format
            entry.query(f"{LISTEN}; {HOLD.format(fifo=fifo)}", "TabSeparated", path=str(data_dir))
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    holder = os.open(fifo, os.O_RDWR)  # read and write: does not wait for the other side
    server = threading.Thread(target=run, daemon=True)
    server.start()
    signal.sigwait(ends)
    by_itself = not server.is_alive()
    os.close(holder)
    server.join(STOP_TIMEOUT_S)
    return 1 if by_itself or server.is_alive() else 0


if __name__ == "__main__":
    code = serve(Path(sys.argv[1]), Path(sys.argv[2]))
    sys.stderr.flush()
    os._exit(code)  # the interpreter's own ending would wait for threads of the engine
