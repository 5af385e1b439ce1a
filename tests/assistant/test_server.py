from scripted_model import ScriptedModel, reading

from assistant.app import Assistant


async def test_try(assistant: Assistant, model: ScriptedModel) -> None:
    model.will_say(
        reading("search", ("flat feet", "body", "=", "flat feet"), ("under $120", "price", "<=", "120")),
        "[1] Nike Structure 25 costs $110.",
    )
    reply = await assistant.reply(
        "which Nike running shoe under $120 is best for flat feet?", shopper_id="ann"
    )
    print(reply.model_dump_json(indent=1))
