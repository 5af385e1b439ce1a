"""What a shopper does about the memory on the page: agree, correct, pin, delete, erase."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from assistant.app import Assistant, check_id
from assistant.errors import NotRemembered, UnknownFact
from assistant.feedback.feedback import Feedback
from assistant.need import Need
from assistant.profile.interests.graph import interest_graph
from assistant.profile.interests.related import related_interests
from assistant.profile.memory import FactValue
from assistant.profile.notice import notice
from retrieval.errors import BadInput, ShopGuideError
from ui.conversation import notice_html, welcome_html
from ui.fact_values import meant
from ui.interest_graph import interest_graph_html
from ui.names import Names
from ui.need_panel import need_html
from ui.profile_panel import Known, Said, consent_html, interests_html, profile_html
from ui.screen import Screen
from ui.wanted import Wanted

_MOST_INTERESTS = 8
_MOST_EVENTS = 200

_VALUE: TypeAdapter[str] = TypeAdapter(FactValue)


class MemoryVisits:
    """The page's side of the memory.

    Args:
        assistant: has the memory.
    """

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def known(self, shopper: str | None) -> Known:
        """What is known of a shopper.

        Args:
            shopper: whose; None for nobody.
        """
        memory, now = self._assistant.memory, self._assistant.now()
        if shopper is None:
            return Known(None, (), now)
        consent = memory.consent(shopper)
        return Known(consent, memory.facts(shopper) if consent else (), now)

    def export(self, shopper: str) -> dict[str, Any]:
        """All that is kept of a shopper.

        Raises:
            NotRemembered: nothing is.
        """
        return self._assistant.memory.export(shopper)

    def act(self, wanted: Wanted | None, shopper: str, names: Names) -> Screen:
        """Does what the shopper asks for, and shows what is known then.

        Args:
            wanted: what the page's script sent; None where it is nothing that it sends.
            shopper: who is asking, as the server settled it.
            names: what things are called in the page's language.
        """
        said, screen = None, Screen(notice="")
        if wanted is None:
            said = Said(names.texts.memory.not_done, error=True)
        else:
            try:
                screen, said = self._done(wanted, shopper, names)
            except ShopGuideError as error:
                said = Said(_sentence(error, names), error=True)
        erasing = wanted is not None and wanted.act == "ask_erase"
        known = replace(self.known(shopper), erasing=erasing, said=said)
        if known.consent is None:
            known = replace(known, erasing=False)
        return replace(screen, profile=profile_html(known, names))

    def _done(self, wanted: Wanted, shopper: str, names: Names) -> tuple[Screen, Said | None]:
        say = names.texts.memory
        match wanted.act:
            case "ask" | "agree" | "decline":
                return self._asked(wanted, shopper, names), None
            case "interests":
                return Screen(notice="", interests=self._interests(shopper, names)), None
            case "hide_interests":
                return Screen(interests=""), None
            case "thumb_up" | "thumb_down":
                self._thumb(wanted, shopper)
                return Screen(notice=notice_html(names.texts.thumbed, error=False)), None
            case "ask_erase" | "show":
                return Screen(notice=""), None
            case "erase":
                self._assistant.memory.erase(shopper)
                return _anew(names), Said(say.erased)
            case _:
                sentence = self._change(wanted, shopper, names)
                drawn = self._interests(shopper, names) if wanted.graph else None
                return Screen(notice="", interests=drawn), Said(sentence) if sentence else None

    def _thumb(self, wanted: Wanted, shopper: str) -> None:
        self._assistant.give_feedback(
            check_id(wanted.value, "thread_id"),
            check_id(wanted.fact, "turn_id"),
            shopper,
            Feedback(
                thumb="up" if wanted.act == "thumb_up" else "down", time=self._assistant.now()
            ),
        )

    def _asked(self, wanted: Wanted, shopper: str, names: Names) -> Screen:
        """The question whether the shopper may be remembered, and the answer to it."""
        memory, say = self._assistant.memory, names.texts.memory
        if wanted.act == "decline":
            agreed = memory.consent(shopper) is not None
            sentence = "" if agreed else notice_html(say.declined, error=False)
            return Screen(notice=sentence, consent="", declined=not agreed)
        # Nobody agrees to a notice that they were not shown.
        if wanted.act == "ask" or wanted.value != notice().version:
            return Screen(notice="", consent=consent_html(names))
        memory.give_consent(shopper, notice=wanted.value)
        return Screen(notice="", consent="", declined=False)

    def _change(self, wanted: Wanted, shopper: str, names: Names) -> str:
        """Changes the profile; the sentence for it, if it needs one."""
        memory, say = self._assistant.memory, names.texts.memory
        match wanted.act:
            case "correct":
                value = self._corrected(wanted, shopper, names)
                try:
                    memory.correct(shopper, wanted.fact, value=value, pinned=None)
                except BadInput as error:
                    raise BadInput(say.known_already, field="value") from error
                return say.saved
            case "pin" | "unpin":
                pinned = wanted.act == "pin"
                memory.correct(shopper, wanted.fact, value=None, pinned=pinned)
            case "delete":
                memory.delete_fact(shopper, wanted.fact)
                return say.deleted
            case "learning_on" | "learning_off":
                memory.set_learning(shopper, wanted.act == "learning_on")
        return ""

    def _corrected(self, wanted: Wanted, shopper: str, names: Names) -> str:
        facts = self._assistant.memory.facts(shopper)
        fact = next((fact for fact in facts if fact.id == wanted.fact), None)
        if fact is None:
            raise UnknownFact(names.texts.memory.unknown_fact, field="fact")
        try:
            return meant(_VALUE.validate_python(wanted.value), fact, names)
        except ValidationError as error:
            raise BadInput(names.texts.memory.bad_value, field="value") from error

    def _interests(self, shopper: str, names: Names) -> str:
        assistant = self._assistant
        index = assistant.indexes.open(assistant.settings.catalog)
        facts = assistant.memory.facts(shopper)
        events = assistant.events.recent(shopper, _MOST_EVENTS, catalog=index.name)
        graph = interest_graph(facts, events, index, assistant.now())
        interests = related_interests(graph, _MOST_INTERESTS)
        return interests_html(interest_graph_html(graph, interests, names), names)


def _anew(names: Names) -> Screen:
    """The page as a new visitor has it, who has just said that nothing is to be kept."""
    return Screen(
        thread="",
        past="",
        turn=welcome_html(names),
        notice="",
        need=need_html(Need(), names),
        consent="",
        interests="",
        box="",
        asking="",
        fresh=True,
        declined=True,
    )


def _sentence(error: ShopGuideError, names: Names) -> str:
    say = names.texts.memory
    if isinstance(error, UnknownFact):
        return say.unknown_fact
    if isinstance(error, NotRemembered):
        return say.not_done
    if isinstance(error, BadInput):
        return error.sentence  # ours, in the page's language
    return names.texts.error(error)
