// The reference server "everything" over Streamable HTTP, on a free port of loopback instead of one of all interfaces.
import { type AddressInfo, Server } from "node:net";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const { listen } = Server.prototype;
Server.prototype.listen = function (this: Server): Server {
  this.once("listening", () => {
    process.stdout.write(`ready http://127.0.0.1:${(this.address() as AddressInfo).port}/mcp\n`);
  });
  return listen.call(this, 0, "127.0.0.1") as Server;
} as typeof listen;
process.argv[2] = "streamableHttp";
await import(
  pathToFileURL(resolve("node_modules/@modelcontextprotocol/server-everything/dist/index.js")).href
);
