"""Makes a Hugging Face folder out of a GGUF file, which is what vLLM serves.

Run it with the interpreter of vLLM's own environment; it needs nothing of this project::

    .vllm-venv/bin/python tests/vllm/convert_gguf.py MODEL.gguf FOLDER
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path


def convert(gguf: Path, folder: Path) -> None:
    """Writes weights in bfloat16 and the tokenizer; the folder appears once it is whole.

    Args:
        gguf: the file to read.
        folder: made, or replaced where it exists.

    Raises:
        OSError: the file cannot be read, or the folder cannot be written.
    """
    # Of vLLM's environment, so that --help works in any.
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent,
        gguf_file=gguf.name,
        dtype=torch.bfloat16,
        quantization_config=GgufConfig(dequantize=True),
    )
    model.save_pretrained(partial)
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(partial)
    shutil.rmtree(folder, ignore_errors=True)
    partial.replace(folder)


def main() -> int:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gguf", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    if not arguments.gguf.is_file():
        print(f"There is no file {arguments.gguf}.", file=sys.stderr)
        return 2
    if arguments.folder.is_dir():
        print(f"{arguments.folder} is there already.")
        return 0
    convert(arguments.gguf, arguments.folder)
    print(f"Wrote {arguments.folder}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
