"""Which model to serve on which machine, and the exact command that serves it.

Names of models move; this table is the only place that has them. The options were checked
against vLLM 0.32.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from retrieval.errors import BadInput

CONTEXT = 8192

# Answers copy names and numbers from the prompt, so that looking the next tokens up in it
# guesses many of them.
SPECULATION = {
    "method": "ngram",
    "num_speculative_tokens": 4,
    "prompt_lookup_max": 4,
    "prompt_lookup_min": 2,
}


@dataclass(frozen=True)
class Preset:
    """A kind of machine, and what to serve on it.

    Attributes:
        machine: what it is for, in words.
        model: the model's id on the hub; None for the default model on llama.cpp.
        options: added to the options that every vLLM server gets.
    """

    machine: str
    model: str | None
    options: tuple[str, ...] = ()


PRESETS = {
    "cpu": Preset("A laptop or server without a GPU", None),
    "gpu-24gb": Preset("One card with 24 GB", "Qwen/Qwen3.5-9B"),
    "gpu-80gb": Preset(
        "One card with 80 GB or more", "Qwen/Qwen3.6-27B", ("--quantization", "fp8")
    ),
    # Experts are few tokens' work each, so that copies of the model scale it and Ray spreads
    # them over machines.
    "cluster": Preset(
        "Several machines, joined by Ray",
        "Qwen/Qwen3.6-35B-A3B",
        (
            *("--quantization", "fp8"),
            *("--tensor-parallel-size", "2"),
            *("--data-parallel-size", "4"),
            *("--data-parallel-backend", "ray"),
            "--enable-expert-parallel",
        ),
    ),
}


def command_for(preset: str, *, speculate: bool = False) -> list[str]:
    """Says what to run on a machine.

    Args:
        preset: a key of ``PRESETS``.
        speculate: whether to guess tokens from the prompt; helps single shoppers, and costs
            throughput where many ask at once.

    Returns:
        The words of the command; ``shlex.join`` makes one line of them.

    Raises:
        BadInput: there is no such preset.
    """
    if preset not in PRESETS:
        raise BadInput(
            f"There is no preset {preset!r}; there are {', '.join(PRESETS)}.", field="preset"
        )
    chosen = PRESETS[preset]
    if chosen.model is None:
        return ["shopguide", "llm", "serve"]
    command = ["vllm", "serve", chosen.model, "--max-model-len", str(CONTEXT)]
    command += ["--enable-prefix-caching", "--enable-prompt-tokens-details"]
    # Only text is asked, and it should be answered without thinking aloud first.
    command += ["--language-model-only"]
    command += ["--default-chat-template-kwargs", json.dumps({"enable_thinking": False})]
    # White space between JSON tokens costs tokens, and may never end.
    compact = {"backend": "xgrammar", "disable_any_whitespace": True}
    command += ["--structured-outputs-config", json.dumps(compact)]
    if speculate:
        command += ["--speculative-config", json.dumps(SPECULATION)]
    return [*command, *chosen.options]
