// Preloaded into the suite: its scenario servers listen on every interface, and read their port in the same turn, so
// the address is put in where a host would be looked up too late.
const { Server } = require("node:net");
const listen = Server.prototype._listen2;
Server.prototype._listen2 = function (address, port, kind, ...rest) {
  return address
    ? listen.call(this, address, port, kind, ...rest)
    : listen.call(this, "127.0.0.1", port, 4, ...rest);
};
