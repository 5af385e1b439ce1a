"""``/mcp``: the READ tools of the shop for other programs' models, over streamable HTTP."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, cast

import mcp_types as types
from langchain_core.tools import StructuredTool
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.types import Receive, Scope, Send

from assistant.app import Assistant
from assistant.http.catalogue import SearchRequest
from assistant.http.gate import API_LIMIT
from assistant.http.problems import ProblemResponse, plain_problem
from retrieval.conditions import Condition
from retrieval.errors import ShopGuideError
from retrieval.index import as_json
from retrieval.product import Product
from tools.access import Access, access_of
from tools.compare_products import compare_products_tool
from tools.find_policy import find_policy_tool
from tools.product_details import product_details_tool
from tools.ranking import Sort
from tools.search_products import MOST_QUERY, search_products_tool
from tools.toolbox import Toolbox

ToolsOf = Callable[[], Sequence[StructuredTool]]
"""The tools that are offered, bound to the catalogue as it is now."""

_MOST_PRODUCTS, _MOST_CONDITIONS = 20, 50
_SECONDS = 60.0
_HOSTS = ("127.0.0.1", "localhost", "[::1]")


class SearchArguments(BaseModel):
    """Arguments of ``search_products`` for other programs: what a shopper wants, and no profile."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(
        default="", max_length=MOST_QUERY, description="what to look for, in free words"
    )
    where: list[Condition] = Field(
        default_factory=list,
        max_length=_MOST_CONDITIONS,
        description="conditions on price, brand, category, size, color, in_stock or an attribute;"
        " all must hold",
    )
    prefer: list[Condition] = Field(
        default_factory=list, max_length=_MOST_CONDITIONS, description="better where they hold"
    )
    sort: Sort | None = Field(default=None, description="the extreme that comes first")
    k: int = Field(default=5, ge=1, le=_MOST_PRODUCTS, description="how many products at most")


_ARGUMENTS: dict[str, type[BaseModel]] = {"search_products": SearchArguments}


def catalogue_tools(assistant: Assistant) -> list[StructuredTool]:
    """Search, details, comparison and the shop's policies, bound to its catalogue."""
    index = assistant.indexes.open(assistant.settings.catalog)
    weights = assistant.learnt.of(index.name).weights
    return [
        search_products_tool(index, today=assistant.now().date(), weights=weights),
        product_details_tool(index),
        compare_products_tool(index),
        find_policy_tool(assistant.policies.of(index)),
    ]


class McpDoor:
    """The MCP server as an ASGI application. It keeps nothing between two requests.

    The gate before it has checked the token. Where there are no tokens, the SDK checks ``Host``
    and ``Origin`` once more, so that no page of another site can ask under a name of its own.

    Args:
        tools_of: the tools; one that is not READ is never offered.
        tokens: whether callers have shown a token.
        clock: seconds of a clock that never goes back.
    """

    def __init__(
        self,
        tools_of: ToolsOf,
        *,
        tokens: bool,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._tools_of = tools_of
        self._clock = clock
        hosts = [name for host in _HOSTS for name in (host, f"{host}:*")]
        self._security = TransportSecuritySettings(
            enable_dns_rebinding_protection=not tokens,
            allowed_hosts=hosts,
            allowed_origins=[f"http://{host}" for host in hosts],
        )
        self._manager: StreamableHTTPSessionManager | None = None

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Serves until it is left."""
        server: Server[Any] = Server(
            "shopguide",
            title="ShopGuide",
            instructions="The catalogue of one shop: search it, read a record, compare products. "
            "What the records do not say, the shop does not know.",
            on_list_tools=self._listed,
            on_call_tool=self._called,
        )
        manager = StreamableHTTPSessionManager(
            server,
            json_response=True,
            stateless=True,
            security_settings=self._security,
            max_request_body_size=API_LIMIT,
        )
        async with manager.run():
            self._manager = manager
            try:
                yield
            finally:
                self._manager = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request, as ASGI has it."""
        if self._manager is None:
            ending = plain_problem(503, "The server is just starting or ending.")
            await ProblemResponse(ending)(scope, receive, send)
            return
        await self._manager.handle_request(scope, receive, send)

    async def _tools(self) -> list[StructuredTool]:
        tools = await asyncio.to_thread(self._tools_of)
        return [tool for tool in tools if access_of(tool) is Access.READ]

    async def _listed(
        self, context: ServerRequestContext[Any], params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_described(tool) for tool in await self._tools()])

    async def _called(
        self, context: ServerRequestContext[Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        try:
            tools = {tool.name: tool for tool in await self._tools()}
            if params.name not in tools:
                raise MCPError(types.INVALID_PARAMS, f"There is no tool {params.name[:80]!r}.")
            arguments = _checked(tools[params.name], params.arguments or {})
            toolbox = Toolbox(tools.values(), self._clock)
            async with asyncio.timeout(_SECONDS):
                found = plain(await toolbox.call(params.name, arguments))
        except ValidationError as error:
            return _failed(_faults(error))
        except ShopGuideError as error:
            return _failed(error.sentence)
        except TimeoutError:
            return _failed(f"The tool did not answer within {_SECONDS:.0f} seconds.")
        whole = found if isinstance(found, dict) else {"result": found}
        return types.CallToolResult(content=[_text(whole)], structured_content=whole)


def _described(tool: StructuredTool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        description=tool.description,
        input_schema=_arguments_of(tool).model_json_schema(),
        annotations=types.ToolAnnotations(read_only_hint=True, open_world_hint=False),
    )


def _arguments_of(tool: StructuredTool) -> type[BaseModel]:
    return _ARGUMENTS.get(tool.name) or cast("type[BaseModel]", tool.args_schema)


def _checked(tool: StructuredTool, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments, as the tool takes them.

    Raises:
        ValidationError: they are not.
    """
    schema = _arguments_of(tool)
    checked = schema.model_validate(arguments, extra="forbid")
    if isinstance(checked, SearchArguments):
        # What costs a search too much is refused as it is at ``/api/search``.
        SearchRequest(where=[*checked.where, *checked.prefer], query=checked.query)
    return {name: getattr(checked, name) for name in checked.model_fields_set}


def plain(value: Any) -> Any:
    """What a tool found as data that JSON can hold; products as ``/api/products`` gives them."""
    if isinstance(value, Product):
        return as_json(value)
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def _faults(error: ValidationError) -> str:
    faults = (
        f"{'.'.join(map(str, fault['loc'])) or 'arguments'}: {fault['msg'].rstrip('.')}."
        for fault in error.errors()[:5]
    )
    return " ".join(faults)


def _failed(sentence: str) -> types.CallToolResult:
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=sentence)], is_error=True
    )


def _text(whole: dict[str, Any]) -> types.TextContent:
    # A date or another odd value of a tool's is told as text.
    return types.TextContent(type="text", text=json.dumps(whole, ensure_ascii=False, default=str))
