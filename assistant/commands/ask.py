"""``shopguide ask``: one message, answered by a running server or by what it starts itself."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing

from assistant.app import check_id
from assistant.commands.console import say, tell
from assistant.commands.remote import find_server
from assistant.commands.shop import check_catalogue, running_assistant
from assistant.llm.client import OpenAIChatModel
from assistant.messages import clean_message
from assistant.reply import DeltaEvent, OfferedProduct, Reply, ReplyEvent, StatusEvent, TurnEvent
from assistant.settings import Settings

_TOLD = (None, "wishes")
_SOURCES_TOLD = ("profile:", "behaviour:", "rule:")

Events = AsyncGenerator[TurnEvent, None]


def ask(
    settings: Settings,
    text: str,
    *,
    shopper: str,
    thread: str | None,
    catalog: str | None,
    url: str | None,
    remember: bool,
    as_data: bool,
) -> None:
    """Prints the answer to one message.

    Args:
        settings: says where a server may be running, and what to start where none is.
        text: the message.
        shopper: who asks.
        thread: the conversation; a new one where it is None.
        catalog: by default the thread's own, then the shop's.
        url: a server that must be used; None looks for one at the settings' address.
        remember: whether who asks agrees to be remembered; otherwise nobody's profile is read and
            nothing is kept.
        as_data: whether the Reply is printed as JSON, and nothing else.

    Raises:
        ShopGuideError: as ``Assistant.chat`` does, and where no server answers at ``url``.
    """
    # What is wrong with the input should show before a model is loaded for it.
    message = clean_message(text, limit=settings.message_limit)
    check_id(shopper, "shopper")
    if thread is not None:
        check_id(thread, "thread")
    if not remember:
        shopper = f"nobody-{uuid.uuid4().hex}"
    server = find_server(settings, url)
    if server is not None:
        if remember:
            server.agree(shopper, _tell_notice)
        events = server.chat(message, shopper_id=shopper, thread_id=thread, catalog=catalog)
        reply = asyncio.run(_shown(events, as_data=as_data))
    else:
        if catalog is not None:
            settings = settings.model_copy(update={"catalog": catalog})
        check_catalogue(settings)
        with running_assistant(settings) as (assistant, model):
            if remember and assistant.memory.consent(shopper) is None:
                _tell_notice(shopper)
                assistant.memory.give_consent(shopper)
            events = assistant.chat(message, shopper_id=shopper, thread_id=thread, catalog=catalog)
            reply = asyncio.run(_in_process(events, model, as_data=as_data))
    if as_data:
        say(reply.model_dump_json(indent=2))
    else:
        _show_rest(reply)


def _tell_notice(shopper: str) -> None:
    tell(
        f"From now on the talks of {shopper!r} are kept, with what they tell that lasts. "
        f"`shopguide profile erase {shopper}` erases all of it; --forget keeps nothing."
    )


async def _in_process(events: Events, model: OpenAIChatModel, *, as_data: bool) -> Reply:
    try:
        return await _shown(events, as_data=as_data)
    finally:
        await model.aclose()


async def _shown(events: Events, *, as_data: bool) -> Reply:
    """Shows events as they come, and gives the reply that they end with."""
    begun = False
    async with aclosing(events):
        async for event in events:
            match event:
                case StatusEvent() if not begun:
                    tell(event.text)
                case DeltaEvent() if not as_data:
                    begun = True
                    say(event.text, end="")
                case ReplyEvent():
                    return event.reply
    raise AssertionError("a turn ends with a reply or an error")


def _show_rest(reply: Reply) -> None:
    say("")
    if reply.products:
        say("")
    for number, product in enumerate(reply.products, start=1):
        say(f"[{number}] {product.title}: {_price(product)}  [{product.id}]")
        for reason in product.reasons:
            # Parts of the score without a record behind them are the ranking's own business.
            if reason.part not in _TOLD and not reason.source.startswith(_SOURCES_TOLD):
                continue
            say(f"    {'✓' if reason.met else '✗'} {reason.text}  ({reason.source})")
    tell(f"To go on in this conversation: --thread {reply.thread_id}")


def _price(product: OfferedProduct) -> str:
    price = f"{product.price:,.2f} {product.currency}"
    if product.list_price is not None and product.list_price > product.price:
        price += f" (was {product.list_price:,.2f})"
    return price
