"""Hand-off precision and recall without a language model: ``python -m evals.handoffs SUITE…``.

The rules read words alone. What a model adds is what it finds that the shop does not have; with
one, ``shopguide eval evals/suites/handoff`` gives the same two figures.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import math
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from assistant.logs import configure_logs
from evals.profile.facts import demo_assistant
from evals.profile.silent_model import SilentModel
from evals.suite.conversation import Conversation
from evals.suite.files import read_suites
from retrieval.embedding import HashingEmbedder

_Z = 1.96  # of a 95 % interval


def share(count: int, of: int) -> str:
    """A share with its 95 % interval, as Wilson has it."""
    if not of:
        return "—"
    p, z2 = count / of, _Z**2
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z / (1 + z2 / of) * math.sqrt(p * (1 - p) / of + z2 / (4 * of * of))
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return f"{p:.3f} ({count} of {of}; {low:.2f}–{high:.2f})"


async def hold(conversations: Sequence[Conversation]) -> list[list[bool]]:
    """Whether each message of each conversation was handed over."""
    with tempfile.TemporaryDirectory() as home:
        made = demo_assistant(Path(home), HashingEmbedder(), SilentModel())
        assistant = made(lambda: datetime.now(UTC))
        try:
            held = []
            for conversation in conversations:
                came = []
                for turn in conversation.turns:
                    reply = await assistant.reply(
                        turn.say, shopper_id=conversation.id, thread_id=conversation.id
                    )
                    came.append(reply.handoff is not None)
                held.append(came)
            return held
        finally:
            assistant.close()


def main() -> int:
    """Holds the conversations and prints the figures, with what went wrong."""
    parser = argparse.ArgumentParser(prog="python -m evals.handoffs", description=__doc__)
    parser.add_argument("suites", nargs="+", type=Path)
    conversations = list(read_suites(parser.parse_args().suites).conversations.values())
    configure_logs(logging.ERROR)
    held = asyncio.run(hold(conversations))
    right = came = wanted = 0
    for conversation, seen in zip(conversations, held, strict=True):
        ought = [bool(turn.expect.handoff) for turn in conversation.turns]
        # A conversation that is handed over too early, or for no reason, is wrong as a whole.
        too_much = any(c and not o for c, o in zip(seen, ought, strict=True))
        hit = any(ought) and seen == ought
        came += any(seen)
        wanted += any(ought)
        right += hit
        if too_much or (any(ought) and not hit):
            kind = "too much" if too_much else "missed"
            print(f"{kind}: {conversation.id} {'/'.join(conversation.tags)}: "
                  f"{' | '.join(turn.say for turn in conversation.turns)}")  # fmt: skip
    print(f"conversations: {len(conversations)}, of which {wanted} need a person")
    print(f"precision: {share(right, came)}")
    print(f"recall: {share(right, wanted)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
