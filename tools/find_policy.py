"""READ: clauses of the shop's policies that a question may be answered by."""

from __future__ import annotations

from typing import Literal

from langchain_core.tools import StructuredTool
from pydantic import BaseModel, Field

from retrieval.policies import Found, PolicyFolder
from tools.access import Access

# Characters of a question: what comes after tells a search of clauses nothing new.
MOST_QUESTION = 1000


class FindPolicy(BaseModel):
    """Arguments of ``find_policy``."""

    question: str = Field(
        min_length=1, max_length=MOST_QUESTION, description="what is asked, in the shopper's words"
    )
    language: Literal["en", "zh"] = Field(default="en", description="of the clauses")
    k: int = Field(default=10, ge=1, le=100, description="how many clauses at most")


def find_policy_tool(folder: PolicyFolder | None) -> StructuredTool:
    """The tool, bound to a shop's policies as they are on disk when it is called.

    Args:
        folder: of the policies; None where the shop has none.
    """

    def find_policy(
        question: str, language: Literal["en", "zh"] = "en", k: int = 10
    ) -> list[Found]:
        return folder.now().search(question, language, k) if folder else []

    return StructuredTool.from_function(
        func=find_policy,
        name="find_policy",
        description="Clauses of the shop's policies (returns, delivery, payment, warranty, privacy "
        "and so on), the likeliest first. A clause that is found need not answer the question.",
        args_schema=FindPolicy,
        metadata={"access": Access.READ},
    )
