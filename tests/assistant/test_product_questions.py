"""Questions on one product: what no field says is told, and not passed over."""

import pytest
from scripted_model import ScriptedModel, reading

from assistant.app import Assistant
from prompts import phrases


@pytest.mark.parametrize(
    ("message", "unsaid"),
    [
        ("Is the Nike Structure 25 vegan?", True),
        ("Is the Nike Structure 25 made in Portugal?", True),
        ("Nike Structure 25是葡萄牙产的吗？", True),
        ("Is the Nike Structure 25 any good?", False),
        ("Nike Structure 25好吗？", False),
        ("Do you have the Nike Structure 25?", False),
        ("Is the Nike Structure 25 in stock?", False),
        ("What does the Nike Structure 25 cost?", False),
    ],
)
async def test_what_no_field_says_is_told(
    assistant: Assistant, model: ScriptedModel, message: str, unsaid: bool
) -> None:
    model.will_say(reading("details"))
    model.otherwise = ""
    reply = await assistant.reply(message, shopper_id="ann", thread_id="t")
    assert reply.intent == "product_question"
    assert (str(phrases(reply.language)["details_unsaid"]) in reply.text) is unsaid
    assert len(reply.products) == 1
