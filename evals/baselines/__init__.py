"""The plainest alternatives, to compare with: they share the index, the server and the model."""

from evals.baselines.agent import AgentBaseline
from evals.baselines.retrieve_then_answer import RetrieveThenAnswer

__all__ = ["AgentBaseline", "RetrieveThenAnswer"]
