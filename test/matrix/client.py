"""The Python SDK's client for the matrix: does what is asked (JSON in the first argument) and prints what it saw."""

import json
import sys

import anyio
from mcp import Client, StdioServerParameters
from mcp.client.sse import sse_client
from mcp.types import ElicitResult

reach, asks = (json.loads(sys.argv[1])[key] for key in ("reach", "asks"))
questions = []


def plain(answer):
    return answer.model_dump(mode="json", by_alias=True, exclude_none=True)


async def fill(_context, params):
    questions.append(plain(params))
    form = params.requested_schema
    form = form if isinstance(form, dict) else plain(form)
    fields = {name: form["properties"][name] for name in form.get("required", [])}
    content = {name: field.get("type") == "boolean" or "Ada" for name, field in fields.items()}
    return ElicitResult(action="accept", content=content)


def server():
    if reach["kind"] == "stdio":
        return StdioServerParameters(**{key: reach[key] for key in ("command", "args", "env", "cwd")})
    return sse_client(reach["url"]) if reach["kind"] == "sse" else reach["url"]


async def call(client, ask, **more):
    return await client.call_tool(ask["name"], ask["arguments"], **more)


async def lists(client):
    has = client.server_capabilities
    seen = {}
    if has.tools is not None:
        seen["tools"] = plain(await client.list_tools())["tools"]
    if has.resources is not None:
        seen["resources"] = plain(await client.list_resources())["resources"]
        seen["templates"] = plain(await client.list_resource_templates())["resourceTemplates"]
    if has.prompts is not None:
        seen["prompts"] = plain(await client.list_prompts())["prompts"]
    return seen


async def progress(client):
    heard = []

    async def hear(at, _total, _message):
        heard.append(at)

    answer = await call(client, asks["progress"], progress_callback=hear)
    return {"first": heard[:1], "inOrder": heard == sorted(heard), "isError": answer.is_error is True}


async def cancel(client):
    ended = "taken back"
    with anyio.CancelScope() as scope:

        async def hear(_at, _total, _message):
            scope.cancel()

        await call(client, asks["cancel"]["call"], progress_callback=hear)
        ended = "answered"
    return {"ended": ended, "after": plain(await call(client, asks["cancel"]["after"]))}


async def elicit(client):
    questions.clear()
    answer = plain(await call(client, asks["elicit"]))
    return {"asked": list(questions), "answer": answer}


async def main():
    seen = {}
    does = {
        "call": lambda client: call(client, asks["call"]),
        "resource": lambda client: client.read_resource(asks["resource"]),
        "prompt": lambda client: client.get_prompt(asks["prompt"]["name"], asks["prompt"]["arguments"]),
        "progress": progress,
        "cancel": cancel,
        "elicit": elicit,
    }
    # HTTP+SSE ended with the era of the handshake; elsewhere the client finds out.
    mode = "legacy" if reach["kind"] == "sse" else "auto"
    async with Client(server(), elicitation_callback=fill, mode=mode) as client:
        for name, do in does.items():
            if name in asks:
                answer = await do(client)
                seen[name] = answer if isinstance(answer, dict) else plain(answer)
        seen["list"] = await lists(client)
    print(json.dumps(seen))


anyio.run(main)
