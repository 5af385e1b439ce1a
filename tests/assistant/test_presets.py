import json
import shlex
from itertools import pairwise

import pytest

from assistant.llm.presets import PRESETS, command_for
from retrieval.errors import BadInput

GPU = [name for name, preset in PRESETS.items() if preset.model]


def test_machines_that_are_promised() -> None:
    assert {"cpu", "gpu-24gb", "gpu-80gb", "cluster"} <= set(PRESETS)


@pytest.mark.parametrize("name", GPU)
@pytest.mark.parametrize("speculate", [False, True])
def test_vllm_command(name: str, speculate: bool) -> None:
    command = command_for(name, speculate=speculate)
    assert command[:3] == ["vllm", "serve", PRESETS[name].model]
    assert {"--enable-prefix-caching", "--enable-prompt-tokens-details"} <= set(command)
    assert ("--speculative-config" in command) is speculate
    assert shlex.split(shlex.join(command)) == command
    for option, value in pairwise(command):
        if option.endswith(("-config", "-kwargs")):
            assert isinstance(json.loads(value), dict)


def test_laptop_needs_no_vllm() -> None:
    assert command_for("cpu") == ["shopguide", "llm", "serve"]


def test_unknown_preset() -> None:
    with pytest.raises(BadInput, match="gpu-24gb") as caught:
        command_for("gpu-1tb")
    assert caught.value.field == "preset"
