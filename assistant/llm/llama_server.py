"""The llama.cpp server as a process of its own: ``python -m assistant.llm.llama_server``.

It listens on loopback only and ends with the process that started it: it holds the other end
of that process's pipe on standard input, which the system closes however the parent ends.
Once the model answers, it writes its address as one line to standard output. Everything that
llama.cpp logs goes to standard error; prompts are not among it.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from pathlib import Path
from typing import Any

# A conversation's prompts: understanding and answering, in English and Chinese. Each keeps a
# slot of its own, and with it the part of its prompt that never changes.
SLOTS = 4
CONTEXT = 4096


_CACHE_MIB = 1024


def parameters(model: Path, port: int, *, slots: int, context: int) -> Any:
    """Sets llama.cpp up; each value was measured on two cores.

    Args:
        model: the GGUF file.
        port: 0 lets the system choose.
        slots: prompts kept warm, and requests served, at the same time.
        context: tokens of prompt and answer together, for each slot.

    Returns:
        An ``xllamacpp.CommonParams``.
    """
    # Loads a library of 100 MB, which --help does not need.
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    # Its id for clients and in reports: where it lies is nobody's business.
    params.model_alias = {model.stem}
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.n_parallel = slots
    params.n_ctx = slots * context
    # Prompts that lost their slot, at about 28 KB a token; by default they may take 8 GiB.
    params.cache_ram_mib = _CACHE_MIB
    # No page of another site may read from it, and nothing shows what is being asked.
    params.ui = False
    params.cors_origins = ""
    params.endpoint_slots = False
    params.path_prompts_log_dir = ""
    return params


def main() -> int:
    """Serves until standard input is closed."""
    parser = argparse.ArgumentParser(prog="llama_server", description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--slots", type=int, default=SLOTS)
    parser.add_argument("--context", type=int, default=CONTEXT)
    arguments = parser.parse_args()
    if not arguments.model.is_file():
        sys.stderr.write(f"There is no model file {arguments.model}.\n")
        return 2
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # llama.cpp writes to standard output too; the parent reads our one line there.
    to_parent = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    import xllamacpp

    server = xllamacpp.Server(
        parameters(
            arguments.model, arguments.port, slots=arguments.slots, context=arguments.context
        )
    )
    to_parent.write(f"{server.listening_address}\n")
    to_parent.close()
    threading.Event().wait()
    return 0


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    # llama.cpp's threads would hold up an orderly exit; nothing is left to be saved.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
