"""The same answers as a tool of the Model Context Protocol, over streamable HTTP."""

from collections.abc import Sequence

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import ToolAnnotations
from starlette.routing import BaseRoute

from index.errors import ProjectError
from web.api import Answer, answer_form
from web.serving import ServedPipeline

PATH = "/mcp"


def build_mcp(served: ServedPipeline) -> tuple[MCPServer, Sequence[BaseRoute]]:
    """The MCP server, whose session manager must run while its routes are served, and those.

    Stateless: any replica answers any request.
    """
    server = MCPServer(
        "article-qa",
        instructions="Answers questions about published articles. Every answer is a verbatim quote"
        " with the number of its section; where the articles hold no answer, it says so.",
        log_level="WARNING",
    )

    @server.tool(annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False))
    def ask(question: str) -> Answer:
        """Ask the published articles a question, in Chinese or English. `answer` is the exact
        answer, `citations` the verbatim quotes that hold it, with section numbers. When `answered`
        is false the articles do not hold the answer, and the citations are the closest sections."""
        try:
            return answer_form(served, question)
        except ProjectError as error:
            raise ToolError(str(error)) from error

    application = server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        # What is answered is public, so that a page elsewhere gains nothing by rebinding a name.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    return server, application.routes
