// The reference server "everything" over Streamable HTTP, on a free port of loopback instead of one of all interfaces.
import { type AddressInfo, Server } from "node:net";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const listen: unknown = Reflect.get(Server.prototype, "listen");
Server.prototype.listen = function (this: Server): Server {
  this.once("listening", () => {
    process.stdout.write(`ready http://127.0.0.1:${(this.address() as AddressInfo).port}/mcp\n`);
  });
  return Reflect.apply(listen as () => Server, this, [0, "127.0.0.1"]);
};
process.argv[2] = "streamableHttp";
await import(
  pathToFileURL(resolve("node_modules/@modelcontextprotocol/server-everything/dist/index.js")).href
);
