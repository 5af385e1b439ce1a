"""``/v1`` as OpenAI's own client sees it, against a real server."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import openai
import pytest
from pydantic import SecretStr
from scripted_model import ScriptedModel, reading
from served import served

from assistant.app import Assistant
from assistant.errors import ModelUnavailable
from assistant.identity import Shoppers
from assistant.reply import Reply
from assistant.server import create_http
from assistant.settings import Settings

SECRET = "a secret of the shop, long enough for HS256"
QUESTION = "Which running shoe under $120 is best for flat feet?"
ASKED: list[Any] = [{"role": "user", "content": QUESTION}]
UNDERSTOOD = reading(
    "search",
    ("running shoe", "category", "=", "running shoe"),
    ("under $120", "price", "<=", "120"),
    ("flat feet", "body", "=", "flat feet"),
)
ANSWER = "[1] Nike Structure 25 costs $110. [2] Asics Excite 10 costs $75."


@pytest.fixture
def url(assistant: Assistant, settings: Settings) -> Iterator[str]:
    with served(create_http(assistant, settings)) as url:
        yield url


@pytest.fixture
def signed(assistant: Assistant, settings: Settings) -> Iterator[str]:
    shop = settings.model_copy(update={"secret": SecretStr(SECRET)})
    with served(create_http(assistant, shop)) as url:
        yield url


def client(url: str, shopper: str | None = None, **options: Any) -> openai.OpenAI:
    key = "none"
    if shopper is not None:
        key = Shoppers(SECRET).token(shopper, now=datetime.now(UTC), lasts=timedelta(hours=1))
    return openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, **options)


def extra(completion: Any) -> Reply:
    """The Reply that came along."""
    return Reply.model_validate(completion.model_extra["shopguide"])


def test_a_completion_carries_the_reply(url: str, model: ScriptedModel) -> None:
    model.will_say(UNDERSTOOD, ANSWER)
    with client(url) as ask:
        done = ask.chat.completions.create(
            model="shopguide",
            messages=[{"role": "system", "content": "You are a pirate."}, *ASKED],
            user="ann",
            temperature=0.3,
            max_tokens=5,
            seed=7,
            tools=[{"type": "function", "function": {"name": "f", "parameters": {}}}],
            extra_body={"an_unknown_parameter": {"x": 1}},
        )
        reply = extra(done)
        [choice] = done.choices
        assert choice.message.content == reply.text
        assert choice.finish_reason == "stop"
        assert done.id == f"chatcmpl-{reply.turn_id}"
        assert {product.id for product in reply.products} == {"nike-structure", "asics-excite"}
        assert done.usage is not None
        assert done.usage.prompt_tokens == reply.usage.prompt_tokens > 0
        assert done.usage.total_tokens == done.usage.prompt_tokens + done.usage.completion_tokens
        assert done.usage.prompt_tokens_details is not None
        assert done.usage.prompt_tokens_details.cached_tokens == reply.usage.cached_tokens

        # The server's own history counts, whatever a client says was said before.
        model.will_say(reading("search", ("under $80", "price", "<=", "80")), "[1] Excite 10: $75.")
        history: list[Any] = [
            {"role": "user", "content": "I want basketball shoes"},
            {"role": "assistant", "content": "Sure."},
            {"role": "user", "content": [{"type": "text", "text": "and under $80?"}]},
        ]
        second = ask.chat.completions.create(
            model="shopguide/shoes", messages=history, user="ann",
            metadata={"thread_id": reply.thread_id},
        )  # fmt: skip
        after = extra(second)
        assert after.thread_id == reply.thread_id
        assert [product.id for product in after.products] == ["asics-excite"]
        assert {wish.field for wish in after.need.must} >= {"price", "need"}


@pytest.mark.parametrize("with_usage", [True, False])
def test_a_stream_has_text_reply_and_usage(
    url: str, model: ScriptedModel, with_usage: bool
) -> None:
    model.will_say(UNDERSTOOD, ANSWER)
    options: Any = {"stream_options": {"include_usage": True}} if with_usage else {}
    with client(url) as ask:
        chunks = list(
            ask.chat.completions.create(
                model="shopguide", messages=ASKED, user="ann", stream=True, **options
            )
        )
    told = [chunk for chunk in chunks if chunk.choices]
    assert told[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in told)
    last = told[-1]
    assert last.choices[0].finish_reason == "stop"
    assert [chunk.choices[0].finish_reason for chunk in told[:-1]] == [None] * (len(told) - 1)
    assert extra(last).text == text
    assert len({chunk.id for chunk in chunks}) == 1
    if with_usage:
        assert chunks[-1].choices == []
        assert chunks[-1].usage is not None
        assert chunks[-1].usage.prompt_tokens == extra(last).usage.prompt_tokens
        assert all(chunk.usage is None for chunk in told)
    else:
        assert chunks[-1] is last


def test_the_stream_itself_ends_as_openais_does(url: str, model: ScriptedModel) -> None:
    model.will_say(UNDERSTOOD, ANSWER)
    body = {"model": "shopguide", "messages": ASKED, "user": "ann", "stream": True}
    with httpx.stream("POST", f"{url}/v1/chat/completions", json=body) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in answer.iter_lines() if line]
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"
    assert json.loads(lines[0].removeprefix("data: "))["object"] == "chat.completion.chunk"


async def test_the_client_of_coroutines_works_too(url: str, model: ScriptedModel) -> None:
    model.will_say(UNDERSTOOD, ANSWER, UNDERSTOOD, ANSWER)
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as ask:
        done = await ask.chat.completions.create(model="shopguide", messages=ASKED, user="ann")
        assert "Nike Structure 25" in (done.choices[0].message.content or "")
        stream = await ask.chat.completions.create(
            model="shopguide", messages=ASKED, user="ann", stream=True
        )
        parts = [chunk.choices[0].delta.content or "" async for chunk in stream]
        assert "Nike Structure 25" in "".join(parts)
        assert [card.id async for card in await ask.models.list()] == [
            "shopguide", "shopguide/shoes",
        ]  # fmt: skip


def test_models_are_catalogues(url: str) -> None:
    with client(url) as ask:
        assert [card.id for card in ask.models.list()] == ["shopguide", "shopguide/shoes"]
        assert ask.models.retrieve("shopguide/shoes").object == "model"
        with pytest.raises(openai.NotFoundError):
            ask.models.retrieve("gpt-5")


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"n": 2}, "n"),
    ({"messages": []}, "messages"),
    ({"messages": [{"role": "assistant", "content": "hello"}]}, "messages"),
    ({"messages": [{"role": "user"}]}, "messages.0.content"),
    ({"messages": [{"role": "user", "content": None}]}, "messages.0.content"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
     "messages.0.content.0"),
    ({"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, 7]}]},
     "messages.0.content.1"),
    ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages.0.content.0.text"),
    ({"messages": "hello"}, "messages"),
    ({"user": None}, "user"),
    ({"user": "a b"}, "user"),
    ({"metadata": {"thread_id": "../x"}}, "metadata.thread_id"),
    ({"metadata": {"thread_id": 7}}, "metadata.thread_id"),
    ({"modalities": ["audio"]}, "modalities"),
    ({"response_format": {"type": "json_object"}}, "response_format"),
    ({"tool_choice": "required"}, "tool_choice"),
    ({"stream": "perhaps"}, "stream"),
]  # fmt: skip


def test_what_cannot_be_done_is_refused_by_name(url: str) -> None:
    for change, field in REFUSED:
        body = {"model": "shopguide", "messages": ASKED, "user": "ann", **change}
        answer = httpx.post(f"{url}/v1/chat/completions", json=body)
        assert answer.status_code == 400, (change, answer.text)
        assert answer.headers["content-type"] == "application/json"
        error = answer.json()["error"]
        assert error["param"] == field
        assert error["type"] == "invalid_request_error"
        assert set(error) == {"message", "type", "param", "code"}


def test_errors_are_those_that_a_client_knows(url: str, signed: str, model: ScriptedModel) -> None:
    def ask(url: str, **change: Any) -> Any:
        wanted: dict[str, Any] = {"model": "shopguide", "messages": ASKED, "user": "ann", **change}
        with client(url, wanted.pop("signed_as", None)) as asking:
            done = asking.chat.completions.create(**wanted)
            return list(done) if wanted.get("stream") else done

    with pytest.raises(openai.NotFoundError) as unknown:
        ask(url, model="gpt-5")
    assert unknown.value.param == "model"
    assert unknown.value.code == "unknown_model"
    with pytest.raises(openai.AuthenticationError) as nobody:
        ask(signed)
    assert nobody.value.code == "invalid_api_key"
    with pytest.raises(openai.PermissionDeniedError) as another:
        ask(signed, signed_as="ben")
    assert another.value.param == "user"
    model.will_say(ModelUnavailable("The model is down."))
    with pytest.raises(openai.InternalServerError) as down:
        ask(url)
    assert down.value.status_code == 503
    model.will_say(ModelUnavailable("The model is down."))
    with pytest.raises(openai.APIError, match="The model is down"):
        ask(url, stream=True)
    for path, status in (("/v1/embeddings", 404), ("/v1/chat/completions", 405), ("/v1", 404)):
        answer = httpx.get(f"{url}{path}", follow_redirects=True)
        assert answer.status_code == status
        assert answer.json()["error"]["message"]
    large = httpx.post(f"{url}/v1/chat/completions", content=b"[" + b" " * 1_100_000 + b"]")
    assert large.status_code == 413
    assert large.json()["error"]["type"] == "invalid_request_error"
    broken = httpx.post(
        f"{url}/v1/chat/completions", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert broken.status_code == 400
    assert "not valid JSON" in broken.json()["error"]["message"]


def test_the_token_says_who_asks(signed: str, model: ScriptedModel) -> None:
    model.will_say(UNDERSTOOD, ANSWER)
    with client(signed, "ann") as ann, client(signed, "ben") as ben:
        first = extra(ann.chat.completions.create(model="shopguide", messages=ASKED))
        with pytest.raises(openai.NotFoundError) as stranger:
            ben.chat.completions.create(
                model="shopguide", messages=ASKED, metadata={"thread_id": first.thread_id}
            )
        assert stranger.value.param == "thread_id"
        assert [card.id for card in ben.models.list()] == ["shopguide", "shopguide/shoes"]
    with pytest.raises(openai.AuthenticationError), client(signed) as nobody:
        nobody.models.list()
