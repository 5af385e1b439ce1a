"""The client against a real vLLM server: what must hold whatever the model says.

``SHOPGUIDE_VLLM_PYTHON`` names the interpreter of vLLM's own environment, and
``SHOPGUIDE_VLLM_MODEL`` a Hugging Face folder or model id; by default the default model,
converted once with ``tests/vllm/convert_gguf.py`` and kept in the cache folder.
"""

import json
import os
import re
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

import httpx
import platformdirs
import pytest
import pytest_asyncio

from assistant.llm.client import Message, OpenAIChatModel, Usage
from assistant.llm.presets import PRESETS, SPECULATION, command_for
from assistant.llm.weights import fetch_default_model

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(1200)]

START_SECONDS = 600
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SCHEMA = {
    "type": "object",
    "properties": {
        "quote": {"type": "string", "minLength": 1, "maxLength": 30},
        "action": {"enum": ["search", "policy", "chat"]},
    },
    "required": ["quote", "action"],
    "additionalProperties": False,
}
# Longer than one block of vLLM's prefix cache, which is 128 tokens on a CPU: what does not
# fill a block is never cached.
UNDERSTAND = (
    "You read one message of a shopper in a shoe shop and write compact JSON on one line. "
    "quote: a few words copied letter by letter from the message, never translated and never "
    "made up. action: search (wants shoes, or advice on which to buy), policy (asks about "
    "returns, delivery, payment or warranty), chat (greeting, thanks, anything else).\n"
    'Message: Looking for boots\n{"quote":"boots","action":"search"}\n'
    'Message: 怎么退货？\n{"quote":"退货","action":"policy"}\n'
    'Message: How long does delivery take?\n{"quote":"delivery","action":"policy"}\n'
    'Message: 送爸爸的登山鞋，要防水的\n{"quote":"登山鞋","action":"search"}\n'
    'Message: Thank you!\n{"quote":"Thank you","action":"chat"}'
)
CASES = [
    pytest.param(
        "I want running shoes for flat feet",
        "Answer in English in one short sentence: which shoe supports flat feet?",
        id="english",
    ),
    pytest.param("扁平足想买跑步鞋", "用中文一句话回答：扁平足应该穿什么样的鞋？", id="chinese"),
]


@pytest.fixture(scope="module")
def python() -> str:
    path = os.environ.get("SHOPGUIDE_VLLM_PYTHON")
    if not path:
        pytest.skip("SHOPGUIDE_VLLM_PYTHON is not set: make test-vllm sets it")
    return path


@pytest.fixture(scope="module")
def folder(python: str) -> str:
    if given := os.environ.get("SHOPGUIDE_VLLM_MODEL"):
        return given
    cache = Path(os.environ.get("SHOPGUIDE_HOME") or platformdirs.user_cache_path("shopguide"))
    gguf = fetch_default_model(cache)
    made = cache / f"{gguf.stem}-hf"
    script = Path(__file__).parent / "convert_gguf.py"
    subprocess.run([python, str(script), str(gguf), str(made)], check=True)
    return str(made)


@pytest.fixture(scope="module")
def server(python: str, folder: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # The options of a preset but for its model and its card.
    options = command_for("gpu-24gb", speculate=True)[3:]
    options.remove("--language-model-only")
    command = [python, "-m", "vllm.entrypoints.openai.api_server", "--model", folder]
    command += ["--host", "127.0.0.1", "--port", str(port), "--enforce-eager", *options]
    log = tmp_path_factory.mktemp("vllm") / "vllm.log"
    settings = {"VLLM_CPU_KVCACHE_SPACE": "2", "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, env={**os.environ, **settings}, start_new_session=True
        )
    try:
        until = time.monotonic() + START_SECONDS
        while not healthy(port):
            tail = log.read_text("utf-8", errors="replace")[-2000:]
            assert process.poll() is None, f"vLLM ended while loading: {tail}"
            assert time.monotonic() < until, f"vLLM did not start in time: {tail}"
            time.sleep(1)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        # It ends its workers itself when it is asked to.
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).is_success
    except httpx.TransportError:
        return False


@pytest_asyncio.fixture
async def model(server: str) -> AsyncIterator[OpenAIChatModel]:
    chat = OpenAIChatModel(server, timeout=300, stall_timeout=120)
    yield chat
    await chat.aclose()


@pytest.mark.parametrize(("wish", "question"), CASES)
async def test_turn(model: OpenAIChatModel, wish: str, question: str) -> None:
    assert await model.ready()
    prompt = [Message("system", UNDERSTAND), Message("user", wish)]
    value, first = await model.complete_json(prompt, SCHEMA, name="step", max_tokens=60)
    assert set(value) == {"quote", "action"}
    assert value["action"] in ("search", "policy", "chat")
    assert 1 <= len(value["quote"]) <= 30
    again, second = await model.complete_json(prompt, SCHEMA, name="step", max_tokens=60)
    assert again == value, "the same prompt and seed gave another answer"
    assert 0 < second.completion_tokens <= 60
    assert second.cached_tokens > 0, "the prefix cache is off, or is not reported"
    assert second.prompt_tokens == first.prompt_tokens

    async with aclosing(model.stream_text([Message("user", question)], max_tokens=40)) as items:
        *pieces, usage = [item async for item in items]
    assert len(pieces) > 1, "the answer came in one piece"
    assert all(isinstance(piece, str) and piece for piece in pieces)
    assert isinstance(usage, Usage)
    assert 0 < usage.completion_tokens <= 40
    text = "".join(map(str, pieces))
    assert bool(CHINESE.search(text)) is bool(CHINESE.search(question))


def test_presets_are_understood(python: str) -> None:
    """vLLM's own parser reads the commands of all presets."""
    code = (
        "import json, sys\n"
        "from vllm.entrypoints.launchers.cli_args import make_arg_parser\n"
        "from vllm.utils.argparse_utils import FlexibleArgumentParser\n"
        "parser = make_arg_parser(FlexibleArgumentParser())\n"
        "for words in json.loads(sys.argv[1]):\n"
        "    read = parser.parse_args(words)\n"
        "    assert read.enable_prompt_tokens_details and read.enable_prefix_caching\n"
        "    print('speculation', json.dumps(read.speculative_config))"
    )
    commands = [command_for(name, speculate=True)[2:] for name in PRESETS if PRESETS[name].model]
    done = subprocess.run(
        [python, "-c", code, json.dumps(commands)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count(f"speculation {json.dumps(SPECULATION)}") == len(commands)
